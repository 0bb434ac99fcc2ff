"""Tell a local account what happened, unless it asked not to hear of it; in your transaction."""

from collections.abc import Sequence

from fedi.actions import news, pushes
from fedi.actions.news import News
from fedi.models.accounts import Account
from fedi.models.moderation import Report
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.queries import domains
from fedi.server import Server

# Of these only the newest counts: a post that is edited twice is told once, by its last edit (Mastodon).
_REPLACED = frozenset({"update", "quoted_update", "poll"})


async def about(
    server: Server, recipient: Account, kind: str, from_account: Account, post: Post | None = None
) -> Notification | None:
    """Tell `recipient` of something that `from_account` did; the same event is told once.

    Nothing, and None, when the recipient is not ours or did it itself (its own poll's end is told), when
    either blocks the other, when the recipient mutes the other's notifications, or when the other is
    silenced and not followed. `kind` is a Mastodon API notification type.
    """
    if not await _wants(server, recipient, from_account, kind):
        return None
    key = _key(recipient, kind, from_account, post)
    if kind in _REPLACED:
        await Notification.filter(dedupe_key=key).delete()
    elif await server.db.rows("SELECT 1 FROM notifications WHERE dedupe_key = ?", [key]):
        return None
    return await _tell(server, recipient, kind, from_account, post, key)


async def of_report(
    server: Server, recipient: Account, report: Report, from_account: Account
) -> Notification | None:
    """Tell one of the staff of a report; its id ends the key by which the notification is found again."""
    if recipient.gone_at or recipient.suspended_at:
        return None
    return await _tell(
        server, recipient, "admin.report", from_account, None, report_key(recipient, report.id)
    )


async def withdraw(recipient: Account, kind: str, from_account: Account, post: Post | None = None) -> None:
    """Take back what was told of an event that is undone."""
    await Notification.filter(dedupe_key=_key(recipient, kind, from_account, post)).delete()


async def dismiss(server: Server, account: Account, ids: Sequence[int]) -> None:
    """Forget some of what an account was told; ids that are not its own are left alone."""
    async with server.db.transaction():
        await Notification.filter(account_id=account.id, id__in=[0, *ids]).delete()


async def clear(server: Server, account: Account) -> None:
    """Forget all that an account was told."""
    async with server.db.transaction():
        await Notification.filter(account_id=account.id).delete()


def report_key(recipient: Account, report_id: int) -> str:
    """Name the event that somebody of the staff was told of a report."""
    return f"admin.report:{recipient.id}:{report_id}"


async def _tell(
    server: Server, recipient: Account, kind: str, from_account: Account, post: Post | None, key: str
) -> Notification:
    told = await Notification.create(
        id=server.new_id(),
        account_id=recipient.id,
        from_account_id=from_account.id,
        post_id=post.id if post else None,
        kind=kind,
        dedupe_key=key,
        created_at=server.clock.now(),
    )
    news.tell(server, News(kind="notification", id=told.id, account_id=recipient.id))
    await pushes.enqueue(server, told)
    return told


def _key(recipient: Account, kind: str, from_account: Account, post: Post | None) -> str:
    return f"{kind}:{recipient.id}:{from_account.id}:{post.id if post else 0}"


async def _wants(server: Server, recipient: Account, from_account: Account, kind: str) -> bool:
    if not recipient.is_local or recipient.gone_at or recipient.suspended_at:
        return False
    if recipient.id == from_account.id or from_account.suspended_at:
        return kind == "poll" and not from_account.suspended_at
    rows = await server.db.rows(_STANDING, [recipient.id, from_account.id, server.clock.now().isoformat(" ")])
    standing = rows[0]
    if standing["hidden"]:
        return False
    return bool(standing["followed"]) or not await _is_silenced(server, from_account)


# ?1 who is told, ?2 who did it, ?3 now. Times are stored as text that sorts.
_STANDING = """
SELECT
  EXISTS (SELECT 1 FROM blocks WHERE account_id = ?1 AND target_id = ?2)
  OR EXISTS (SELECT 1 FROM blocks WHERE account_id = ?2 AND target_id = ?1)
  OR EXISTS (SELECT 1 FROM mutes WHERE account_id = ?1 AND target_id = ?2 AND hide_notifications
    AND (expires_at IS NULL OR expires_at > ?3)) AS hidden,
  EXISTS (SELECT 1 FROM follows WHERE follower_id = ?1 AND target_id = ?2 AND state = 'accepted') AS followed
"""


async def _is_silenced(server: Server, account: Account) -> bool:
    if account.silenced_at is not None:
        return True
    return not account.is_local and await domains.is_silenced(server, account.domain)
