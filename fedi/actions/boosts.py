"""Boost a post, and take it back: a row of `posts` of its own (ActivityPub 7.11, 7.12)."""

from datetime import datetime

from fedi.actions import counters, news, notify, publish, reach, tombstones
from fedi.actions.favourites import original_of
from fedi.actions.posts import free_id
from fedi.errors import Conflict, Forbidden, Invalid
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import accounts, permits
from fedi.queries import visibility as visibility_queries
from fedi.server import Server
from fedi.translate import activities


async def boost(
    server: Server,
    account: Account,
    post: Post,
    *,
    uri: str | None = None,
    visibility: str = "public",
    published_at: datetime | None = None,
) -> Post:
    """Boost a post, or what it boosts, and tell its author; the second time is the first.

    Open posts may be boosted by all who see them, a followers-only post by its author alone and to
    followers alone; the boost of a local-only post is local-only. `uri` is the Announce's id and
    `published_at` its time when the account is remote. Raises NotFound for a post that is not visible,
    Forbidden for one that may not be boosted and for an account of ours that has moved, Invalid for an odd
    visibility, Gone if the Announce was undone before it came, Conflict if its id is another's.
    """
    if visibility not in {"public", "unlisted", "followers"}:
        raise Invalid("visibility", "is not one that a boost can have")
    async with server.db.transaction():
        post = await original_of(post)
        known = await Post.get_or_none(author_id=account.id, boost_of_id=post.id)
        if known is not None:
            return known
        await visibility_queries.require(server, post, account)
        await permits.require(server, account, post, "announce")
        accounts.require_here(account)
        _check(account, post)
        await tombstones.refuse_undone(server, uri, actor_uri=account.uri)
        if uri is not None and await Post.exists(uri=uri):
            raise Conflict("This id belongs to something else.")
        visibility = visibility if counters.is_open(post) else post.visibility
        row = await _store(server, account, post, uri, visibility, published_at)
        await counters.post_added(server, row)
        news.boosted(server, row)
        await counters.raise_of_post(post.id, "boosts_count")
        author = await Account.get(id=post.author_id)
        await notify.about(server, author, "reblog", account, post)
        if reach.goes_out(post):
            announced = activities.announce_of(row, account, post, author)
            await publish.activity(
                server, account, announced, accounts=[author], followers=True, object_uri=post.uri
            )
    return row


async def unboost(server: Server, account: Account, post: Post) -> None:
    """Take a boost back, given it or its original; nothing if there is none."""
    async with server.db.transaction():
        post = await original_of(post)
        row = await Post.get_or_none(author_id=account.id, boost_of_id=post.id)
        if row is None:
            return
        author = await Account.get(id=post.author_id)
        await counters.post_removed(row)
        await notify.withdraw(author, "reblog", account, post)
        await news.going(server, row)
        await row.delete()
        if reach.goes_out(post):
            undone = activities.undo_announce(row, account, post, author)
            await publish.activity(
                server, account, undone, accounts=[author], followers=True, object_uri=post.uri
            )


def _check(account: Account, post: Post) -> None:
    if counters.is_open(post):
        return
    if post.visibility != "followers" or post.author_id != account.id:
        raise Forbidden("This post may not be boosted.")


async def _store(
    server: Server,
    account: Account,
    post: Post,
    uri: str | None,
    visibility: str,
    published_at: datetime | None,
) -> Post:
    now = server.clock.now()
    moment = min(published_at or now, now)
    id_ = server.new_id() if account.is_local else await free_id(server, moment)
    announce_uri = uri or server.uris.create_of(id_)
    return await Post.create(
        id=id_,
        uri=announce_uri,
        url=post.url or post.uri,
        author_id=account.id,
        local=account.is_local,
        boost_of_id=post.id,
        visibility=visibility,
        local_only=post.local_only,
        published_at=moment,
    )
