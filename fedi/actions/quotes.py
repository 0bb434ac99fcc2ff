"""Posts that quote others: asked, allowed, refused, taken back (FEP-044f, federation reference 11.1).

Who quotes what is said by the quoting post alone; whether it may is said by the author of what is quoted.
"""

from fedi.actions import contents, counters, notify, publish, reach, updates
from fedi.activitypub.quotes import QuoteClaim
from fedi.activitypub.reader import host_of, same_origin
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Invalid, NotFound
from fedi.jobs.kinds import VerifyQuote
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.models.relationships import Block
from fedi.queries import permits, snapshots, visibility
from fedi.server import Server
from fedi.translate import activities

POLICIES = ("public", "followers", "nobody")

# What the quoted author may still say yes to.
_UNDECIDED = {"pending", "unasked"}


async def quotable(server: Server, account: Account, post: Post) -> Post:
    """Give the post that `account` would quote: what a boost boosts, or itself.

    Raises NotFound for a post that the account may not see, Forbidden for one that its author surely lets
    nobody like this account quote.
    """
    post = await Post.get(id=post.boost_of_id) if post.boost_of_id is not None else post
    await visibility.require(server, post, account)
    if not await may_quote(server, account, post):
        raise permits.refusal("quote")
    return post


async def may_quote(server: Server, account: Account, post: Post) -> bool:
    """Say whether a post that `account` sees may be quoted by it, or may be asked for."""
    author = await Account.get(id=post.author_id)
    if await Block.exists(account_id=account.id, target_id=author.id):
        return False
    if await Block.exists(account_id=author.id, target_id=account.id):
        return False
    return await permits.permission(server, account, post, author, "quote") != "denied"


def check_reach(quoted: Post, *, local_only: bool) -> None:
    """Raise Invalid for a local-only post that quotes a remote one: its author could not be asked."""
    if local_only and not quoted.local:
        raise Invalid("", "A post that stays on this server cannot quote a post of another one.")


def check_named(visibility: str, quoted: Post, author: Account, named: set[int]) -> None:
    """Raise Invalid for a direct post that quotes somebody behind their back (Mastodon refuses it too)."""
    if visibility == "direct" and quoted.author_id not in {author.id, *named}:
        raise Invalid("", "A post for those named in it can quote only somebody whom it names.")


async def begin(server: Server, author: Account, post: Post, quoted: Post) -> None:
    """Have a new post of ours quote another, which is `quotable`; in your transaction.

    What is ours is decided at once; the author of a remote post is asked.
    """
    owner, id_ = await Account.get(id=quoted.author_id), server.new_id()
    quote = await Quote.create(
        id=id_,
        post_id=post.id,
        quoted_id=quoted.id,
        quoted_uri=quoted.uri,
        request_uri="" if owner.is_local else server.uris.activity(id_),
        created_at=server.clock.now(),
        updated_at=server.clock.now(),
    )
    if owner.id == author.id:
        await _accept(server, quote, post, quoted, stamp_uri="")
    elif owner.is_local:
        await _let_in(server, post, owner)
        await _accept(server, quote, post, quoted, stamp_uri=server.uris.stamp(id_))
    else:
        await _let_in(server, post, owner)
        snapshot = await snapshots.of_post(server, post, author)
        request = activities.quote_request(snapshot, server.uris, quoted, id_=Uri(quote.request_uri))
        await publish.activity(
            server,
            author,
            request,
            accounts=[owner],
            object_uri=post.uri,
            personal=True,
            priority=publish.PROMPT,
        )


async def claimed(server: Server, author: Account, post: Post, claim: QuoteClaim) -> None:
    """Note that a new remote post says it quotes something; in your transaction.

    It waits until a stamp was verified or the quoted author, one of ours, was asked; who quotes themselves
    needs neither.
    """
    quoted = await Post.get_or_none(uri=claim.target, boost_of_id=None)
    quote = await Quote.create(
        id=server.new_id(),
        post_id=post.id,
        quoted_id=quoted.id if quoted else None,
        quoted_uri=claim.target,
        state="unasked" if claim.older and claim.stamp is None else "pending",
        stamp_uri=claim.stamp or "",
        created_at=server.clock.now(),
        updated_at=server.clock.now(),
    )
    await _look_into(server, author, post, quote, quoted)


