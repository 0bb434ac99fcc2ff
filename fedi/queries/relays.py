"""The relays we follow, and who speaks for them."""

from fedi.activitypub.reader import same_origin
from fedi.models.federation import Relay

ACCEPTED, REJECTED = "accepted", "rejected"


async def serves_us(actor_uri: str) -> bool:
    """Say whether an actor speaks for a relay that serves us."""
    return any(speaks_for(relay, actor_uri) for relay in await Relay.filter(state=ACCEPTED))


async def is_known(actor_uri: str) -> bool:
    """Say whether an actor speaks for a relay that we asked to serve us, whatever it has answered."""
    return any(speaks_for(relay, actor_uri) for relay in await Relay.all())


async def inboxes() -> list[str]:
    """Give the inboxes of the relays that serve us."""
    return [relay.inbox_url for relay in await Relay.filter(state=ACCEPTED).order_by("id")]


def speaks_for(relay: Relay, actor_uri: str) -> bool:
    """Say whether an actor is the relay's, or of its inbox's origin where the relay has no actor."""
    return relay.actor_uri == actor_uri if relay.actor_uri else same_origin(relay.inbox_url, actor_uri)
