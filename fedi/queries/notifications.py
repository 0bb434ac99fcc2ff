"""What an account was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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

# Kinds of which several may be shown as one.
GROUPED = ("favourite", "reblog", "follow", "admin.sign_up")
UNGROUPED = "ungrouped-"
# Kinds that no other server has: for apps that name them, for others may fail over what they do not know.
OURS = ("remix_request", "remix_accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A notification, who caused it, and the post or the report that it is about, if it is about one."""

    notification: Notification
    from_account: Account
    post: PostSnapshot | None
    report: ReportView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which notifications are asked for: of some kinds, none of others, of one sender, kept back ones too."""

    kinds: Sequence[str] = ()
    exclude: Sequence[str] = ()
    sender_id: int | None = None
    with_filtered: bool = False
    grouped: Sequence[str] = field(default=GROUPED)

    def clause(self, alias: str) -> tuple[str, list[str | int]]:
        """Give the condition on a row of `notifications`."""
        conditions, values = ["1"], list[str | int]()
        if self.kinds:
            condition, named = among(f"{alias}.kind", self.kinds)
            conditions.append(condition)
            values += named
        if self.exclude:
            condition, named = among(f"{alias}.kind", self.exclude)
            conditions.append(f"NOT {condition}")
            values += named
        if self.sender_id is not None:
            conditions.append(f"{alias}.from_account_id = ?")
            values.append(self.sender_id)
        if not self.with_filtered:
            conditions.append(f"NOT {alias}.filtered")
        return " AND ".join(conditions), values

    def groups(self, row: Notification) -> bool:
        """Say whether a notification is shown in a group."""
        return bool(row.group_key) and row.kind in self.grouped


EVERYTHING = Asked()


async def page(
    server: Server, account: Account, page: Page, asked: Asked = EVERYTHING
) -> list[NotificationView]:
    """Load notifications, newest first.

    Those of suspended, blocked and muted accounts (unless the mute lets them pass) and those about posts that
    the account may not see (any more) are left out.
    """
    bounds, values = page.clause("n.id")
    return page.arrange(await views(server, account, asked, bounds, values, end_of(page)))


async def count(server: Server, account: Account, page: Page, asked: Asked = EVERYTHING) -> int:
    """Count what `page` would load, without loading it."""
    bounds, values = page.clause("n.id")
    return await counted(server, account, asked, bounds, values, page.limit)


async def counted(
    server: Server, account: Account, asked: Asked, where: str, values: Sequence[Any], limit: int
) -> int:
    """Count the notifications `n` that stand `where`, up to `limit`."""
    told_sql, told_values = told_clause(server, account, asked)
    rows = await server.db.rows(
        "SELECT count(*) AS count FROM (SELECT n.id FROM notifications n"
        " CROSS JOIN accounts a ON a.id = n.from_account_id"
        f" WHERE n.account_id = ? AND {where} AND {told_sql} LIMIT ?)",
        [account.id, *values, *told_values, limit],
    )
    return int(rows[0]["count"])


async def one(server: Server, account: Account, id_: int) -> NotificationView:
    """Give one notification of the account, kept back or not, or raise NotFound."""
    found = await views(server, account, Asked(with_filtered=True), "n.id = ?", [id_], "")
    if not found:
        raise NotFound
    return found[0]


def end_of(page: Page) -> str:
    """Give the order and the number of a page's notifications `n`."""
    return f"ORDER BY {page.order('n.id')} LIMIT {page.limit:d}"


async def views(
    server: Server, account: Account, asked: Asked, where: str, values: Sequence[Any], end: str
) -> list[NotificationView]:
    """Load the notifications `n` of an account that stand `where`, in the order and number of `end`."""
    told_sql, told_values = told_clause(server, account, asked)
    found = await load(
        server,
        Notification,
        # CROSS fixes the order: notifications by their index, newest first, however many senders there are.
        "CROSS JOIN accounts a ON a.id = n.from_account_id"
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


def told_clause(server: Server, account: Account, asked: Asked) -> tuple[str, list[Any]]:
    """Give the condition on a notification `n` and who caused it, `a`: asked for, and to be shown."""
    sender_sql, values = sender_clause(server, asked, "n", "a")
    visible_sql, visible_values = visible(account)
    sql = (
        f"{sender_sql} AND (n.post_id IS NULL"
        f" OR EXISTS (SELECT 1 FROM posts p WHERE p.id = n.post_id AND {visible_sql}))"
    )
    return sql, [*values, *visible_values]


def sender_clause(server: Server, asked: Asked, told: str, sender: str) -> tuple[str, list[Any]]:
    """Give the same condition without what depends on the post."""
    asked_sql, values = asked.clause(told)
    now: datetime = server.clock.now()
    own, other = f"{told}.account_id", f"{sender}.id"
    sql = (
        f"{asked_sql} AND {present(sender)}"
        f" AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = {own} AND target_id = {other})"
        f" AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = {other} AND target_id = {own})"
        f" AND NOT EXISTS (SELECT 1 FROM mutes WHERE account_id = {own} AND target_id = {other}"
        " AND hide_notifications AND (expires_at IS NULL OR expires_at > ?))"
        f" AND ({sender}.domain = '' OR NOT EXISTS (SELECT 1 FROM account_domain_blocks d"
        f" WHERE d.account_id = {own} AND d.domain = {sender}.domain)"
        f" OR EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = {own} AND f.target_id = {other}"
        " AND f.state = 'accepted'))"
    )
    return sql, [*values, now]