async def claimed_again(server: Server, author: Account, post: Post, claim: QuoteClaim | None) -> None:
    """Take in what an edit of a remote post says of its quote; in your transaction."""
    quote = await Quote.get_or_none(post_id=post.id)
    if claim is None and quote and quote.state == "revoked" and server.uris.is_local(quote.quoted_uri):
        # The post obeys. That one of ours said no is remembered, or the next request would be granted.
        return
    if quote is not None and (claim is None or claim.target != quote.quoted_uri):
        await _withdraw(server, quote, post, "revoked")
        await quote.delete()
        quote = None
    if claim is None:
        return
    if quote is None:
        await claimed(server, author, post, claim)
        return
    quoted = await Post.get_or_none(uri=claim.target, boost_of_id=None)
    if (quoted is not None and quoted.local) or server.uris.is_local(claim.target):
        # What may quote a post of ours is written here and nowhere else.
        return
    stamp = claim.stamp or ""
    if stamp != quote.stamp_uri:
        await _withdraw(server, quote, post, "pending")
        quote.stamp_uri = stamp
        await quote.save(update_fields=["stamp_uri"])
    if quote.state in _UNDECIDED:
        await _look_into(server, author, post, quote, quoted)


async def approve(server: Server, quote: Quote, quoted: Post, *, stamp_uri: str) -> None:
    """Let a quote stand whose stamp was verified, or which needs none; those who have our post are told."""
    async with server.db.transaction():
        found = await Quote.get_or_none(id=quote.id)
        if found is None or found.state not in _UNDECIDED or found.quoted_uri != quoted.uri:
            return
        post = await Post.get(id=found.post_id).select_related("author")
        await _accept(server, found, post, quoted, stamp_uri=stamp_uri)
        if post.local:
            await updates.send(server, post, post.author, of=f"quotes/{found.id}/accepted")


async def refuse(server: Server, quote: Quote) -> None:
    """Take note that the quoted author said no, or no longer; nothing the second time."""
    async with server.db.transaction():
        found = await Quote.get_or_none(id=quote.id)
        if found is None or found.state in {"rejected", "revoked"}:
            return
        await _end(server, found, "revoked" if found.state == "accepted" else "rejected")


async def revoke(server: Server, quote: Quote) -> None:
    """Take a quote's permission back for good; nothing the second time.

    By one of ours it is told to the quoting author's server and to our own followers, and the stamp is gone;
    by a remote author, to all who have our quoting post.
    """
    async with server.db.transaction():
        found = await Quote.get_or_none(id=quote.id)
        if found is None or found.state == "revoked":
            return
        post, quoted = await Post.get(id=found.post_id), await Post.get_or_none(id=found.quoted_id)
        if quoted is not None and quoted.local and found.stamp_uri:
            await _publish_revocation(server, found, post, quoted)
        await _end(server, found, "revoked")


async def take_out(server: Server, account: Account, post: Post) -> None:
    """Take a post of the account's own out of the one that quotes it. Raises NotFound if it quotes none."""
    quote = await Quote.get_or_none(post_id=post.id, quoted__author_id=account.id)
    if quote is None:
        raise NotFound
    await revoke(server, quote)


async def grant(
    server: Server,
    quoter: Account,
    quoted: Post,
    *,
    post: Post | None,
    post_uri: str,
    request_uri: str | None,
) -> None:
    """Answer a request to quote a post of ours: yes with a stamp, or no when `post` is None.

    No is also said to what was taken back before, and to a post that quotes something else. The same
    request gets the same answer.
    """
    async with server.db.transaction():
        owner = await Account.get(id=quoted.author_id)
        quote = await _stamped(server, quoter, owner, quoted, post, request_uri) if post else None
        asked = activities.asked_quote(quoter, quoted, post_uri=post_uri, uri=request_uri)
        id_ = server.uris.new_activity()
        answer = (
            activities.accept_quote(owner, asked, stamp=Uri(quote.stamp_uri), id_=id_)
            if quote is not None
            else activities.reject_quote(owner, asked, id_=id_)
        )
        await publish.activity(
            server, owner, answer, accounts=[quoter], personal=True, priority=publish.PROMPT
        )


async def set_policy(server: Server, post: Post, policy: str) -> Post:
    """Change who may quote a post of ours from now on. Raises Invalid for what does not exist."""
    if policy not in POLICIES:
        raise Invalid("quote_approval_policy", "is not one that exists")
    async with server.db.transaction():
        post = await Post.get(id=post.id).select_related("author")
        if post.quote_policy != policy:
            post.quote_policy = policy
            await post.save(update_fields=["quote_policy"])
            now = int(server.clock.now().timestamp() * 1000)
            await updates.send(server, post, post.author, of=f"policies/{now}")
    return post


