"""Add and Remove received, on the sender's featured collection (ActivityPub 7.8, 7.9)."""

from fedi.actions import pins
from fedi.activitypub.activities import Add, Remove
from fedi.activitypub.reader import same_origin
from fedi.federation import threads
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.server import Server


async def add(server: Server, activity: Add, sender: Account) -> None:
    """The sender pins a post of their own; it is fetched if we lack it."""
    if not _is_featured(activity, sender) or not same_origin(activity.object, sender.uri):
        return
    post = await threads.post_by_uri(server, activity.object)
    if post.author_id == sender.id:
        await pins.pin(server, sender, post)


async def remove(server: Server, activity: Remove, sender: Account) -> None:
    """The sender unpins a post."""
    post = await find_post(server, activity.object)
    if post is not None and _is_featured(activity, sender):
        await pins.unpin(server, sender, post)


def _is_featured(activity: Add | Remove, sender: Account) -> bool:
    return bool(sender.featured_url) and activity.target == sender.featured_url
