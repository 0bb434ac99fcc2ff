"""The older, flat form of filters: one line a keyword (Mastodon API: filters, v1)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v1/filters."""
    del call
    return responses.json([])


async def create(call: Call) -> Response:
    """POST /api/v1/filters."""
    del call
    raise NotFound


async def show(call: Call) -> Response:
    """GET /api/v1/filters/{id}."""
    del call
    raise NotFound


async def update(call: Call) -> Response:
    """PUT /api/v1/filters/{id}."""
    del call
    raise NotFound


async def delete(call: Call) -> Response:
    """DELETE /api/v1/filters/{id}."""
    del call
    raise NotFound