async def tell_quoters(server: Server, author: Account, post: Post) -> None:
    """Tell local people that what they quote was edited; in your transaction."""
    quotes = await Quote.filter(quoted_id=post.id, state="accepted", post__local=True).select_related(
        "post__author"
    )
    for quote in quotes:
        await notify.about(server, quote.post.author, "quoted_update", author, quote.post)


async def _look_into(server: Server, author: Account, post: Post, quote: Quote, quoted: Post | None) -> None:
    """Decide a remote quote that can be decided here, or have it verified if there is anything to verify."""
    if quoted is not None and quoted.author_id == author.id:
        await _accept(server, quote, post, quoted, stamp_uri=quote.stamp_uri)
        return
    if server.uris.is_local(quote.quoted_uri):
        return
    may_be_own = quoted is None and same_origin(quote.quoted_uri, author.uri)
    if quote.stamp_uri or may_be_own:
        asked = host_of(quote.stamp_uri or quote.quoted_uri)
        work = VerifyQuote(post_id=post.id)
        await enqueue(server, NewJob(work=work, unique_key=f"quote:{post.id}", group_key=asked))


async def _stamped(
    server: Server, quoter: Account, owner: Account, quoted: Post, post: Post, request_uri: str | None
) -> Quote | None:
    """Give the accepted quote of a post of ours, None when it was taken back or is of something else."""
    quote = await Quote.get_or_none(post_id=post.id)
    if quote is None or quote.quoted_uri != quoted.uri or post.author_id != quoter.id:
        return None
    if quote.state == "accepted":
        return quote
    if quote.state not in _UNDECIDED:
        return None
    quote.request_uri = request_uri or ""
    await quote.save(update_fields=["request_uri"])
    await _let_in(server, post, owner)
    await _accept(server, quote, post, quoted, stamp_uri=server.uris.stamp(quote.id))
    return quote


async def _let_in(server: Server, post: Post, owner: Account) -> None:
    """Let the quoted author read a post that is not for all: who is quoted may know what is said."""
    if not counters.is_open(post):
        await contents.add_mentions(server, post, {owner.id: (owner, True)})


async def _accept(server: Server, quote: Quote, post: Post, quoted: Post, *, stamp_uri: str) -> None:
    quote.update_from_dict(
        {
            "state": "accepted",
            "quoted_id": quoted.id,
            "stamp_uri": stamp_uri,
            "updated_at": server.clock.now(),
        }
    )
    await quote.save(update_fields=["state", "quoted_id", "stamp_uri", "updated_at"])
    if counters.is_open(post):
        await counters.raise_of_post(quoted.id, "quotes_count")
    owner, quoter = await Account.get(id=quoted.author_id), await Account.get(id=post.author_id)
    await notify.about(server, owner, "quote", quoter, post)


async def _withdraw(server: Server, quote: Quote, post: Post, state: str) -> None:
    """Give a quote another state than accepted, with what an accepted one had counted and told."""
    if quote.state == "accepted" and quote.quoted_id is not None:
        quoted = await Post.get(id=quote.quoted_id).select_related("author")
        if counters.is_open(post):
            await counters.lower_of_post(quoted.id, "quotes_count")
        await notify.withdraw(quoted.author, "quote", await Account.get(id=post.author_id), post)
    quote.state, quote.updated_at = state, server.clock.now()
    await quote.save(update_fields=["state", "updated_at"])


async def _end(server: Server, quote: Quote, state: str) -> None:
    """End a quote; those who have our quoting post get it without."""
    post = await Post.get(id=quote.post_id).select_related("author")
    await _withdraw(server, quote, post, state)
    if post.local:
        await updates.send(server, post, post.author, of=f"quotes/{quote.id}/{state}")


async def _publish_revocation(server: Server, quote: Quote, post: Post, quoted: Post) -> None:
    owner, quoter = await Account.get(id=quoted.author_id), await Account.get(id=post.author_id)
    if not reach.goes_out(post):
        return
    is_open = counters.is_open(post)
    await publish.activity(
        server,
        owner,
        activities.revoke_quote(owner, quote, post, is_open=is_open),
        accounts=[] if quoter.is_local else [quoter],
        followers=is_open,
        object_uri=quote.stamp_uri,
        priority=publish.PROMPT,
    )
