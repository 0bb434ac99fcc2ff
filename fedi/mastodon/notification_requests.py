"""Notifications that were kept back, by sender, and the policy behind it (Mastodon API: notifications)."""

from starlette.responses import Response

from fedi.actions import notification_requests as actions
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.notification import notification_request, policy, policy_v1
from fedi.queries import notification_requests
from fedi.queries.notification_requests import DEFAULT_POLICY

_DEFAULT, _MOST = 40, 80
# The older form knew four of them, as yes or no.
_OLD_NAMES = {
    f"filter_{name}": f"for_{name}"
    for name in ("not_following", "not_followers", "new_accounts", "private_mentions")
}


async def show_all(call: Call) -> Response:
    """GET /api/v1/notifications/requests."""
    page = responses.page_of(call.params, default=_DEFAULT, most=_MOST)
    found = await notification_requests.page(call.server, call.account, page)
    shown = [notification_request(view, call.server.uris) for view in found]
    return responses.page(call.request, shown, [view.request.id for view in found], page)


async def merged(call: Call) -> Response:
    """GET /api/v1/notifications/requests/merged: what is accepted is merged at once."""
    del call
    return responses.json({"merged": True})


async def accept_many(call: Call) -> Response:
    """POST /api/v1/notifications/requests/accept."""
    await actions.accept(call.server, call.account, call.params.ids("id", limit=_MOST))
    return responses.nothing()


async def dismiss_many(call: Call) -> Response:
    """POST /api/v1/notifications/requests/dismiss."""
    await actions.dismiss(call.server, call.account, call.params.ids("id", limit=_MOST))
    return responses.nothing()


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/requests/{id}."""
    view = await notification_requests.one(call.server, call.account, call.id)
    return responses.json(notification_request(view, call.server.uris))


async def accept(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/accept."""
    await notification_requests.one(call.server, call.account, call.id)
    await actions.accept(call.server, call.account, [call.id])
    return responses.nothing()


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/dismiss."""
    await notification_requests.one(call.server, call.account, call.id)
    await actions.dismiss(call.server, call.account, [call.id])
    return responses.nothing()


async def show_policy(call: Call) -> Response:
    """GET /api/v2/notifications/policy."""
    return responses.json(policy(await notification_requests.policy_of(call.server, call.account)))


async def update_policy(call: Call) -> Response:
    """PUT /api/v2/notifications/policy."""
    changes = {name: call.params.text(name) for name in DEFAULT_POLICY if name in call.params}
    await actions.set_policy(call.server, call.account, changes)
    return await show_policy(call)


async def show_policy_v1(call: Call) -> Response:
    """GET /api/v1/notifications/policy."""
    return responses.json(policy_v1(await notification_requests.policy_of(call.server, call.account)))


async def update_policy_v1(call: Call) -> Response:
    """PUT /api/v1/notifications/policy."""
    changes = {
        name: "filter" if call.params.flag(old) else "accept"
        for old, name in _OLD_NAMES.items()
        if old in call.params
    }
    await actions.set_policy(call.server, call.account, changes)
    return await show_policy_v1(call)
