"""Accounts that somebody recommends on their profile (Mastodon API: endorsements)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.queries import accounts as account_queries


async def show_all(call: Call) -> Response:
    """GET /api/v1/endorsements."""
    del call
    return responses.json([])


async def of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/endorsements."""
    await account_queries.account_for(call.server, call.viewer, call.id)
    return responses.json([])


async def endorse(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/endorse."""
    del call
    raise NotFound


async def unendorse(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unendorse."""
    del call
    raise NotFound
