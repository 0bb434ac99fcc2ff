"""Hosts that one person does not want to hear of (Mastodon API: domain_blocks)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v1/domain_blocks."""
    del call
    return responses.json([])


async def block(call: Call) -> Response:
    """POST /api/v1/domain_blocks."""
    del call
    raise NotFound


async def unblock(call: Call) -> Response:
    """DELETE /api/v1/domain_blocks."""
    del call
    raise NotFound


async def preview(call: Call) -> Response:
    """GET /api/v1/domain_blocks/preview."""
    del call
    raise NotFound
