"""What open connections may still hear: tokens in force, asked of all at once, and whose a list is."""

from collections.abc import Collection

import orjson

from fedi.server import Server


async def in_force(server: Server, token_ids: Collection[int]) -> set[int]:
    """Give those of these tokens of people that may still be used (as `oauth.find_token` says of one)."""
    rows = await server.db.rows(
        "SELECT t.id FROM access_tokens t JOIN users u ON u.id = t.user_id"
        " JOIN accounts a ON a.id = u.account_id"
        " WHERE t.id IN (SELECT value FROM json_each(?)) AND (t.expires_at IS NULL OR t.expires_at > ?)"
        " AND u.disabled_at IS NULL AND a.suspended_at IS NULL AND a.gone_at IS NULL",
        [orjson.dumps(list(token_ids)).decode(), server.clock.now()],
    )
    return {row["id"] for row in rows}


async def owns_list(server: Server, account_id: int, list_id: int) -> bool:
    """Say whether a list is there and is this account's."""
    rows = await server.db.rows("SELECT 1 FROM lists WHERE id = ? AND account_id = ?", [list_id, account_id])
    return bool(rows)
