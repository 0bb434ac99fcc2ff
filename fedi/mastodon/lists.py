"""Lists and who is on them (Mastodon API: lists)."""

from starlette.responses import Response

from fedi.actions import lists as list_actions
from fedi.mastodon import responses
from fedi.mastodon.accounts import listed
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account
from fedi.mastodon.entities.list import list_
from fedi.mastodon.entities.status import statuses
from fedi.mastodon.params import read_id
from fedi.models.lists import List
from fedi.queries import accounts as account_queries
from fedi.queries import lists
from fedi.queries.paging import Page

_PEOPLE, _MOST_PEOPLE = 40, 80


async def show_all(call: Call) -> Response:
    """GET /api/v1/lists."""
    return responses.json([list_(row) for row in await lists.of_owner(call.account)])


async def create(call: Call) -> Response:
    """POST /api/v1/lists."""
    params = call.params
    row = await list_actions.create(
        call.server,
        call.account,
        title=params.text("title"),
        replies_policy=params.text("replies_policy") or "list",
        exclusive=params.flag("exclusive"),
    )
    return responses.json(list_(row))


async def show(call: Call) -> Response:
    """GET /api/v1/lists/{id}."""
    return responses.json(list_(await _list(call)))


async def update(call: Call) -> Response:
    """PUT /api/v1/lists/{id}; what is not given stays as it is."""
    row, params = await _list(call), call.params
    await list_actions.update(
        call.server,
        row,
        title=params.optional_text("title"),
        replies_policy=params.optional_text("replies_policy"),
        exclusive=params.optional_flag("exclusive"),
    )
    return responses.json(list_(row))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/lists/{id}."""
    await list_actions.delete(call.server, await _list(call))
    return responses.nothing()


async def accounts(call: Call) -> Response:
    """GET /api/v1/lists/{id}/accounts; `limit=0` gives all of them at once."""
    row = await _list(call)
    if call.params.text("limit").strip() == "0":
        everybody = await lists.members(call.server, row, Page(list_actions.MAX_MEMBERS))
        return responses.json([account(member, call.server.uris) for _, member in everybody])
    page = responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    return listed(call, await lists.members(call.server, row, page), page)


async def add(call: Call) -> Response:
    """POST /api/v1/lists/{id}/accounts: `account_ids`; who is on the list already may be among them."""
    row = await _list(call)
    await list_actions.add(call.server, row, _named(call))
    return responses.nothing()


async def remove(call: Call) -> Response:
    """DELETE /api/v1/lists/{id}/accounts: `account_ids`, in the query or the body."""
    row = await _list(call)
    await list_actions.remove(call.server, row, _named(call))
    return responses.nothing()


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/list/{id}."""
    row, page = await _list(call), responses.page_of(call.params)
    found = await lists.timeline(call.server, call.account, row, page)
    ids = [each.post.id for each in found]
    # As of a home, much is left out of it after it was read.
    return responses.page(call.request, statuses(found, call.server.uris), ids, page, filtered=True)


async def of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/lists: those of the asking person on which the account is."""
    member = await account_queries.account_for(call.server, call.viewer, call.id)
    return responses.json([list_(row) for row in await lists.holding(call.account, member)])


async def _list(call: Call) -> List:
    return await lists.one(call.account, call.id)


def _named(call: Call) -> list[int]:
    """Give the ids that are named; what cannot be one is 0, which nobody has."""
    return [read_id(text) for text in call.params.texts("account_ids")]
