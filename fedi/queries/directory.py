"""Whom one may come across: people here who want to be found, and the servers that are known."""

from fedi.models.accounts import Account
from fedi.queries import aside, domains
from fedi.queries.presence import present, unsilenced
from fedi.queries.rows import load_by_id
from fedi.queries.visibility import Clause, every, hidden, of_blocked_host
from fedi.server import Server

_MOST_PEERS = 50_000
_SECONDS = 2.0


async def people(
    server: Server,
    viewer: Account | None = None,
    *,
    limit: int,
    offset: int = 0,
    local: bool = True,
    newest: bool = False,
) -> list[Account]:
    """Load accounts that want to be found: the last to post first, or (`newest`) the last that came.

    `local`: only those of this server. Those who moved, and whom `viewer` hides, are left out.
    """
    order = "a.id DESC" if newest else "a.last_post_at IS NULL, a.last_post_at DESC, a.id DESC"
    clauses: list[Clause] = [
        (f"a.discoverable AND a.moved_to_uri = '' AND {present('a')} AND {unsilenced('a')}", []),
        ("a.uri <> ?", [server.uris.instance_actor]),
    ]
    if local:
        clauses.append(("a.domain = ''", []))
    if viewer is not None:
        hidden_sql, hidden_values = hidden(viewer, server.clock.now())
        host_sql, host_values = of_blocked_host(viewer, "a.id")
        clauses += [(f"a.id NOT IN ({hidden_sql})", hidden_values), (f"NOT {host_sql}", host_values)]
    where, values = every(clauses)
    found = await aside.rows(
        server,
        f"SELECT a.id FROM accounts a WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, limit, offset],
        seconds=_SECONDS,
    )
    by_id = await load_by_id(server, Account, [row["id"] for row in found])
    return [by_id[row["id"]] for row in found]


async def peers(server: Server) -> list[str]:
    """List the hosts that we know somebody of and have not suspended."""
    found = await server.db.rows(
        "SELECT DISTINCT domain FROM accounts WHERE domain <> '' ORDER BY domain LIMIT ?", [_MOST_PEERS]
    )
    rules = await domains.severities()
    return [row["domain"] for row in found if domains.severity_of(row["domain"], rules) != "suspend"]
