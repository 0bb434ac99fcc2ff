"""Whom to follow (Mastodon API: suggestions)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v2/suggestions."""
    del call
    return responses.json([])


async def show_all_v1(call: Call) -> Response:
    """GET /api/v1/suggestions."""
    del call
    return responses.json([])


async def dismiss(call: Call) -> Response:
    """DELETE /api/v1/suggestions/{id}."""
    del call
    raise NotFound
