"""Posts that their author keeps on top of the profile: the `featured` collection (ActivityPub 7.8, 7.9)."""

from collections.abc import Sequence

from fedi.actions import publish, reach
from fedi.actions.counters import is_open
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.interactions import Pin
from fedi.models.posts import Post
from fedi.server import Server
from fedi.translate import activities

MAX_PINS = 5
_MAX_REMOTE_PINS = 20


async def pin(server: Server, account: Account, post: Post) -> Pin:
    """Pin a post of the account's own; the second time is the first.

    Raises Invalid for a boost, another's or a direct post, and beyond 5 pins (20 of a remote account).
    """
    if post.boost_of_id is not None:
        raise Invalid("", "A boost cannot be pinned")
    if post.author_id != account.id:
        raise Invalid("", "Someone else's post cannot be pinned")
    if post.visibility == "direct":
        raise Invalid("", "Posts that are only visible to mentioned users cannot be pinned")
    async with server.db.transaction():
        known = await Pin.get_or_none(account_id=account.id, post_id=post.id)
        if known is not None:
            return known
        limit = MAX_PINS if account.is_local else _MAX_REMOTE_PINS
        if await Pin.filter(account_id=account.id).count() >= limit:
            raise Invalid("", "You have already pinned the maximum number of posts")
        row = await Pin.create(
            id=server.new_id(), account_id=account.id, post_id=post.id, created_at=server.clock.now()
        )
        if is_open(post) and reach.goes_out(post):
            added = activities.add_of(account, post, id_=server.uris.new_activity())
            await publish.activity(server, account, added, followers=True, object_uri=post.uri)
    return row


async def unpin(server: Server, account: Account, post: Post) -> None:
    """Take a pin away; nothing if there is none."""
    async with server.db.transaction():
        gone = await Pin.filter(account_id=account.id, post_id=post.id).delete()
        if gone and is_open(post) and reach.goes_out(post):
            removed = activities.remove_of(account, post, id_=server.uris.new_activity())
            await publish.activity(server, account, removed, followers=True, object_uri=post.uri)


async def replace_remote(server: Server, account: Account, posts: Sequence[Post]) -> None:
    """Make these open posts the pins of a remote account, the first of them shown first."""
    wanted = [post.id for post in posts if is_open(post)][:_MAX_REMOTE_PINS]
    async with server.db.transaction():
        known = await Pin.filter(account_id=account.id).order_by("-id").values_list("post_id", flat=True)
        if list(known) == wanted:
            return
        await Pin.filter(account_id=account.id).delete()
        # Pins are shown from the newest row down.
        for post_id in reversed(wanted):
            await Pin.create(
                id=server.new_id(), account_id=account.id, post_id=post_id, created_at=server.clock.now()
            )
