"""Filters with their keywords and single posts (Mastodon API: filters, v2)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v2/filters."""
    del call
    return responses.json([])


async def create(call: Call) -> Response:
    """POST /api/v2/filters."""
    del call
    raise NotFound


async def show(call: Call) -> Response:
    """GET /api/v2/filters/{id}."""
    del call
    raise NotFound


async def update(call: Call) -> Response:
    """PUT /api/v2/filters/{id}."""
    del call
    raise NotFound


async def delete(call: Call) -> Response:
    """DELETE /api/v2/filters/{id}."""
    del call
    raise NotFound


async def show_keywords(call: Call) -> Response:
    """GET /api/v2/filters/{id}/keywords."""
    del call
    raise NotFound


async def add_keyword(call: Call) -> Response:
    """POST /api/v2/filters/{id}/keywords."""
    del call
    raise NotFound


async def show_keyword(call: Call) -> Response:
    """GET /api/v2/filters/keywords/{id}."""
    del call
    raise NotFound


async def update_keyword(call: Call) -> Response:
    """PUT /api/v2/filters/keywords/{id}."""
    del call
    raise NotFound


async def delete_keyword(call: Call) -> Response:
    """DELETE /api/v2/filters/keywords/{id}."""
    del call
    raise NotFound


async def show_posts(call: Call) -> Response:
    """GET /api/v2/filters/{id}/statuses."""
    del call
    raise NotFound


async def add_post(call: Call) -> Response:
    """POST /api/v2/filters/{id}/statuses."""
    del call
    raise NotFound


async def show_post(call: Call) -> Response:
    """GET /api/v2/filters/statuses/{id}."""
    del call
    raise NotFound


async def delete_post(call: Call) -> Response:
    """DELETE /api/v2/filters/statuses/{id}."""
    del call
    raise NotFound
