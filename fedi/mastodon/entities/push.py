"""WebPushSubscription (Mastodon API: entities)."""

from msgspec import Struct

from fedi.models.push import PushSubscription


class WebPushSubscription(Struct, kw_only=True):
    """Where an app's notifications are pushed to; `id` is a number, as on Mastodon itself."""

    id: int
    endpoint: str
    standard: bool
    alerts: dict[str, bool]
    policy: str
    server_key: str


def push_subscription(row: PushSubscription, server_key: str) -> WebPushSubscription:
    """Show a subscription, without the app's keys."""
    return WebPushSubscription(
        id=row.id,
        endpoint=row.endpoint,
        standard=row.standard,
        alerts=dict(row.alerts),
        policy=row.policy,
        server_key=server_key,
    )
