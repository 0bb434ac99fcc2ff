"""What an account did and what came for it, for its own clients of ActivityPub (ActivityPub 5.1, 5.2)."""

from dataclasses import dataclass
from typing import Any

import orjson

from fedi.models.accounts import Account
from fedi.queries import visibility
from fedi.queries.paging import Page
from fedi.queries.rows import among
from fedi.server import Server

# Creates and Announces are made of the posts that still stand; the others are as they were sent.
_POSTS = "posts WHERE author_id = ?"
_OTHERS = "outgoing_activities WHERE actor_id = ? AND kind NOT IN ('Create', 'Announce')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something in a box, by whose id the box is paged; `json` is None for a post, which has that id."""

    id: int
    json: dict[str, Any] | None


async def outbox(server: Server, account: Account, page: Page) -> list[Entry]:
    """Load what the account did, newest first, whoever may see it."""
    bounds, values = page.clause("id")
    # Each half ends by itself: together they would be read whole and sorted.
    newest = f"AND {bounds} ORDER BY id DESC LIMIT ?"
    rows = await server.db.rows(
        f"SELECT id, body FROM (SELECT id, NULL AS body FROM {_POSTS} {newest}) UNION ALL"
        f" SELECT id, body FROM (SELECT id, body FROM {_OTHERS} {newest}) ORDER BY id DESC LIMIT ?",
        [*[account.id, *values, page.limit] * 2, page.limit],
    )
    return [_entry(row) for row in rows]


async def outbox_count(server: Server, account: Account) -> int:
    """Count what the account did, as far as it is still known."""
    rows = await server.db.rows(
        f"SELECT (SELECT count(*) FROM {_POSTS}) + (SELECT count(*) FROM {_OTHERS}) AS count",
        [account.id, account.id],
    )
    return int(rows[0]["count"])


async def inbox(server: Server, account: Account, page: Page) -> list[Entry]:
    """Load what came for the account, newest first, but for what is by somebody whom it blocks or mutes."""
    bounds, values = page.clause("id")
    hidden_sql, hidden_values = visibility.hidden(account, server.clock.now())
    rows = await server.db.rows(
        "SELECT id, body FROM inbox_items i WHERE account_id = ? AND NOT EXISTS (SELECT 1 FROM accounts a"
        " WHERE a.uri = coalesce(json_extract(i.body, '$.actor.id'), json_extract(i.body, '$.actor'))"
        f" AND (a.suspended_at IS NOT NULL OR a.id IN ({hidden_sql}))) AND {bounds}"
        " ORDER BY id DESC LIMIT ?",
        [account.id, *hidden_values, *values, page.limit],
    )
    return [_entry(row) for row in rows]


async def inbox_count(server: Server, account: Account) -> int:
    """Count what came for the account and is still kept."""
    rows = await server.db.rows(
        "SELECT count(*) AS count FROM inbox_items WHERE account_id = ?", [account.id]
    )
    return int(rows[0]["count"])


async def unhidden(server: Server, viewer: Account, people: list[Account]) -> list[Account]:
    """Give those of some people whom the viewer does not block or mute, and who do not block the viewer."""
    if not people:
        return []
    named, values = among("a.id", [person.id for person in people])
    hidden_sql, hidden_values = visibility.hidden(viewer, server.clock.now())
    rows = await server.db.rows(
        f"SELECT a.id FROM accounts a WHERE {named} AND a.id NOT IN ({hidden_sql})"
        " AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.target_id = ?)",
        [*values, *hidden_values, viewer.id],
    )
    kept = {row["id"] for row in rows}
    return [person for person in people if person.id in kept]


def _entry(row: dict[str, Any]) -> Entry:
    json = None if row["body"] is None else orjson.loads(row["body"])
    return Entry(id=row["id"], json=json)
