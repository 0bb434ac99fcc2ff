"""Lists of posts: home, public, by hashtag, favourites, bookmarks; how far they were read (Mastodon API)."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.actions import markers as marker_actions
from fedi.mastodon import answers, rendered, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.notification import marker
from fedi.mastodon.entities.status import status
from fedi.mastodon.params import read_id
from fedi.queries import kept, markers, timelines
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot

_MOST_TAGS = 4


async def home(call: Call) -> Response:
    """GET /api/v1/timelines/home."""
    if (again := answers.last(call)) is not None:
        return again
    version, page = answers.version_of(call), responses.page_of(call.params)
    ids = await kept.home(call.server, call.account, page)
    # Of a home much is left out after it was read: a short page says nothing about the next.
    return await _page(call, ids, page, version, filtered=True)


async def public(call: Call) -> Response:
    """GET /api/v1/timelines/public."""
    if (again := answers.last(call)) is not None:
        return again
    version, params, page = answers.version_of(call), call.params, responses.page_of(call.params)
    ids = await timelines.public_ids(
        call.server,
        call.viewer,
        page,
        local=params.flag("local"),
        remote=params.flag("remote"),
        only_media=params.flag("only_media"),
    )
    return await _page(call, ids, page, version)


async def tag(call: Call) -> Response:
    """GET /api/v1/timelines/tag/{name}, with any[], all[] and none[] of other hashtags."""
    if (again := answers.last(call)) is not None:
        return again
    version, params, page = answers.version_of(call), call.params, responses.page_of(call.params)
    ids = await timelines.tag_ids(
        call.server,
        call.viewer,
        call.path["name"].removeprefix("#"),
        page,
        any_of=params.texts("any")[:_MOST_TAGS],
        all_of=params.texts("all")[:_MOST_TAGS],
        none_of=params.texts("none")[:_MOST_TAGS],
        local=params.flag("local"),
        remote=params.flag("remote"),
        only_media=params.flag("only_media"),
    )
    return await _page(call, ids, page, version)


async def favourites(call: Call) -> Response:
    """GET /api/v1/favourites, paged by the favourites' own ids."""
    page = responses.page_of(call.params)
    return _marked(call, await timelines.favourites(call.server, call.account, page), page)


async def bookmarks(call: Call) -> Response:
    """GET /api/v1/bookmarks, paged by the bookmarks' own ids."""
    page = responses.page_of(call.params)
    return _marked(call, await timelines.bookmarks(call.server, call.account, page), page)


async def show_markers(call: Call) -> Response:
    """GET /api/v1/markers."""
    wanted = [name for name in call.params.texts("timeline") if name in marker_actions.TIMELINES]
    found = await markers.of(call.account, wanted)
    return responses.json({row.timeline: marker(row) for row in found})


async def save_markers(call: Call) -> Response:
    """POST /api/v1/markers: `home[last_read_id]`, `notifications[last_read_id]`."""
    saved = {}
    for timeline in marker_actions.TIMELINES:
        last_read_id = read_id(call.params.inner(timeline).text("last_read_id"))
        if last_read_id:
            saved[timeline] = marker(
                await marker_actions.save(call.server, call.account, timeline, last_read_id)
            )
    return responses.json(saved)


async def _page(
    call: Call, ids: Sequence[int], page: Page, version: int, *, filtered: bool = False
) -> Response:
    """Answer with posts; again with the same, until something is written or a moment comes."""
    shown = await rendered.statuses(call.server, call.viewer, ids)
    answer = responses.page(call.request, shown.body, shown.ids, page, filtered=filtered)
    return answers.keep(call, answer, version=version, until=shown.until)


def _marked(call: Call, found: Sequence[tuple[int, PostSnapshot]], page: Page) -> Response:
    shown = [status(snapshot, call.server.uris) for _, snapshot in found]
    return responses.page(call.request, shown, [id_ for id_, _ in found], page)
