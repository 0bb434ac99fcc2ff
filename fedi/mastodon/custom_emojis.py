"""The custom emoji of this server (Mastodon API: custom_emojis)."""

from starlette.responses import Response

from fedi.mastodon import responses
from fedi.mastodon.calls import Call


async def show_all(call: Call) -> Response:
    """GET /api/v1/custom_emojis."""
    del call
    return responses.json([])
