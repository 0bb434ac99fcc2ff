"""Notifications that were kept back, by sender, and the policy behind it (Mastodon API: notifications)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call

_NOTHING_FILTERED = {"pending_requests_count": 0, "pending_notifications_count": 0}
_POLICY_NAMES = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")


async def show_all(call: Call) -> Response:
    """GET /api/v1/notifications/requests."""
    del call
    return responses.json([])


async def merged(call: Call) -> Response:
    """GET /api/v1/notifications/requests/merged."""
    del call
    raise NotFound


async def accept_many(call: Call) -> Response:
    """POST /api/v1/notifications/requests/accept."""
    del call
    raise NotFound


async def dismiss_many(call: Call) -> Response:
    """POST /api/v1/notifications/requests/dismiss."""
    del call
    raise NotFound


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/requests/{id}."""
    del call
    raise NotFound


async def accept(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/accept."""
    del call
    raise NotFound


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/dismiss."""
    del call
    raise NotFound


async def show_policy(call: Call) -> Response:
    """GET /api/v2/notifications/policy: all are accepted, there is no filtering yet."""
    del call
    accepted = {f"for_{name}": "accept" for name in (*_POLICY_NAMES, "bots")}
    return responses.json({**accepted, "summary": _NOTHING_FILTERED})


async def update_policy(call: Call) -> Response:
    """PUT /api/v2/notifications/policy."""
    del call
    raise NotFound


async def show_policy_v1(call: Call) -> Response:
    """GET /api/v1/notifications/policy."""
    del call
    accepted = {f"filter_{name}": False for name in _POLICY_NAMES[:4]}
    return responses.json({**accepted, "summary": _NOTHING_FILTERED})


async def update_policy_v1(call: Call) -> Response:
    """PUT /api/v1/notifications/policy."""
    del call
    raise NotFound
