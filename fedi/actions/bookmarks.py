"""Bookmarks: for their owner alone, never federated."""

from fedi.actions.favourites import original_of
from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark
from fedi.models.posts import Post
from fedi.queries import visibility
from fedi.server import Server


async def add(server: Server, account: Account, post: Post) -> Bookmark:
    """Bookmark a post, or what it boosts; the second time is the first. Raises NotFound if not visible."""
    async with server.db.transaction():
        post = await original_of(post)
        await visibility.require(server, post, account)
        row, _ = await Bookmark.get_or_create(
            {"id": server.new_id(), "created_at": server.clock.now()}, account_id=account.id, post_id=post.id
        )
    return row


async def remove(server: Server, account: Account, post: Post) -> None:
    """Take a bookmark away; nothing if there is none."""
    async with server.db.transaction():
        post = await original_of(post)
        await Bookmark.filter(account_id=account.id, post_id=post.id).delete()
