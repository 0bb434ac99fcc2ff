"""Accounts that somebody recommends on their profile (Mastodon API: endorsements)."""

from starlette.responses import Response

from fedi.actions import endorsements
from fedi.mastodon import responses
from fedi.mastodon.accounts import listed
from fedi.mastodon.calls import Call
from fedi.mastodon.ties import standing, target_of
from fedi.models.accounts import Account
from fedi.queries import collections

_PEOPLE, _MOST_PEOPLE = 40, 80


async def show_all(call: Call) -> Response:
    """GET /api/v1/endorsements, paged by the endorsements' own ids."""
    return await _listed(call, call.account)


async def of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/endorsements."""
    return await _listed(call, await target_of(call))


async def endorse(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/endorse."""
    target = await target_of(call)
    await endorsements.endorse(call.server, call.account, target)
    return await standing(call, target)


async def unendorse(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unendorse."""
    target = await target_of(call)
    await endorsements.unendorse(call.server, call.account, target)
    return await standing(call, target)


async def _listed(call: Call, account: Account) -> Response:
    page = responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    return listed(call, await collections.endorsed(call.server, account, page), page)
