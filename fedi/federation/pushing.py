"""Send one notification to one push service (RFC 8030), encrypted for the app that subscribed.

What is sent is what apps of Mastodon read: the token, by which they know the account, and a few words.
"""

import orjson

from fedi.actions import pushes
from fedi.errors import Blocked, Malformed, NotFound, Refused, TooMany, Unreachable
from fedi.jobs.kinds import PushNotification
from fedi.models.accounts import Account
from fedi.models.push import PushSubscription
from fedi.queries import notifications
from fedi.queries import pushes as subscriptions
from fedi.queries.notifications import NotificationView
from fedi.security import webpush
from fedi.security.webpush import Sealed
from fedi.server import Server
from fedi.text.html import Html, to_text

_TTL_SECONDS = 48 * 3600
# RFC 8292 section 2 lets a claim live a day; clocks differ.
_CLAIM_SECONDS = 12 * 3600
_MAX_ANSWER_BYTES = 16 * 1024
_BODY_CHARACTERS, _TITLE_CHARACTERS, _NAME_CHARACTERS = 140, 200, 60
_BUSY = {408, 429}
_PAUSE_SECONDS = 60
_AVATAR = "/avatars/original/missing.png"
_TITLES = {
    "mention": "{name} mentioned you",
    "status": "{name} just posted",
    "reblog": "{name} boosted your post",
    "follow": "{name} is now following you",
    "follow_request": "{name} asked to follow you",
    "favourite": "{name} favourited your post",
    "poll": "A poll you took part in has ended",
    "update": "{name} edited a post",
    "quote": "{name} quoted your post",
    "quoted_update": "{name} edited a post you have quoted",
    "admin.sign_up": "{name} signed up",
    "admin.report": "{name} submitted a report",
}


async def run(server: Server, job: PushNotification) -> None:
    """Run a PushNotification job.

    Raises NotFound when the notification, the subscription or its token is gone, Unreachable or TooMany for
    a later try, Refused when the push service will not have it: the subscription then ends.
    """
    found = await subscriptions.one(server, job.subscription_id)
    if found is None:
        raise NotFound("The subscription is no longer there.")
    row, locale = found
    view = await notifications.one(server, await Account.get(id=row.account_id), job.notification_id)
    if view.notification.filtered:
        raise NotFound("The notification is kept back.")
    try:
        sealed = _sealed(server, row, _message(server, row, view, locale))
    except Malformed as error:
        # The server's secret is another than it was: apps subscribe anew when they are opened.
        await pushes.forget(server, row.id)
        raise NotFound("The subscription was made under another secret.") from error
    answer = await server.egress.request(
        "POST",
        row.endpoint,
        headers={
            "Content-Type": "application/octet-stream",
            "TTL": str(_TTL_SECONDS),
            "Urgency": "normal",
            **sealed.headers,
            **_who_sends(server, row, sealed),
        },
        body=sealed.body,
        max_bytes=_MAX_ANSWER_BYTES,
        cut=True,
    )
    if 200 <= answer.status < 300:
        return
    if answer.status in _BUSY:
        raise TooMany("The push service is busy.", retry_after_seconds=_PAUSE_SECONDS)
    if 400 <= answer.status < 500:
        await pushes.forget(server, row.id)
        raise Refused(answer.status)
    if answer.status < 400:
        raise Blocked("The push service sends us elsewhere.")
    raise Unreachable(f"The push service answered {answer.status}.")


def _sealed(server: Server, row: PushSubscription, message: bytes) -> Sealed:
    keys = webpush.read_keys(row.p256dh, row.auth)
    return webpush.seal(message, keys) if row.standard else webpush.seal_as_draft(message, keys)


def _who_sends(server: Server, row: PushSubscription, sealed: Sealed) -> dict[str, str]:
    settings = server.settings
    secret, contact = settings.server.secret, settings.instance.contact_email
    claim = webpush.claim(
        secret,
        audience="/".join(row.endpoint.split("/")[:3]),
        subject=f"mailto:{contact}" if contact else settings.base_url,
        until=int(server.clock.now().timestamp()) + _CLAIM_SECONDS,
    )
    key = webpush.public_key(secret)
    if row.standard:
        return {"Authorization": f"vapid t={claim}, k={key}"}
    return {
        "Authorization": f"WebPush {claim}",
        "Crypto-Key": f"{sealed.headers['Crypto-Key']};p256ecdsa={key}",
    }


def _message(server: Server, row: PushSubscription, view: NotificationView, locale: str) -> bytes:
    """Write what the app shows; the text gives way when all of it is too long."""
    sender, kind = view.from_account, view.notification.kind
    name = (sender.display_name or sender.username)[:_NAME_CHARACTERS]
    bearer = webpush.unlock(server.settings.server.secret, row.sealed_token, about=str(row.token_id))
    message: dict[str, object] = {
        "access_token": bearer,
        "preferred_locale": locale,
        "notification_id": view.notification.id,
        "notification_type": kind,
        "icon": _icon(server, sender),
        "title": _TITLES.get(kind, "{name}").format(name=name)[:_TITLE_CHARACTERS],
        "body": _body(view),
    }
    written = orjson.dumps(message)
    return (
        written
        if len(written) <= webpush.MAX_TEXT_BYTES
        else orjson.dumps({**message, "icon": "", "body": ""})
    )


def _body(view: NotificationView) -> str:
    if view.post is None:
        text = to_text(Html(view.from_account.note))
    else:
        post = view.post.shown.post
        text = post.summary or to_text(Html(post.content))
    line = " ".join(text.split())
    return line if len(line) <= _BODY_CHARACTERS else line[: _BODY_CHARACTERS - 1] + "…"


def _icon(server: Server, sender: Account) -> str:
    if sender.avatar_key:
        return server.uris.media(sender.avatar_key)
    return sender.avatar_url or server.uris.base_url + _AVATAR
