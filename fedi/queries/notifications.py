"""What an account was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.queries import reports, snapshots
from fedi.queries.paging import Page
from fedi.queries.presence import present
from fedi.queries.reports import ReportView
from fedi.queries.rows import among, load, load_by_id
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import visible
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A notification, who caused it, and the post or the report that it is about, if it is about one."""

    notification: Notification
    from_account: Account
    post: PostSnapshot | None
    report: ReportView | None = None


async def page(
    server: Server,
    account: Account,
    page: Page,
    *,
    kinds: Sequence[str] = (),
    exclude: Sequence[str] = (),
    sender_id: int | None = None,
) -> list[NotificationView]:
    """Load notifications, newest first: only of `kinds` or of one sender if given, none of `exclude`.

    Those of suspended, blocked and muted accounts (unless the mute lets them pass) and those about posts that
    the account may not see (any more) are left out.
    """
    where, values = _asked(page, kinds, exclude, sender_id)
    end = f"ORDER BY {page.order('n.id')} LIMIT {page.limit:d}"
    found = await _views(server, account, where, values, end)
    return page.arrange(found)


async def count(
    server: Server, account: Account, page: Page, *, kinds: Sequence[str] = (), exclude: Sequence[str] = ()
) -> int:
    """Count what `page` would load, without loading it."""
    told_sql, told_values = _told(server, account)
    where, values = _asked(page, kinds, exclude, None)
    rows = await server.db.rows(
        "SELECT count(*) AS count FROM (SELECT n.id FROM notifications n"
        " JOIN accounts a ON a.id = n.from_account_id"
        f" WHERE n.account_id = ? AND {where} AND {told_sql} LIMIT ?)",
        [account.id, *values, *told_values, page.limit],
    )
    return int(rows[0]["count"])


async def one(server: Server, account: Account, id_: int) -> NotificationView:
    """Give one notification of the account, or raise NotFound."""
    found = await _views(server, account, "n.id = ?", [id_], "")
    if not found:
        raise NotFound
    return found[0]


async def _views(
    server: Server, account: Account, where: str, values: Sequence[Any], end: str
) -> list[NotificationView]:
    told_sql, told_values = _told(server, account)
    found = await load(
        server,
        Notification,
        "JOIN accounts a ON a.id = n.from_account_id"
        f" WHERE n.account_id = ? AND {where} AND {told_sql} {end}",
        [account.id, *values, *told_values],
        alias="n",
    )
    senders = await load_by_id(server, Account, [each.from_account_id for each in found])
    posts = await load_by_id(server, Post, [each.post_id for each in found if each.post_id is not None])
    about = {each.post.id: each for each in await snapshots.of_posts(server, list(posts.values()), account)}
    told = await reports.by_ids(server, [id_ for each in found if (id_ := _report_id(each))])
    return [
        NotificationView(
            notification=each,
            from_account=senders[each.from_account_id],
            post=about.get(each.post_id) if each.post_id is not None else None,
            report=told.get(_report_id(each)),
        )
        for each in found
    ]


def _report_id(told: Notification) -> int:
    """Give the report that a notification is about, which ends its key; 0 for all else."""
    return int(told.dedupe_key.rpartition(":")[2]) if told.kind == "admin.report" else 0


def _asked(
    page: Page, kinds: Sequence[str], exclude: Sequence[str], sender_id: int | None
) -> tuple[str, list[str | int]]:
    """The condition on the notification `n` that says which are asked for."""
    bounds, bound_values = page.clause("n.id")
    conditions: list[str] = [bounds]
    values: list[str | int] = [*bound_values]
    if kinds:
        condition, named = among("n.kind", kinds)
        conditions.append(condition)
        values += named
    if exclude:
        condition, named = among("n.kind", exclude)
        conditions.append(f"NOT {condition}")
        values += named
    if sender_id is not None:
        conditions.append("n.from_account_id = ?")
        values.append(sender_id)
    return " AND ".join(conditions), values


def _told(server: Server, account: Account) -> tuple[str, list[Any]]:
    """The condition on the notification `n` and who caused it, `a`."""
    visible_sql, visible_values = visible(account)
    sql = (
        f"{present('a')}"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = n.account_id AND target_id = a.id)"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = n.account_id)"
        " AND NOT EXISTS (SELECT 1 FROM mutes WHERE account_id = n.account_id AND target_id = a.id"
        " AND hide_notifications AND (expires_at IS NULL OR expires_at > ?))"
        f" AND (n.post_id IS NULL OR EXISTS (SELECT 1 FROM posts p WHERE p.id = n.post_id AND {visible_sql}))"
    )
    return sql, [server.clock.now(), *visible_values]
