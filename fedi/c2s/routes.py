"""What clients of ActivityPub speak to, as two tables."""

from typing import Final

from starlette.routing import Match, Route
from starlette.types import Scope

from fedi.c2s import collections, media, outbox, proxy
from fedi.federation.answering import Endpoint, worded


class TokenRoute(Route):
    """A route for requests with a token alone: others go on to the route that peers take."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as any route does, where there is a token."""
        match, child = super().matches(scope)
        if match is not Match.FULL or not _has_token(scope):
            return Match.NONE, {}
        return match, child


def _has_token(scope: Scope) -> bool:
    return any(
        name == b"authorization" and value[:7].lower() == b"bearer " for name, value in scope["headers"]
    )


_WITH_TOKEN: Final[dict[str, Endpoint]] = {
    "/ap/u/{id:int}/outbox": collections.outbox,
    "/ap/u/{id:int}/followers": collections.followers,
    "/ap/u/{id:int}/following": collections.following,
    "/ap/u/{id:int}/liked": collections.liked,
    "/ap/o/{id:int}/likes": collections.likes,
    "/ap/o/{id:int}/shares": collections.shares,
}

# Before the routes of peers, at whose paths these stand; after their inboxes, which are asked for most.
WITH_TOKEN: Final = [
    TokenRoute(path, worded(endpoint), methods=["GET"]) for path, endpoint in _WITH_TOKEN.items()
]
ROUTES: Final = [
    Route("/ap/u/{id:int}/outbox", worded(outbox.post), methods=["POST"]),
    Route("/ap/u/{id:int}/inbox", worded(collections.inbox), methods=["GET"]),
    Route("/ap/u/{id:int}/blocked", worded(collections.blocked), methods=["GET"]),
    Route("/ap/media", worded(media.upload), methods=["POST"]),
    Route("/ap/media/{id:int}", worded(media.show), methods=["GET"]),
    Route("/ap/proxy", worded(proxy.fetch), methods=["POST"]),
]
