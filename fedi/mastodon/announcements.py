"""What the people who run the server tell everybody (Mastodon API: announcements)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v1/announcements."""
    del call
    return responses.json([])


async def dismiss(call: Call) -> Response:
    """POST /api/v1/announcements/{id}/dismiss."""
    del call
    raise NotFound


async def react(call: Call) -> Response:
    """PUT /api/v1/announcements/{id}/reactions/{name}."""
    del call
    raise NotFound


async def unreact(call: Call) -> Response:
    """DELETE /api/v1/announcements/{id}/reactions/{name}."""
    del call
    raise NotFound
