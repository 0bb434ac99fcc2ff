"""What an account was told, in groups.

A group stands in a list where its newest notification stands, and nowhere else: the pages of groups and of
single notifications hold the same ones, whichever way they are walked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.queries import notifications
from fedi.queries.notifications import (
    EVERYTHING,
    GROUPED,
    UNGROUPED,
    Asked,
    NotificationView,
    end_of,
    sender_clause,
    views,
)
from fedi.queries.paging import Page
from fedi.queries.rows import among, load_by_id
from fedi.server import Server

_SAMPLE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Notifications that are shown as one: the newest, how many, and the newest of their senders.

    `min_id` is the oldest of them that is no older than the page.
    """

    key: str
    newest: NotificationView
    count: int
    min_id: int
    people: Sequence[Account]


async def page(server: Server, account: Account, page: Page, asked: Asked) -> list[GroupView]:
    """Load groups, by their newest notifications: of the same ones that `page` loads."""
    bounds, values = page.clause("n.id")
    leads, lead_values = _leads(server, asked)
    found = page.arrange(
        await views(server, account, asked, f"{bounds} AND {leads}", [*values, *lead_values], end_of(page))
    )
    return await _group(server, account, asked, found)


async def one(server: Server, account: Account, key: str) -> GroupView:
    """Load one group by its key, or raise NotFound."""
    view, asked = await _in_group(server, account, key)
    return (await _group(server, account, asked, [view]))[0]


async def members(server: Server, account: Account, key: str, page: Page) -> list[NotificationView]:
    """Load the notifications of a group, newest first, or raise NotFound when there is no such group."""
    view, asked = await _in_group(server, account, key)
    if not asked.groups(view.notification):
        bounds, values = page.clause("n.id")
        return await views(
            server, account, asked, f"{bounds} AND n.id = ?", [*values, view.notification.id], ""
        )
    bounds, values = page.clause("n.id")
    where = f"{bounds} AND n.group_key = ?"
    return page.arrange(await views(server, account, asked, where, [*values, key], end_of(page)))


async def count(server: Server, account: Account, page: Page, asked: Asked) -> int:
    """Count what `page` would load, without loading it."""
    bounds, values = page.clause("n.id")
    leads, lead_values = _leads(server, asked)
    where = f"{bounds} AND {leads}"
    return await notifications.counted(server, account, asked, where, [*values, *lead_values], page.limit)


def alone(key: str) -> int | None:
    """Give the notification that a key says stands alone, 0 if none can; None for the key of a group."""
    if not key.startswith(UNGROUPED):
        return None
    id_ = key.removeprefix(UNGROUPED)
    return int(id_) if id_.isascii() and id_.isdecimal() and len(id_) < 19 else 0


async def _in_group(server: Server, account: Account, key: str) -> tuple[NotificationView, Asked]:
    """Find the newest notification of a group, and how it was asked for."""
    id_ = alone(key)
    if id_ is not None:
        return await notifications.one(server, account, id_), Asked(grouped=(), with_filtered=True)
    found = (
        await views(server, account, EVERYTHING, "n.group_key = ?", [key], "ORDER BY n.id DESC LIMIT 1")
        if key
        else []
    )
    if not found:
        raise NotFound
    return found[0], EVERYTHING


async def _group(
    server: Server, account: Account, asked: Asked, newest: Sequence[NotificationView]
) -> list[GroupView]:
    keys = [each.notification.group_key for each in newest if asked.groups(each.notification)]
    members = await _members(server, account, asked, keys)
    people = await load_by_id(
        server, Account, {row["from_account_id"] for rows in members.values() for row in rows}
    )
    oldest = newest[-1].notification.id if newest else 0
    return [
        _group_of(each, members[each.notification.group_key], people, oldest)
        if asked.groups(each.notification)
        else _alone(each)
        for each in newest
    ]


def _alone(view: NotificationView) -> GroupView:
    id_ = view.notification.id
    return GroupView(key=f"{UNGROUPED}{id_}", newest=view, count=1, min_id=id_, people=[view.from_account])


def _group_of(
    view: NotificationView,
    members: Sequence[Mapping[str, Any]],
    people: Mapping[int, Account],
    oldest: int,
) -> GroupView:
    return GroupView(
        key=view.notification.group_key,
        newest=view,
        count=members[0]["count"],
        # A client may go on from here: nothing that stands between groups must be left out.
        min_id=max(members[0]["min_id"], oldest),
        people=[people[id_] for id_ in dict.fromkeys(row["from_account_id"] for row in members)],
    )


async def _members(
    server: Server, account: Account, asked: Asked, keys: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Load the newest of each group with the number of all: by (account, group) from the index."""
    grouped: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    if not keys:
        return grouped
    condition, values = among("n.group_key", keys)
    # They are about the same post, which is shown.
    told_sql, told_values = sender_clause(server, asked, "n", "a")
    rows = await server.db.rows(
        "SELECT * FROM (SELECT n.id, n.group_key, n.from_account_id,"
        " count(*) OVER (PARTITION BY n.group_key) AS count,"
        " min(n.id) OVER (PARTITION BY n.group_key) AS min_id,"
        " row_number() OVER (PARTITION BY n.group_key ORDER BY n.id DESC) AS place"
        " FROM notifications n CROSS JOIN accounts a ON a.id = n.from_account_id"
        f" WHERE n.account_id = ? AND {condition} AND {told_sql}) WHERE place <= ? ORDER BY id DESC",
        [account.id, *values, *told_values, _SAMPLE],
    )
    for row in rows:
        grouped[row["group_key"]].append(row)
    return grouped


def _leads(server: Server, asked: Asked) -> tuple[str, list[Any]]:
    """The condition that no newer one of the group of the notification `n`, about the same post, is told."""
    kinds = [kind for kind in asked.grouped if kind in GROUPED]
    if not kinds:
        return "1", []
    condition, values = among("n.kind", kinds)
    told_sql, told_values = sender_clause(server, asked, "newer", "newer_from")
    newer = (
        "SELECT 1 FROM notifications newer"
        " CROSS JOIN accounts newer_from ON newer_from.id = newer.from_account_id"
        " WHERE newer.account_id = n.account_id AND newer.group_key = n.group_key AND newer.id > n.id"
        f" AND {told_sql}"
    )
    return (
        f"(n.group_key = '' OR NOT {condition} OR NOT EXISTS ({newer}))",
        [*values, *told_values],
    )
