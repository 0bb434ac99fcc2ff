"""What a person writes down about an account, for nobody else (Mastodon API: accounts, note)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon.calls import Call


async def save(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/note."""
    del call
    raise NotFound
