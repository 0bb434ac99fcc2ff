"""Whom to follow (Mastodon API: suggestions)."""

from msgspec import Struct
from starlette.responses import Response

from fedi.actions import suggestions as dismissals
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import Account, account
from fedi.queries import accounts, suggestions
from fedi.queries.suggestions import Suggestion as Found

# What older apps are told: they know fewer reasons.
_OLDER_WORDS = {"friends_of_friends": "past_interactions", "most_followed": "global"}
_MAX_OFFSET = 2000


class Suggestion(Struct, kw_only=True):
    """An account to follow, and why (Mastodon API: entities, Suggestion)."""

    source: str
    sources: list[str]
    account: Account


async def show_all(call: Call) -> Response:
    """GET /api/v2/suggestions."""
    shown = [
        Suggestion(
            source=_OLDER_WORDS.get(each.reasons[0], "global"),
            sources=list(each.reasons),
            account=account(each.account, call.server.uris),
        )
        for each in await _found(call)
    ]
    return responses.json(shown)


async def show_all_v1(call: Call) -> Response:
    """GET /api/v1/suggestions, as it was: accounts alone."""
    return responses.json([account(each.account, call.server.uris) for each in await _found(call)])


async def dismiss(call: Call) -> Response:
    """DELETE /api/v1/suggestions/{id}; also of somebody who was not suggested."""
    target = await accounts.account_for(call.server, call.viewer, call.id)
    await dismissals.dismiss(call.server, call.account, target)
    return responses.nothing()


async def _found(call: Call) -> list[Found]:
    limit = responses.limit_of(call.params, default=40, most=80)
    offset = min(max(call.params.number("offset", 0), 0), _MAX_OFFSET)
    return await suggestions.of(call.server, call.account, limit=limit, offset=offset)
