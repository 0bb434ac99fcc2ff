"""Announce received (ActivityPub 7.11)."""

from fedi.actions import boosts
from fedi.activitypub.activities import Announce, Create, Delete, Update
from fedi.activitypub.audience import visibility_of
from fedi.activitypub.notes import Note
from fedi.activitypub.vocabulary import Uri
from fedi.federation import forwarded, relevance, threads
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.queries import relays
from fedi.security.limits import Limit
from fedi.server import Server

# What a relay passes on is nobody's wish in particular: it must not crowd out what somebody waits for.
_RELAYED = Limit(120, 60.0)


async def receive(server: Server, activity: Announce, sender: Account) -> None:
    """Somebody boosts: a post of ours, or, if they are followed here, any open post. A relay passes one on.

    What is boosted is always asked for at its own id; an inlined copy proves nothing. Of what a group tells
    (FEP-1b12), a new thread is its boost; comments, edits and deletions are asked for where they come from.
    """
    if activity.passed_on is not None and not _begins_thread(activity.passed_on):
        await forwarded.apply(server, activity.passed_on, sender_uri=sender.uri)
        return
    post = await find_post(server, activity.object)
    is_ours = post is not None and post.local
    if not is_ours and not await relevance.is_followed_here(server, sender.id):
        if post is None and await relays.serves_us(sender.uri):
            await _take_from_relay(server, activity, sender)
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


def _begins_thread(told: Create | Update | Delete) -> bool:
    if not isinstance(told, Create):
        return False
    return not (isinstance(told.object, Note) and told.object.in_reply_to)


async def _take_from_relay(server: Server, activity: Announce, relay: Account) -> None:
    """Fetch what a relay names, for the public timeline; it is nobody's boost."""
    server.limits.take(f"relay:{relay.domain}", _RELAYED)
    await threads.post_by_uri(server, activity.object)
