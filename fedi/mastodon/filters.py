"""Filters with their keywords and single posts (Mastodon API: filters, v2)."""

from starlette.responses import Response

from fedi.actions import filters as actions
from fedi.actions.filters import FilterChange, KeywordChange
from fedi.errors import Invalid
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.filter import filter_keyword, filter_status, filter_whole
from fedi.mastodon.params import Params, read_id
from fedi.queries import filters, visibility


async def show_all(call: Call) -> Response:
    """GET /api/v2/filters."""
    found = await filters.of_account(call.server, call.account)
    return responses.json([filter_whole(view) for view in found])


async def create(call: Call) -> Response:
    """POST /api/v2/filters."""
    row = await actions.create(call.server, call.account, _change(call))
    return await _shown(call, row.id)


async def show(call: Call) -> Response:
    """GET /api/v2/filters/{id}."""
    return await _shown(call, call.id)


async def update(call: Call) -> Response:
    """PUT /api/v2/filters/{id}."""
    view = await filters.one(call.server, call.account, call.id)
    await actions.change(call.server, call.account, view, _change(call))
    return await _shown(call, call.id)


async def delete(call: Call) -> Response:
    """DELETE /api/v2/filters/{id}."""
    view = await filters.one(call.server, call.account, call.id)
    await actions.remove(call.server, call.account, view)
    return responses.nothing()


async def show_keywords(call: Call) -> Response:
    """GET /api/v2/filters/{id}/keywords."""
    view = await filters.one(call.server, call.account, call.id)
    return responses.json([filter_keyword(row) for row in view.keywords])


async def add_keyword(call: Call) -> Response:
    """POST /api/v2/filters/{id}/keywords."""
    view = await filters.one(call.server, call.account, call.id)
    row = await actions.add_keyword(
        call.server,
        call.account,
        view,
        call.params.text("keyword"),
        whole_word=call.params.flag("whole_word", default=True),
    )
    return responses.json(filter_keyword(row))


async def show_keyword(call: Call) -> Response:
    """GET /api/v2/filters/keywords/{id}."""
    _, row = await filters.keyword(call.server, call.account, call.id)
    return responses.json(filter_keyword(row))


async def update_keyword(call: Call) -> Response:
    """PUT /api/v2/filters/keywords/{id}."""
    _, row = await filters.keyword(call.server, call.account, call.id)
    change = KeywordChange(
        keyword=call.params.optional_text("keyword"), whole_word=call.params.optional_flag("whole_word")
    )
    await actions.change_keyword(call.server, call.account, row, change)
    return responses.json(filter_keyword(row))


async def delete_keyword(call: Call) -> Response:
    """DELETE /api/v2/filters/keywords/{id}."""
    view, row = await filters.keyword(call.server, call.account, call.id)
    await actions.remove_keyword(call.server, call.account, view, row)
    return responses.nothing()


async def show_posts(call: Call) -> Response:
    """GET /api/v2/filters/{id}/statuses."""
    view = await filters.one(call.server, call.account, call.id)
    return responses.json([filter_status(row) for row in view.posts])


async def add_post(call: Call) -> Response:
    """POST /api/v2/filters/{id}/statuses: only of a post that the person may see."""
    view = await filters.one(call.server, call.account, call.id)
    post = await visibility.post_for(call.server, call.account, call.params.id("status_id") or 0)
    return responses.json(filter_status(await actions.add_post(call.server, call.account, view, post)))


async def show_post(call: Call) -> Response:
    """GET /api/v2/filters/statuses/{id}."""
    _, row = await filters.filtered_post(call.server, call.account, call.id)
    return responses.json(filter_status(row))


async def delete_post(call: Call) -> Response:
    """DELETE /api/v2/filters/statuses/{id}."""
    _, row = await filters.filtered_post(call.server, call.account, call.id)
    await actions.remove_post(call.server, call.account, row)
    return responses.nothing()


def expiry(params: Params) -> tuple[int | None, bool]:
    """Read `expires_in`: in how many seconds, and whether (given, but empty) never.

    Raises Invalid for what is no whole number.
    """
    text = params.text("expires_in").strip()
    if "expires_in" not in params or not text:
        return None, "expires_in" in params
    if not text.removeprefix("-").isdecimal():
        raise Invalid("Expires in", "must be a number of seconds")
    return params.number("expires_in", 0), False


def _change(call: Call) -> FilterChange:
    params = call.params
    seconds, never = expiry(params)
    return FilterChange(
        title=params.optional_text("title"),
        contexts=params.texts("context") if "context" in params else None,
        action=params.optional_text("filter_action"),
        seconds=seconds,
        never=never,
        model_media=params.optional_flag("model_media"),
        keywords=[_keyword(each) for each in params.each("keywords_attributes")],
    )


def _keyword(params: Params) -> KeywordChange:
    id_ = params.text("id")
    return KeywordChange(
        id=read_id(id_) if id_ else None,
        keyword=params.optional_text("keyword"),
        whole_word=params.optional_flag("whole_word"),
        gone=params.flag("_destroy"),
    )


async def _shown(call: Call, id_: int) -> Response:
    return responses.json(filter_whole(await filters.one(call.server, call.account, id_)))
