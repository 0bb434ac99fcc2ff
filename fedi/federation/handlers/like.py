"""Like and EmojiReact received (ActivityPub 7.10, FEP-c0e0)."""

from fedi.actions import favourites
from fedi.activitypub.activities import Like
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(server: Server, activity: Like, sender: Account) -> None:
    """Somebody likes a post of ours; a reaction counts as a like. Posts we do not know are not fetched."""
    post = await find_post(server, activity.object)
    if post is not None and post.local:
        await favourites.favourite(server, sender, post, uri=activity.id or f"{sender.uri}#likes/{post.id}")
