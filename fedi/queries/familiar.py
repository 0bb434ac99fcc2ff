"""Whom one knows among somebody's followers."""

from collections.abc import Sequence

from fedi.models.accounts import Account
from fedi.queries.presence import present
from fedi.queries.rows import among, load_by_id
from fedi.server import Server

# As many faces as any app shows, of one account.
_MOST_EACH = 40


async def followers(server: Server, viewer: Account, ids: Sequence[int]) -> dict[int, list[Account]]:
    """Give those whom `viewer` follows among the followers of each account, the latest to follow first.

    Of an account that hides its followers, that blocks the viewer, or that is not there, nobody is told.
    """
    if not ids:
        return {}
    condition, values = among("f.target_id", ids)
    rows = await server.db.rows(
        "SELECT target_id, follower_id FROM (SELECT f.target_id, f.follower_id,"
        " row_number() OVER (PARTITION BY f.target_id ORDER BY f.id DESC) AS place"
        " FROM follows f JOIN follows mine ON mine.target_id = f.follower_id"
        " AND mine.follower_id = ? AND mine.state = 'accepted'"
        " JOIN accounts t ON t.id = f.target_id JOIN accounts a ON a.id = f.follower_id"
        f" WHERE {condition} AND f.state = 'accepted' AND NOT t.hide_collections"
        f" AND f.target_id <> ? AND {present('t')} AND {present('a')}"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = f.target_id AND target_id = ?)"
        ") WHERE place <= ? ORDER BY target_id, place",
        [viewer.id, *values, viewer.id, viewer.id, _MOST_EACH],
    )
    known = await load_by_id(server, Account, [row["follower_id"] for row in rows])
    found: dict[int, list[Account]] = {id_: [] for id_ in ids}
    for row in rows:
        found[row["target_id"]].append(known[row["follower_id"]])
    return found
