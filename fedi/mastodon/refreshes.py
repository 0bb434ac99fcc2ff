"""Work in the background that an answer waits for (Mastodon API: async refreshes)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.refresh import async_refresh
from fedi.models.federation import AsyncRefresh as RefreshRow

_RETRY_SECONDS = 3


async def show(call: Call) -> Response:
    """GET /api/v1_alpha/async_refreshes/{id}."""
    row = await RefreshRow.get_or_none(id=call.id)
    if row is None:
        raise NotFound
    return responses.json({"async_refresh": async_refresh(row)})


def told(response: Response, row: RefreshRow | None) -> Response:
    """Tell in an answer's header that more is being looked for, if it is."""
    if row is not None:
        shown = async_refresh(row)
        value = f'id="{shown.id}", retry={_RETRY_SECONDS}, result_count={shown.result_count}'
        response.headers["Mastodon-Async-Refresh"] = value
    return response
