"""What happened to somebody, one by one (v1) and in groups (v2) (Mastodon API: notifications)."""

from collections.abc import Container, Sequence

from starlette.responses import Response

from fedi.actions import notify
from fedi.errors import Malformed
from fedi.mastodon import answers, rendered, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account
from fedi.mastodon.entities.notification import grouped, notification
from fedi.queries import markers, notification_groups, notifications
from fedi.queries.notification_groups import GroupView
from fedi.queries.notifications import GROUPED, OURS, Asked
from fedi.queries.paging import Page

_DEFAULT, _MOST = 40, 80
_UNREAD, _MOST_UNREAD = 100, 1000
_EXPANSIONS = ("full", "partial_avatars")


async def show_page(call: Call) -> Response:
    """GET /api/v1/notifications."""
    if (again := answers.last(call)) is not None:
        return again
    version = answers.version_of(call)
    page = responses.page_of(call.params, default=_DEFAULT, most=_MOST)
    found = await notifications.page(call.server, call.account, page, _asked(call))
    shown = [notification(view, call.server.uris, known=_known(call)) for view in found]
    answer = responses.page(call.request, shown, [view.notification.id for view in found], page)
    until = await rendered.holds_until(call.server, call.account, [view.post for view in found if view.post])
    return answers.keep(call, answer, version=version, until=until)


async def show_groups(call: Call) -> Response:
    """GET /api/v2/notifications: the same ones, in groups."""
    if (again := answers.last(call)) is not None:
        return again
    version = answers.version_of(call)
    page = responses.page_of(call.params, default=_DEFAULT, most=_MOST)
    found = await notification_groups.page(call.server, call.account, page, _asked(call))
    shown = _shown(call, found)
    answer = responses.page(call.request, shown, [view.newest.notification.id for view in found], page)
    posts = [view.newest.post for view in found if view.newest.post]
    until = await rendered.holds_until(call.server, call.account, posts)
    return answers.keep(call, answer, version=version, until=until)


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/{id}."""
    view = await notifications.one(call.server, call.account, call.id)
    return responses.json(notification(view, call.server.uris, known=_known(call)))


async def show_group(call: Call) -> Response:
    """GET /api/v2/notifications/{group_key}."""
    view = await notification_groups.one(call.server, call.account, call.path["group_key"])
    return responses.json(_shown(call, [view]))


async def show_group_accounts(call: Call) -> Response:
    """GET /api/v2/notifications/{group_key}/accounts, paged by the notifications of the group."""
    page = responses.page_of(call.params, default=_DEFAULT, most=_MOST)
    found = await notification_groups.members(call.server, call.account, call.path["group_key"], page)
    shown = [account(view.from_account, call.server.uris) for view in found]
    return responses.page(call.request, shown, [view.notification.id for view in found], page)


async def clear(call: Call) -> Response:
    """POST /api/v1/notifications/clear."""
    await notify.clear(call.server, call.account)
    return responses.nothing()


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/{id}/dismiss; 404 for one that is not there."""
    await notifications.one(call.server, call.account, call.id)
    await notify.dismiss(call.server, call.account, [call.id])
    return responses.nothing()


async def dismiss_many(call: Call) -> Response:
    """DELETE /api/v1/notifications/destroy_multiple."""
    await notify.dismiss(call.server, call.account, call.params.ids("ids", limit=_MOST))
    return responses.nothing()


async def dismiss_group(call: Call) -> Response:
    """POST /api/v2/notifications/{group_key}/dismiss."""
    id_ = notification_groups.alone(call.path["group_key"])
    if id_ is not None:
        await notify.dismiss(call.server, call.account, [id_])
    else:
        await notify.dismiss_group(call.server, call.account, call.path["group_key"])
    return responses.nothing()


async def unread_count(call: Call) -> Response:
    """GET /api/v1/notifications/unread_count: those after the marker, up to a limit."""
    page = await _unread(call)
    count = await notifications.count(call.server, call.account, page, _asked(call))
    return responses.json({"count": count})


async def unread_group_count(call: Call) -> Response:
    """GET /api/v2/notifications/unread_count: groups of which something came after the marker."""
    page = await _unread(call)
    count = await notification_groups.count(call.server, call.account, page, _asked(call))
    return responses.json({"count": count})


async def _unread(call: Call) -> Page:
    limit = responses.limit_of(call.params, default=_UNREAD, most=_MOST_UNREAD)
    read = await markers.of(call.account, ["notifications"])
    return Page(limit=limit, since_id=read[0].last_read_id if read else None)


def _asked(call: Call) -> Asked:
    """Read which are wanted; apps may name kinds that do not exist.

    Kinds of ours are for apps that say that they know them.
    """
    params, sender_id = call.params, call.params.id("account_id")
    kinds = params.texts("types")[:_MOST]
    known = {*kinds, *params.texts("supported_types")}
    unasked = [kind for kind in OURS if kind not in known]
    return Asked(
        kinds=kinds,
        exclude=[*params.texts("exclude_types")[:_MOST], *unasked],
        sender_id=sender_id,
        # Of one sender all is shown: an app asks so when its person decides about a request.
        with_filtered=sender_id is not None or params.flag("include_filtered"),
        grouped=params.texts("grouped_types")[:_MOST] if "grouped_types" in params else GROUPED,
    )


def _known(call: Call) -> Container[str] | None:
    """Read which kinds an app knows, None when it does not say."""
    return frozenset(call.params.texts("supported_types")) if "supported_types" in call.params else None


def _shown(call: Call, views: Sequence[GroupView]) -> object:
    expand = call.params.text("expand_accounts") or "full"
    if expand not in _EXPANSIONS:
        raise Malformed(f"expand_accounts must be one of {', '.join(_EXPANSIONS)}")
    return grouped(views, call.server.uris, known=_known(call), partial=expand == "partial_avatars")
