"""Relays: servers that pass public posts on to all who follow them (FEP-ae0c, federation reference 14).

The server's own actor follows a relay: one of Mastodon's kind by a Follow of the public collection, sent to
its inbox; one of LitePub's kind by a Follow of its actor. Our public posts then go to it, and what it
announces, or passes on word for word, is fetched from where it stands.

We make no Linked Data signatures. A relay that passes our posts on word for word reaches those servers alone
that fetch them or read integrity proofs (FEP-8b32); one that announces them reaches all.
"""

from fedi.actions import moderation, publish
from fedi.activitypub.activities import Follow, Undo
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.errors import Conflict, NotFound
from fedi.models.accounts import Account
from fedi.models.federation import Relay
from fedi.queries import accounts
from fedi.queries.relays import ACCEPTED, REJECTED, speaks_for
from fedi.server import Server


async def add(server: Server, inbox_url: str, *, actor_uri: str = "", by: str) -> Relay:
    """Ask a relay to serve us. `actor_uri` names the actor of a LitePub relay; Mastodon's kind has none.

    Raises Conflict when we asked already.
    """
    own = await accounts.instance_actor(server)
    async with server.db.transaction():
        if await Relay.exists(inbox_url=inbox_url):
            raise Conflict("This relay is known already.")
        follow_uri = server.uris.new_activity()
        relay = await Relay.create(
            id=server.new_id(),
            inbox_url=inbox_url,
            actor_uri=actor_uri,
            follow_uri=follow_uri,
            created_at=server.clock.now(),
        )
        await moderation.record(server, by, "relay.add", inbox_url, "")
        await publish.activity(
            server,
            own,
            _follow(relay, own),
            extra_inboxes=[inbox_url],
            object_uri=inbox_url,
            priority=publish.PROMPT,
        )
    return relay


async def remove(server: Server, inbox_url: str, *, by: str) -> None:
    """Leave a relay. Raises NotFound for one that is not known."""
    own = await accounts.instance_actor(server)
    async with server.db.transaction():
        relay = await Relay.get_or_none(inbox_url=inbox_url)
        if relay is None:
            raise NotFound("There is no such relay.")
        await relay.delete()
        await moderation.record(server, by, "relay.remove", inbox_url, "")
        undo = Undo(id=server.uris.new_activity(), actor=Uri(own.uri), object=_follow(relay, own))
        await publish.activity(server, own, undo, extra_inboxes=[inbox_url], object_uri=inbox_url)


async def answered(server: Server, follow_uri: str, sender_uri: str, *, accepted: bool) -> bool:
    """Note a relay's answer to our Follow; False when it is none of ours, or of another origin's."""
    async with server.db.transaction():
        relay = await Relay.get_or_none(follow_uri=follow_uri)
        if relay is None or not speaks_for(relay, sender_uri):
            return False
        await Relay.filter(id=relay.id).update(state=ACCEPTED if accepted else REJECTED)
    return True


def _follow(relay: Relay, own: Account) -> Follow:
    wanted = Uri(relay.actor_uri) if relay.actor_uri else PUBLIC
    return Follow(id=Uri(relay.follow_uri), actor=Uri(own.uri), object=wanted)
