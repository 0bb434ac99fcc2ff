"""The custom emoji of this server (Mastodon API: custom_emojis)."""

from starlette.responses import Response

from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import CustomEmoji
from fedi.queries import emojis

_KEPT_SECONDS = 300


async def show_all(call: Call) -> Response:
    """GET /api/v1/custom_emojis: those that may be used; good for some minutes."""
    uris = call.server.uris
    shown = [
        CustomEmoji(
            shortcode=row.shortcode,
            url=uris.media(row.file_key),
            static_url=uris.media(row.static_key),
            visible_in_picker=row.visible_in_picker,
            category=row.category or None,
        )
        for row in await emojis.listed()
    ]
    return responses.json(shown, headers={"Cache-Control": f"public, max-age={_KEPT_SECONDS}"})
