"""Tell a local account what happened, unless it asked not to hear of it; in your transaction."""

from collections.abc import Sequence
from datetime import datetime

from fedi.actions import conversations, news, pushes, screening
from fedi.actions.news import News
from fedi.models.accounts import Account
from fedi.models.moderation import Report
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.models.users import User
from fedi.queries.notifications import OURS
from fedi.server import Server

STAFF = ("owner", "moderator")

# Of these only the newest counts: a post that is edited twice is told once, by its last edit (Mastodon).
_REPLACED = frozenset({"update", "quoted_update", "poll"})
# Shown as one with others of their kind that happened to the same post.
_GROUPED = frozenset({"favourite", "reblog", "follow", "admin.sign_up"})
_GROUP_HOURS = 12
# No key of a group is longer.
_MAX_KEY = 128


async def about(
    server: Server, recipient: Account, kind: str, from_account: Account, post: Post | None = None
) -> Notification | None:
    """Tell `recipient` of something that `from_account` did; the same event is told once.

    Nothing, and None, when the recipient is not ours or did it itself (its own poll's end is told), when
    either blocks the other, when the recipient mutes the other's notifications, the thread, or blocks the
    host of somebody whom it does not follow, or when its policy drops it. What the policy keeps back is
    stored and not told. `kind` is a Mastodon API notification type, or one of ours, which no stream tells.
    """
    if not recipient.is_local or recipient.gone_at or recipient.suspended_at or from_account.suspended_at:
        return None
    if recipient.id == from_account.id and kind != "poll":
        return None
    key = _key(recipient, kind, from_account, post)
    verdict, told = await screening.judge(server, recipient, kind, from_account, post, key)
    if verdict == "drop" or (told and kind not in _REPLACED):
        return None
    if told:
        await Notification.filter(dedupe_key=key).delete()
    return await _tell(server, recipient, kind, from_account, post, key, filtered=verdict == "filter")


async def of_report(
    server: Server, recipient: Account, report: Report, from_account: Account
) -> Notification | None:
    """Tell one of the staff of a report; its id ends the key by which the notification is found again."""
    if recipient.gone_at or recipient.suspended_at:
        return None
    return await _tell(
        server, recipient, "admin.report", from_account, None, report_key(recipient, report.id)
    )


async def of_sign_up(server: Server, account: Account) -> None:
    """Tell the staff that somebody has signed up."""
    for user in await User.filter(role__in=STAFF, disabled_at=None).select_related("account"):
        await about(server, user.account, "admin.sign_up", account)


async def withdraw(recipient: Account, kind: str, from_account: Account, post: Post | None = None) -> None:
    """Take back what was told of an event that is undone."""
    await Notification.filter(dedupe_key=_key(recipient, kind, from_account, post)).delete()


async def dismiss(server: Server, account: Account, ids: Sequence[int]) -> None:
    """Forget some of what an account was told; ids that are not its own are left alone."""
    async with server.db.transaction():
        await Notification.filter(account_id=account.id, id__in=[0, *ids]).delete()


async def dismiss_group(server: Server, account: Account, group_key: str) -> None:
    """Forget all of a group that an account was told."""
    if len(group_key) > _MAX_KEY:
        return
    async with server.db.transaction():
        await Notification.filter(account_id=account.id, group_key=group_key, filtered=False).delete()


async def clear(server: Server, account: Account) -> None:
    """Forget all that an account was told."""
    async with server.db.transaction():
        await Notification.filter(account_id=account.id).delete()


def report_key(recipient: Account, report_id: int) -> str:
    """Name the event that somebody of the staff was told of a report."""
    return f"admin.report:{recipient.id}:{report_id}"


async def _tell(
    server: Server,
    recipient: Account,
    kind: str,
    from_account: Account,
    post: Post | None,
    key: str,
    *,
    filtered: bool = False,
) -> Notification:
    now = server.clock.now()
    told = await Notification.create(
        id=server.new_id(),
        account_id=recipient.id,
        from_account_id=from_account.id,
        post_id=post.id if post else None,
        kind=kind,
        dedupe_key=key,
        group_key="" if filtered else await _group_key(server, recipient, kind, post, now),
        filtered=filtered,
        created_at=now,
    )
    if filtered:
        await _request(server, told, now)
    elif kind not in OURS:
        news.tell(server, News(kind="notification", id=told.id, account_id=recipient.id))
        await pushes.enqueue(server, told)
        if kind == "mention" and post is not None and post.visibility == "direct":
            await conversations.received(server, recipient, post)
    return told


async def _group_key(server: Server, recipient: Account, kind: str, post: Post | None, now: datetime) -> str:
    """Give the key of the group that was begun within half a day, or of a new one; "" for what stands alone.

    It ends with the hour in which the group began, in six digits until the year 2084: keys sort by it.
    """
    if kind not in _GROUPED:
        return ""
    prefix = f"{kind}-{post.id}" if post is not None else kind
    hour = int(now.timestamp()) // 3600
    rows = await server.db.rows(
        "SELECT group_key FROM notifications WHERE account_id = ? AND group_key BETWEEN ? AND ? LIMIT 1",
        [recipient.id, f"{prefix}-{hour - _GROUP_HOURS + 1}", f"{prefix}-{hour}"],
    )
    return str(rows[0]["group_key"]) if rows else f"{prefix}-{hour}"


async def _request(server: Server, told: Notification, now: datetime) -> None:
    """Have somebody whose notification was kept back stand among the requests."""
    await server.db.execute(
        "INSERT INTO notification_requests (id, account_id, from_account_id, last_post_id,"
        " notifications_count, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)"
        " ON CONFLICT (account_id, from_account_id) DO UPDATE SET updated_at = ?5,"
        " notifications_count = notifications_count + 1, last_post_id = coalesce(?4, last_post_id)",
        [server.new_id(), told.account_id, told.from_account_id, told.post_id, now.isoformat(" ")],
    )


def _key(recipient: Account, kind: str, from_account: Account, post: Post | None) -> str:
    return f"{kind}:{recipient.id}:{from_account.id}:{post.id if post else 0}"
