"""Previews of links, and the posts that have one (Mastodon API: PreviewCard, timelines/link)."""

from starlette.responses import Response

from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.queries import visibility


async def show(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/card."""
    await visibility.post_for(call.server, call.viewer, call.id)
    return responses.nothing()


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/link."""
    del call
    return responses.json([])
