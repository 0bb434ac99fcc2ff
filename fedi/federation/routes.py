"""What other servers speak to, as one table."""

from typing import Final

from starlette.routing import Route

from fedi.federation import discovery, endpoints, listings, remix_stamps, stamps, synchronisation
from fedi.federation.answering import Endpoint, worded
from fedi.federation.doorway import Inbox

_GET: Final[dict[str, Endpoint]] = {
    "/.well-known/webfinger": discovery.webfinger,
    "/.well-known/host-meta": discovery.host_meta,
    "/.well-known/host-meta.json": discovery.host_meta_json,
    "/.well-known/nodeinfo": discovery.nodeinfo_index,
    "/nodeinfo/{version}": discovery.nodeinfo,
    "/ap/actor": endpoints.instance_actor,
    "/ap/actor/outbox": listings.instance_outbox,
    "/ap/u/{id:int}": endpoints.actor,
    "/ap/u/{id:int}/outbox": listings.outbox,
    "/ap/u/{id:int}/followers": listings.followers,
    "/ap/u/{id:int}/followers_synchronization": synchronisation.partial_followers,
    "/ap/u/{id:int}/following": listings.following,
    "/ap/u/{id:int}/featured": listings.featured,
    "/ap/u/{id:int}/tags": listings.featured_tags,
    "/ap/u/{id:int}/liked": listings.liked,
    "/ap/o/{id:int}": endpoints.post,
    "/ap/o/{id:int}/activity": endpoints.post_activity,
    "/ap/o/{id:int}/replies": listings.replies,
    "/ap/o/{id:int}/likes": listings.likes,
    "/ap/o/{id:int}/shares": listings.shares,
    "/ap/c/{id:int}": listings.context,
    "/ap/q/{id:int}": stamps.stamp,
    "/ap/r/{id:int}": remix_stamps.stamp,
    "/ap/a/{name}": endpoints.sent_activity,
}

_INBOXES: Final = ("/ap/inbox", "/ap/actor/inbox", "/ap/u/{id:int}/inbox")

ROUTES: Final = [
    *(Route(path, Inbox(), methods=["POST"]) for path in _INBOXES),
    *(Route(path, worded(endpoint), methods=["GET"]) for path, endpoint in _GET.items()),
]
