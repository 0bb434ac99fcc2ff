"""Where an app wants its notifications pushed to (Mastodon API: push). One subscription a token."""

from starlette.responses import Response

from fedi.actions import pushes
from fedi.errors import NotFound
from fedi.mastodon import auth, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.push import push_subscription
from fedi.mastodon.params import Params
from fedi.mastodon.responses import NoPerson
from fedi.models.push import PushSubscription
from fedi.models.users import AccessToken
from fedi.queries import pushes as subscriptions
from fedi.security import webpush


async def subscribe(call: Call) -> Response:
    """POST /api/v1/push/subscription."""
    given, data = call.params.inner("subscription"), call.params.inner("data")
    keys = given.inner("keys")
    row = await pushes.subscribe(
        call.server,
        _token(call),
        auth.bearer(call.request),
        endpoint=given.text("endpoint"),
        p256dh=keys.text("p256dh"),
        auth=keys.text("auth"),
        standard=given.flag("standard"),
        alerts=_alerts(data),
        policy=data.text("policy", "all"),
    )
    return _shown(call, row)


async def show(call: Call) -> Response:
    """GET /api/v1/push/subscription."""
    row = await subscriptions.of_token(call.server, _token(call))
    if row is None:
        raise NotFound
    return _shown(call, row)


async def update(call: Call) -> Response:
    """PUT /api/v1/push/subscription."""
    data = call.params.inner("data")
    row = await pushes.change(
        call.server,
        _token(call),
        alerts=_alerts(data) if "alerts" in data else None,
        policy=data.optional_text("policy"),
    )
    return _shown(call, row)


async def unsubscribe(call: Call) -> Response:
    """DELETE /api/v1/push/subscription."""
    await pushes.unsubscribe(call.server, _token(call))
    return responses.json({})


def _token(call: Call) -> AccessToken:
    if call.token is None:
        raise NoPerson
    return call.token


def _alerts(data: Params) -> dict[str, bool]:
    """Read for each kind that there is whether it is wanted: none that is not named."""
    alerts = data.inner("alerts")
    return {kind: alerts.flag(kind) for kind in pushes.ALERTS}


def _shown(call: Call, row: PushSubscription) -> Response:
    return responses.json(push_subscription(row, webpush.public_key(call.server.settings.server.secret)))
