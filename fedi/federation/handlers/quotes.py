"""Requests to quote our posts, the answers to ours, and stamps taken back (FEP-044f)."""

from fedi.actions import edits, quotes
from fedi.activitypub.activities import Accept, QuoteRequest, Reject
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import same_origin
from fedi.activitypub.stamps import QuoteAuthorization
from fedi.activitypub.vocabulary import Uri
from fedi.errors import WrongOrigin
from fedi.federation import threads
from fedi.federation.handlers.create import check_own
from fedi.federation.known import find_post
from fedi.federation.vouching import stamp_at
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries import visibility
from fedi.security.limits import Limit
from fedi.server import Server

# Each may cost a fetch and an answer.
_REQUESTS_OF_HOST = Limit(200, 300.0)


async def request(server: Server, activity: QuoteRequest, sender: Account) -> None:
    """Somebody asks to quote a post of ours, with a post of their own that does so: yes or no at once.

    About a post that the sender may not see nothing is said, no more than about one that does not exist.
    """
    quoted = await find_post(server, activity.object)
    if quoted is None or not quoted.local or quoted.boost_of_id is not None:
        return
    if not await visibility.may_see(server, quoted, sender):
        return
    server.limits.take(f"quotes:{sender.domain}", _REQUESTS_OF_HOST)
    inner = activity.instrument
    uri = inner.id if isinstance(inner, Note) else inner
    if not same_origin(uri, sender.uri):
        raise WrongOrigin("The quoting post is not of the sender's server.")
    post = None
    if await quotes.may_quote(server, sender, quoted):
        post = await _quoting(server, inner, sender, quoted)
    await quotes.grant(server, sender, quoted, post=post, post_uri=uri, request_uri=activity.id)


async def accepted(server: Server, activity: Accept, sender: Account) -> bool:
    """The quoted author says yes, with a stamp that is verified before it counts. False: no quote is meant.

    Raises WrongOrigin for a stamp of something else, and what a fetch may raise.
    """
    quote = await _asked(activity, sender)
    if quote is None:
        return False
    if activity.result is not None and quote.state == "pending":
        post, quoted = await Post.get(id=quote.post_id), await Post.get(id=quote.quoted_id)
        stamp = await stamp_at(
            server, QuoteAuthorization, activity.result, quoting=Uri(post.uri), target=Uri(quoted.uri)
        )
        if stamp.attributed_to != sender.uri:
            raise WrongOrigin("The stamp is another author's.")
        await quotes.approve(server, quote, quoted, stamp_uri=stamp.id)
    return True


async def rejected(server: Server, activity: Reject, sender: Account) -> bool:
    """The quoted author says no, or no longer. False: no quote is meant."""
    quote = await _asked(activity, sender)
    if quote is not None:
        await quotes.refuse(server, quote)
    return quote is not None


async def revoked(server: Server, stamp_uri: Uri, sender: Account) -> None:
    """The quoted author takes a stamp back; nobody else can."""
    for quote in await Quote.filter(stamp_uri=stamp_uri).select_related("quoted"):
        if quote.quoted is not None and quote.quoted.author_id == sender.id:
            await quotes.revoke(server, quote)


async def _quoting(server: Server, inner: Note | Uri, sender: Account, quoted: Post) -> Post | None:
    """Give the quoting post, stored; None when it does not quote that."""
    uri = inner.id if isinstance(inner, Note) else inner
    known = await find_post(server, uri)
    if known is not None and await Quote.exists(post_id=known.id, quoted_uri=quoted.uri):
        if known.author_id != sender.id:
            raise WrongOrigin("The quoting post is not the sender's own.")
        return known
    note = inner if isinstance(inner, Note) else await threads.note_at(server, inner)
    check_own(note, sender)
    if note.quote is None or note.quote.target != quoted.uri:
        return None
    if known is None:
        return await threads.store_note(server, note, sender)
    update = await threads.received_post(server, note, sender)
    await edits.receive(server, known, update, mentions=await threads.named_in(server, update))
    return known


async def _asked(activity: Accept | Reject, sender: Account) -> Quote | None:
    """Find our quote of the sender's post by the request's id, else by what was to quote it."""
    inner = activity.object
    ours = Quote.filter(post__local=True, quoted__author_id=sender.id)
    uri = inner.id if isinstance(inner, QuoteRequest) else inner
    found = await ours.get_or_none(request_uri=uri) if isinstance(uri, str) else None
    if found is None and isinstance(inner, QuoteRequest) and isinstance(inner.instrument, str):
        found = await ours.get_or_none(post__uri=inner.instrument, quoted_uri=inner.object)
    return found
