"""The older, flat form of filters: one line a keyword (Mastodon API: filters, v1)."""

from starlette.responses import Response

from fedi.actions import filters as actions
from fedi.actions.filters import FilterChange, KeywordChange
from fedi.errors import Invalid
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.filter import filter_v1
from fedi.mastodon.filters import expiry
from fedi.queries import filters


async def show_all(call: Call) -> Response:
    """GET /api/v1/filters."""
    found = await filters.of_account(call.server, call.account)
    return responses.json([filter_v1(view.filter, row) for view in found for row in view.keywords])


async def create(call: Call) -> Response:
    """POST /api/v1/filters: a filter of one keyword, which is its title as well."""
    word = KeywordChange(
        keyword=call.params.text("phrase"), whole_word=call.params.optional_flag("whole_word")
    )
    row = await actions.create(call.server, call.account, _change(call, [word]))
    view = await filters.one(call.server, call.account, row.id)
    return responses.json(filter_v1(view.filter, view.keywords[0]))


async def show(call: Call) -> Response:
    """GET /api/v1/filters/{id}."""
    view, row = await filters.keyword(call.server, call.account, call.id)
    return responses.json(filter_v1(view.filter, row))


async def update(call: Call) -> Response:
    """PUT /api/v1/filters/{id}: of a filter of several keywords only the keyword itself can be changed."""
    view, row = await filters.keyword(call.server, call.account, call.id)
    word = KeywordChange(
        id=row.id,
        keyword=call.params.optional_text("phrase"),
        whole_word=call.params.optional_flag("whole_word"),
    )
    if len(view.keywords) == 1:
        change = _change(call, [word])
    elif any(name in call.params for name in ("expires_in", "irreversible")) or (
        "context" in call.params and set(call.params.texts("context")) != set(view.filter.contexts)
    ):
        raise Invalid("", "This filter has several words: change it in an app that knows newer filters")
    else:
        change = FilterChange(keywords=[word])
    await actions.change(call.server, call.account, view, change)
    view, row = await filters.keyword(call.server, call.account, call.id)
    return responses.json(filter_v1(view.filter, row))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/filters/{id}: the filter goes with its last keyword."""
    view, row = await filters.keyword(call.server, call.account, call.id)
    await actions.remove_keyword(call.server, call.account, view, row, with_filter=True)
    return responses.nothing()


def _change(call: Call, keywords: list[KeywordChange]) -> FilterChange:
    params = call.params
    seconds, never = expiry(params)
    hides = params.optional_flag("irreversible")
    return FilterChange(
        title=params.optional_text("phrase"),
        contexts=params.texts("context") if "context" in params else None,
        action=None if hides is None else "hide" if hides else "warn",
        seconds=seconds,
        never=never,
        keywords=keywords,
    )
