"""Ours: drafts that are kept on the server, so that another app can go on with them."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/fedi/v1/drafts."""
    del call
    raise NotFound


async def create(call: Call) -> Response:
    """POST /api/fedi/v1/drafts."""
    del call
    raise NotFound


async def show(call: Call) -> Response:
    """GET /api/fedi/v1/drafts/{id}."""
    del call
    raise NotFound


async def update(call: Call) -> Response:
    """PUT /api/fedi/v1/drafts/{id}."""
    del call
    raise NotFound


async def delete(call: Call) -> Response:
    """DELETE /api/fedi/v1/drafts/{id}."""
    del call
    raise NotFound


async def publish(call: Call) -> Response:
    """POST /api/fedi/v1/drafts/{id}/publish."""
    del call
    raise NotFound
