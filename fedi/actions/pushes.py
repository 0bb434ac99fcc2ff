"""Web Push: which apps hear of which notifications (Mastodon API: push). Sent by federation/pushing.py."""

from collections.abc import Mapping
from typing import Literal

import orjson

from fedi.activitypub.reader import host_of
from fedi.errors import Blocked, Invalid, Malformed, NotFound
from fedi.jobs import queue
from fedi.jobs.kinds import PushNotification
from fedi.jobs.queue import NewJob
from fedi.models.notifications import Notification
from fedi.models.push import PushSubscription
from fedi.models.users import AccessToken
from fedi.queries import pushes
from fedi.security import webpush
from fedi.security.addresses import check_url
from fedi.server import Server

Policy = Literal["all", "followed", "follower", "none"]
POLICIES = ("all", "followed", "follower", "none")
# The kinds that apps can ask for.
ALERTS = (
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
)


async def subscribe(
    server: Server,
    token: AccessToken,
    bearer: str,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    standard: bool,
    alerts: Mapping[str, bool],
    policy: str,
) -> PushSubscription:
    """Have a token's notifications pushed to an endpoint, in place of what it subscribed before.

    `bearer` is the token itself, which apps want back in every message. Raises Invalid.
    """
    _check_endpoint(server, endpoint)
    try:
        webpush.read_keys(p256dh, auth)
    except Malformed as error:
        raise Invalid("subscription[keys]", "are not a P-256 point and a secret of 16 bytes") from error
    if token.user is None:
        raise NotFound
    now, secret = server.clock.now(), server.settings.server.secret
    async with server.db.transaction():
        await PushSubscription.filter(token_id=token.id).delete()
        return await PushSubscription.create(
            id=server.new_id(),
            token_id=token.id,
            account_id=token.user.account_id,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            standard=standard,
            alerts=dict(alerts),
            policy=_checked(policy),
            sealed_token=webpush.lock(secret, bearer, about=str(token.id)),
            created_at=now,
            updated_at=now,
        )


async def change(
    server: Server, token: AccessToken, *, alerts: Mapping[str, bool] | None, policy: str | None
) -> PushSubscription:
    """Change of what a token's app hears; None leaves it. Raises NotFound, Invalid."""
    row = await pushes.of_token(server, token)
    if row is None:
        raise NotFound
    values: dict[str, object] = {"updated_at": server.clock.now()}
    if alerts is not None:
        values["alerts"] = dict(alerts)
    if policy is not None:
        values["policy"] = _checked(policy)
    async with server.db.transaction():
        await row.update_from_dict(values).save(update_fields=list(values))
    return row


async def unsubscribe(server: Server, token: AccessToken) -> None:
    """Push nothing more for a token; none subscribed is no error."""
    async with server.db.transaction():
        await PushSubscription.filter(token_id=token.id).delete()


async def forget(server: Server, subscription_id: int) -> None:
    """Forget a subscription that its push service knows no more."""
    async with server.db.transaction():
        await PushSubscription.filter(id=subscription_id).delete()


async def enqueue(server: Server, notification: Notification) -> None:
    """Have a notification pushed to whoever subscribed to its kind; in the transaction that stores it."""
    if notification.filtered:
        return
    rows = await server.db.rows(
        _SUBSCRIBED, [notification.account_id, notification.from_account_id, server.clock.now()]
    )
    await queue.enqueue(
        server,
        *(
            NewJob(
                work=PushNotification(subscription_id=row["id"], notification_id=notification.id),
                unique_key=f"push:{row['id']}:{notification.id}",
                group_key=host_of(row["endpoint"]),
            )
            for row in rows
            if orjson.loads(row["alerts"]).get(notification.kind)
        ),
    )


# ?1 who is told, ?2 who did it.
_SUBSCRIBED = """
SELECT s.id, s.endpoint, s.alerts FROM push_subscriptions s JOIN access_tokens t ON t.id = s.token_id
WHERE s.account_id = ?1 AND (t.expires_at IS NULL OR t.expires_at > ?3) AND CASE s.policy
  WHEN 'all' THEN 1
  WHEN 'followed' THEN EXISTS (
    SELECT 1 FROM follows WHERE follower_id = ?1 AND target_id = ?2 AND state = 'accepted')
  WHEN 'follower' THEN EXISTS (
    SELECT 1 FROM follows WHERE follower_id = ?2 AND target_id = ?1 AND state = 'accepted')
  ELSE 0 END
"""


def _check_endpoint(server: Server, endpoint: str) -> None:
    """Raise Invalid for an address that would not be dialled; names are judged once more when they are."""
    settings = server.settings.server
    try:
        check_url(
            endpoint,
            allow_http=settings.development,
            allow_loopback=settings.development and not settings.development_hosts,
        )
    except (Malformed, Blocked) as error:
        raise Invalid("subscription[endpoint]", "must be an https URL of a public push service") from error


def _checked(policy: str) -> str:
    if policy not in POLICIES:
        raise Invalid("data[policy]", f"must be one of {', '.join(POLICIES)}")
    return policy
