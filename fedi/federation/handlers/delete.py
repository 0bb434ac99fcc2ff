"""Delete received (ActivityPub 7.4)."""

from fedi.actions import accounts, deletes
from fedi.activitypub.activities import Delete
from fedi.federation import forwarded
from fedi.federation.handlers import quotes, remixes
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(server: Server, activity: Delete, sender: Account) -> None:
    """Delete the sender's own post, or the sender, or take a stamp of theirs back.

    What is unknown is remembered as deleted.
    """
    if activity.object == sender.uri:
        await accounts.mark_gone(server, sender)
        return
    post = await find_post(server, activity.object)
    if post is None:
        await quotes.revoked(server, activity.object, sender)
        await remixes.revoked(server, activity.object, sender)
        await forwarded.remember_deleted(server, activity)
    elif post.author_id == sender.id:
        await deletes.delete(server, post)
