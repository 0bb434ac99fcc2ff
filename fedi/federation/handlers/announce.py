"""Announce received (ActivityPub 7.11)."""

from fedi.actions import boosts
from fedi.activitypub.activities import Announce
from fedi.activitypub.audience import visibility_of
from fedi.activitypub.vocabulary import Uri
from fedi.federation import relevance, threads
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(server: Server, activity: Announce, sender: Account) -> None:
    """Somebody boosts: a post of ours, or, if they are followed here, any open post.

    What is boosted is always asked for at its own id; an inlined copy proves nothing.
    """
    post = await find_post(server, activity.object)
    is_ours = post is not None and post.local
    if not is_ours and not await relevance.is_followed_here(server, sender.id):
        return
    post = post or await threads.post_by_uri(server, activity.object)
    followers = Uri(sender.followers_url) if sender.followers_url else None
    audience = visibility_of(activity.to, activity.cc, followers)
    await boosts.boost(
        server,
        sender,
        post,
        uri=activity.id or f"{sender.uri}#announces/{post.id}",
        visibility="followers" if audience == "direct" else audience,
        published_at=activity.published,
    )
