"""Favourite a post, and take it back (ActivityPub 7.10, 7.12)."""

from fedi.actions import counters, notify, publish, tombstones
from fedi.errors import Conflict
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite
from fedi.models.posts import Post
from fedi.queries import visibility
from fedi.server import Server
from fedi.translate import activities


async def favourite(server: Server, account: Account, post: Post, *, uri: str | None = None) -> Favourite:
    """Record that `account` likes a post, or what it boosts, and tell its author.

    The second time is the first. `uri` is the Like's id when the account is remote. Raises NotFound if the
    account may not see the post, Gone if this Like was undone before it came, Conflict if its id is taken.
    """
    async with server.db.transaction():
        post = await original_of(post)
        known = await Favourite.get_or_none(account_id=account.id, post_id=post.id)
        if known is not None:
            return known
        await visibility.require(server, post, account)
        await tombstones.refuse_undone(server, uri, actor_uri=account.uri)
        id_ = server.new_id()
        uri = uri or server.uris.activity(id_)
        if await Favourite.exists(uri=uri):
            raise Conflict("This id belongs to another Like.")
        row = await Favourite.create(
            id=id_, account_id=account.id, post_id=post.id, uri=uri, created_at=server.clock.now()
        )
        await counters.raise_of_post(post.id, "favourites_count")
        author = await Account.get(id=post.author_id)
        await notify.about(server, author, "favourite", account, post)
        await publish.activity(
            server,
            account,
            activities.like_of(account, post, uri=uri),
            accounts=[author],
            object_uri=post.uri,
            personal=True,
        )
    return row


async def unfavourite(server: Server, account: Account, post: Post) -> None:
    """Take a favourite back; nothing if there is none."""
    async with server.db.transaction():
        post = await original_of(post)
        row = await Favourite.get_or_none(account_id=account.id, post_id=post.id)
        if row is None:
            return
        await row.delete()
        await counters.lower_of_post(post.id, "favourites_count")
        author = await Account.get(id=post.author_id)
        await notify.withdraw(author, "favourite", account, post)
        await publish.activity(
            server,
            account,
            activities.undo_like(account, post, uri=row.uri),
            accounts=[author],
            object_uri=post.uri,
            personal=True,
        )


async def original_of(post: Post) -> Post:
    """Give what a boost boosts, or the post itself: marks and boosts are of that."""
    return await Post.get(id=post.boost_of_id) if post.boost_of_id is not None else post
