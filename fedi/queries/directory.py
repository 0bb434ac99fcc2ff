"""Whom one may come across: people here who want to be found, and the servers that are known."""

from fedi.models.accounts import Account
from fedi.queries import domains
from fedi.queries.rows import load
from fedi.server import Server

_MOST_PEERS = 50_000


async def people(server: Server, *, limit: int, offset: int = 0, newest: bool = False) -> list[Account]:
    """Load local accounts that want to be found: the last to post first, or (`newest`) the last to join."""
    order = "a.id DESC" if newest else "a.last_post_at IS NULL, a.last_post_at DESC, a.id DESC"
    return await load(
        server,
        Account,
        "WHERE a.domain = '' AND a.discoverable AND a.suspended_at IS NULL AND a.gone_at IS NULL"
        f" AND a.silenced_at IS NULL AND a.uri <> ? ORDER BY {order} LIMIT ? OFFSET ?",
        [server.uris.instance_actor, limit, offset],
        alias="a",
    )


async def peers(server: Server) -> list[str]:
    """List the hosts that we know somebody of and have not suspended."""
    found = await server.db.rows(
        "SELECT DISTINCT domain FROM accounts WHERE domain <> '' ORDER BY domain LIMIT ?", [_MOST_PEERS]
    )
    rules = await domains.severities()
    return [row["domain"] for row in found if domains.severity_of(row["domain"], rules) != "suspend"]
