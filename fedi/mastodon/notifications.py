"""What happened to somebody, one by one (v1) and in groups (v2) (Mastodon API: notifications)."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.actions import notify
from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account
from fedi.mastodon.entities.notification import grouped, notification
from fedi.mastodon.params import read_id
from fedi.queries import markers, notifications
from fedi.queries.notifications import NotificationView
from fedi.queries.paging import Page

_DEFAULT, _MOST = 40, 80
_UNREAD, _MOST_UNREAD = 100, 1000
_UNGROUPED = "ungrouped-"


async def show_page(call: Call) -> Response:
    """GET /api/v1/notifications."""
    page, found = await _found(call)
    shown = [notification(view, call.server.uris) for view in found]
    return responses.page(call.request, shown, [view.notification.id for view in found], page)


async def show_groups(call: Call) -> Response:
    """GET /api/v2/notifications: the same ones, in groups of one."""
    page, found = await _found(call)
    shown = grouped(found, call.server.uris)
    return responses.page(call.request, shown, [view.notification.id for view in found], page)


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/{id}."""
    view = await notifications.one(call.server, call.account, call.id)
    return responses.json(notification(view, call.server.uris))


async def show_group(call: Call) -> Response:
    """GET /api/v2/notifications/{group_key}."""
    view = await notifications.one(call.server, call.account, _grouped_id(call))
    return responses.json(grouped([view], call.server.uris))


async def show_group_accounts(call: Call) -> Response:
    """GET /api/v2/notifications/{group_key}/accounts."""
    view = await notifications.one(call.server, call.account, _grouped_id(call))
    return responses.json([account(view.from_account, call.server.uris)])


async def clear(call: Call) -> Response:
    """POST /api/v1/notifications/clear."""
    await notify.clear(call.server, call.account)
    return responses.nothing()


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/{id}/dismiss."""
    await notify.dismiss(call.server, call.account, [call.id])
    return responses.nothing()


async def dismiss_many(call: Call) -> Response:
    """DELETE /api/v1/notifications/destroy_multiple."""
    await notify.dismiss(call.server, call.account, call.params.ids("ids", limit=_MOST))
    return responses.nothing()


async def dismiss_group(call: Call) -> Response:
    """POST /api/v2/notifications/{group_key}/dismiss."""
    await notify.dismiss(call.server, call.account, [_grouped_id(call)])
    return responses.nothing()


async def unread_count(call: Call) -> Response:
    """GET /api/v1/notifications/unread_count and the same in v2: those after the marker, up to a limit."""
    limit = responses.limit_of(call.params, default=_UNREAD, most=_MOST_UNREAD)
    read = await markers.of(call.account, ["notifications"])
    page = Page(limit=limit, since_id=read[0].last_read_id if read else None)
    kinds, exclude = _kinds(call)
    count = await notifications.count(call.server, call.account, page, kinds=kinds, exclude=exclude)
    return responses.json({"count": count})


async def _found(call: Call) -> tuple[Page, list[NotificationView]]:
    page = responses.page_of(call.params, default=_DEFAULT, most=_MOST)
    kinds, exclude = _kinds(call)
    found = await notifications.page(
        call.server,
        call.account,
        page,
        kinds=kinds,
        exclude=exclude,
        sender_id=call.params.id("account_id"),
    )
    return page, found


def _kinds(call: Call) -> tuple[Sequence[str], Sequence[str]]:
    """Read which kinds are wanted and which not; apps may name kinds that do not exist."""
    return call.params.texts("types")[:_MOST], call.params.texts("exclude_types")[:_MOST]


def _grouped_id(call: Call) -> int:
    id_ = read_id(call.path["group_key"].removeprefix(_UNGROUPED))
    if not id_:
        raise NotFound
    return id_
