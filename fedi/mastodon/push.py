"""Where an app wants its notifications pushed to (Mastodon API: push)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon.calls import Call


async def subscribe(call: Call) -> Response:
    """POST /api/v1/push/subscription."""
    del call
    raise NotFound


async def show(call: Call) -> Response:
    """GET /api/v1/push/subscription."""
    del call
    raise NotFound


async def update(call: Call) -> Response:
    """PUT /api/v1/push/subscription."""
    del call
    raise NotFound


async def unsubscribe(call: Call) -> Response:
    """DELETE /api/v1/push/subscription."""
    del call
    raise NotFound
