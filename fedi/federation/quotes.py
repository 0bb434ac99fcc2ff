"""Whether a post may quote another: by the stamp of who is quoted (FEP-044f, federation reference 11.1)."""

from fedi.actions import quotes
from fedi.activitypub.stamps import QuoteAuthorization
from fedi.activitypub.vocabulary import Uri
from fedi.errors import FediError, Gone, NotFound, Unreachable
from fedi.federation import threads
from fedi.federation.known import find_post
from fedi.federation.vouching import stamp_at
from fedi.jobs.kinds import VerifyQuote
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.server import Server

# Of a post that quotes a post that quotes a post, the last is not asked for any more.
MAX_DEPTH = 2

_DEPTH = f"""
WITH RECURSIVE above(id, uri, depth) AS (
  SELECT id, uri, 0 FROM posts WHERE id = ?
  UNION
  SELECT p.id, p.uri, above.depth + 1 FROM above JOIN quotes q ON q.quoted_uri = above.uri
  JOIN posts p ON p.id = q.post_id WHERE above.depth < {MAX_DEPTH}
)
SELECT max(depth) AS depth FROM above
"""  # noqa: S608  a number of ours


async def verify(server: Server, job: VerifyQuote) -> None:
    """Run a VerifyQuote job. Raises Unreachable, to be tried again; what is forged stays unapproved."""
    quote = await Quote.get_or_none(post_id=job.post_id)
    if quote is None or quote.state not in {"pending", "unasked"}:
        return
    post = await Post.get(id=job.post_id).select_related("author")
    try:
        stamp = await _stamp(server, quote, Uri(post.uri))
        quoted = await _quoted(server, post, quote)
    except Unreachable:
        raise
    except FediError:
        return
    if quoted is None:
        return
    author = await Account.get(id=quoted.author_id)
    if author.id == post.author_id or (stamp is not None and stamp.attributed_to == author.uri):
        await quotes.approve(server, quote, quoted, stamp_uri=stamp.id if stamp else "")


async def recheck(server: Server, stamp_uri: str) -> None:
    """Look whether a stamp still stands that somebody else than its author says is gone."""
    for quote in await Quote.filter(stamp_uri=stamp_uri, state="accepted"):
        post = await Post.get(id=quote.post_id)
        try:
            await stamp_at(
                server,
                QuoteAuthorization,
                Uri(stamp_uri),
                quoting=Uri(post.uri),
                target=Uri(quote.quoted_uri),
            )
        except (Gone, NotFound):
            await quotes.revoke(server, quote)


async def _stamp(server: Server, quote: Quote, post_uri: Uri) -> QuoteAuthorization | None:
    if not quote.stamp_uri:
        return None
    return await stamp_at(
        server, QuoteAuthorization, Uri(quote.stamp_uri), quoting=post_uri, target=Uri(quote.quoted_uri)
    )


async def _quoted(server: Server, post: Post, quote: Quote) -> Post | None:
    """Give what is quoted, fetched if we lack it and the chain of quotes is not too long."""
    found = await find_post(server, quote.quoted_uri)
    if found is None:
        rows = await server.db.rows(_DEPTH, [post.id])
        if rows[0]["depth"] >= MAX_DEPTH:
            return None
        found = await threads.post_by_uri(server, quote.quoted_uri)
    return found if found.boost_of_id is None and found.uri == quote.quoted_uri else None
