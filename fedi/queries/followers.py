"""The followers that two servers have of each other's people, as followers synchronisation compares them."""

from fedi.models.accounts import Account
from fedi.server import Server


async def on_origin(server: Server, account: Account, origin: str) -> list[str]:
    """Give the ids of the followers of an account of ours on another origin (`https://b.example`)."""
    start = f"{origin}/"
    rows = await server.db.rows(
        "SELECT a.uri FROM follows f JOIN accounts a ON a.id = f.follower_id"
        " WHERE f.target_id = ? AND f.state = 'accepted' AND a.domain <> '' AND a.gone_at IS NULL"
        " AND substr(a.uri, 1, ?) = ? ORDER BY f.id",
        [account.id, len(start), start],
    )
    return [str(row["uri"]) for row in rows]


async def among_ours(server: Server, account: Account) -> dict[str, int]:
    """Give the ids of our people who follow a remote account, each with the Follow's row."""
    rows = await server.db.rows(
        "SELECT a.uri, f.id FROM follows f JOIN accounts a ON a.id = f.follower_id"
        " WHERE f.target_id = ? AND f.state = 'accepted' AND a.domain = ''",
        [account.id],
    )
    return {str(row["uri"]): int(row["id"]) for row in rows}
