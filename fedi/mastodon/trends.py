"""What is talked about (Mastodon API: trends)."""

from starlette.responses import Response

from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def tags(call: Call) -> Response:
    """GET /api/v1/trends."""
    del call
    return responses.json([])


async def posts(call: Call) -> Response:
    """GET /api/v1/trends/statuses."""
    del call
    return responses.json([])


async def links(call: Call) -> Response:
    """GET /api/v1/trends/links."""
    del call
    return responses.json([])
