"""Threads of direct posts, and threads that somebody mutes (Mastodon API: conversations)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import marks, responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v1/conversations."""
    del call
    return responses.json([])


async def remove(call: Call) -> Response:
    """DELETE /api/v1/conversations/{id}."""
    del call
    raise NotFound


async def read(call: Call) -> Response:
    """POST /api/v1/conversations/{id}/read."""
    del call
    raise NotFound


async def unread(call: Call) -> Response:
    """POST /api/v1/conversations/{id}/unread."""
    del call
    raise NotFound


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/direct."""
    del call
    return responses.json([])


async def mute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/mute."""
    return await marks.as_it_is(call)


async def unmute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unmute."""
    return await marks.as_it_is(call)
