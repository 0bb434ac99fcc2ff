"""Like and EmojiReact received (ActivityPub 7.10, FEP-c0e0)."""

from fedi.actions import favourites, reactions
from fedi.activitypub.activities import Like
from fedi.activitypub.reactions import Emote, emote_of
from fedi.activitypub.reader import host_of
from fedi.errors import Invalid
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.queries import domains
from fedi.server import Server


async def receive(server: Server, activity: Like, sender: Account) -> None:
    """Somebody likes a post of ours, or reacts to it. Posts we do not know are not fetched.

    What is no emoji, and a reaction beyond a person's twentieth, counts as a plain Like.
    """
    post = await find_post(server, activity.object)
    if post is None or not post.local:
        return
    emote = await _acceptable(activity, sender)
    if emote is not None:
        uri = activity.id or f"{sender.uri}#reactions/{post.id}/{emote.emoji}"
        try:
            await reactions.react(server, sender, post, emote, uri=uri)
        except Invalid:
            emote = None
        else:
            await reactions.remember_reader(server, host_of(sender.uri))
    if emote is None:
        await favourites.favourite(server, sender, post, uri=activity.id or f"{sender.uri}#likes/{post.id}")


async def _acceptable(activity: Like, sender: Account) -> Emote | None:
    emote = emote_of(activity)
    if emote is not None and emote.image_url and await domains.rejects_media(sender.domain):
        return None
    return emote
