"""Posts that wait for their time (Mastodon API: scheduled_statuses)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v1/scheduled_statuses."""
    del call
    return responses.json([])


async def show(call: Call) -> Response:
    """GET /api/v1/scheduled_statuses/{id}."""
    del call
    raise NotFound


async def update(call: Call) -> Response:
    """PUT /api/v1/scheduled_statuses/{id}."""
    del call
    raise NotFound


async def delete(call: Call) -> Response:
    """DELETE /api/v1/scheduled_statuses/{id}."""
    del call
    raise NotFound
