"""Lists and who is on them (Mastodon API: lists)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.queries import accounts as account_queries


async def show_all(call: Call) -> Response:
    """GET /api/v1/lists."""
    del call
    return responses.json([])


async def create(call: Call) -> Response:
    """POST /api/v1/lists."""
    del call
    raise NotFound


async def show(call: Call) -> Response:
    """GET /api/v1/lists/{id}."""
    del call
    raise NotFound


async def update(call: Call) -> Response:
    """PUT /api/v1/lists/{id}."""
    del call
    raise NotFound


async def delete(call: Call) -> Response:
    """DELETE /api/v1/lists/{id}."""
    del call
    raise NotFound


async def accounts(call: Call) -> Response:
    """GET /api/v1/lists/{id}/accounts."""
    del call
    raise NotFound


async def add(call: Call) -> Response:
    """POST /api/v1/lists/{id}/accounts."""
    del call
    raise NotFound


async def remove(call: Call) -> Response:
    """DELETE /api/v1/lists/{id}/accounts."""
    del call
    raise NotFound


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/list/{id}."""
    del call
    return responses.json([])


async def of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/lists."""
    await account_queries.account_for(call.server, call.viewer, call.id)
    return responses.json([])
