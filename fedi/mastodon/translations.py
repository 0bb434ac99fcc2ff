"""Posts in another language, where the owner set up a translator (Mastodon API: statuses, translate)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def translate(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/translate."""
    del call
    raise NotFound


async def languages(call: Call) -> Response:
    """GET /api/v1/instance/translation_languages."""
    del call
    return responses.nothing()
