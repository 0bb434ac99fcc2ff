"""Tell a local account what happened, unless it asked not to hear of it; in your transaction."""

from collections.abc import Sequence
from functools import partial

from tortoise.expressions import Q

from fedi.models.accounts import Account
from fedi.models.moderation import Report
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.models.relationships import Block, Follow, Mute
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
    silenced and not followed. `kind` is a Mastodon API notification type. After the commit "user:{id}"
    hears `notification {id}`.
    """
    if not await _wants(server, recipient, from_account, kind):
        return None
    key = _key(recipient, kind, from_account, post)
    if kind in _REPLACED:
        await Notification.filter(dedupe_key=key).delete()
    elif await Notification.exists(dedupe_key=key):
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
    server.db.after_commit(partial(server.pubsub.publish, f"user:{recipient.id}", f"notification {told.id}"))
    return told


def _key(recipient: Account, kind: str, from_account: Account, post: Post | None) -> str:
    return f"{kind}:{recipient.id}:{from_account.id}:{post.id if post else 0}"


async def _wants(server: Server, recipient: Account, from_account: Account, kind: str) -> bool:
    if not recipient.is_local or recipient.gone_at or recipient.suspended_at:
        return False
    if recipient.id == from_account.id or from_account.suspended_at:
        return kind == "poll" and not from_account.suspended_at
    pair = Q(account_id=recipient.id, target_id=from_account.id)
    if await Block.exists(pair | Q(account_id=from_account.id, target_id=recipient.id)):
        return False
    muted = await Mute.get_or_none(pair, hide_notifications=True)
    if muted is not None and (muted.expires_at is None or muted.expires_at > server.clock.now()):
        return False
    return not await _is_silenced(from_account) or await Follow.exists(
        follower_id=recipient.id, target_id=from_account.id, state="accepted"
    )


async def _is_silenced(account: Account) -> bool:
    rule = await domains.rule_for(account.domain) if account.domain else None
    return account.silenced_at is not None or (rule is not None and rule.severity == "silence")
