"""The studio as its owner sees it: who waits, what was given up, what was drawn. For commands and pages."""

from datetime import timedelta
from typing import Any

from fedi.server import Server

# A run that began so often and failed is parked: it ended the process that draws, or the server.
PARKED_AFTER = 2

_PARKED_FOR = timedelta(days=7)
_MOST_PARKED = 50

_WAITING = """
SELECT r.id, a.username AS member, r.style, r.kind, r.size, r.state, r.progress, r.attempts, r.reason,
 r.created_at
FROM style_runs r
JOIN accounts a ON a.id = r.account_id
LEFT JOIN jobs j ON j.unique_key = 'style:' || r.id AND j.state IN ('ready', 'running')
WHERE r.state IN ('queued', 'running')
ORDER BY r.state = 'queued', j.priority, r.id LIMIT ?
"""
_PARKED = """
SELECT r.id, a.username AS member, r.style, r.kind, r.size, 'parked' AS state, r.progress, r.attempts,
 r.reason, r.created_at
FROM style_runs r
JOIN accounts a ON a.id = r.account_id
WHERE r.state = 'failed' AND r.attempts >= ? AND r.id > ?
ORDER BY r.id DESC LIMIT ?
"""
_USE = """
SELECT a.username AS member, r.style, sum(r.state = 'done') AS drawn, sum(r.state = 'failed') AS failed,
 sum(r.state = 'cancelled') AS cancelled, round(sum(r.seconds), 1) AS seconds, max(r.created_at) AS last
FROM style_runs r
JOIN accounts a ON a.id = r.account_id
WHERE r.id > ?
GROUP BY a.username, r.style HAVING drawn + failed + cancelled > 0
ORDER BY seconds DESC, drawn DESC, member, r.style LIMIT ?
"""


async def queue(server: Server, *, limit: int) -> list[dict[str, Any]]:
    """Runs that are drawn or wait, in the order of their turn, then those parked within a week."""
    waiting = await server.db.rows(_WAITING, [limit])
    since = server.ids.past(server.clock.now() - _PARKED_FOR)
    parked = await server.db.rows(_PARKED, [PARKED_AFTER, since, _MOST_PARKED])
    return [dict(row) for row in (*waiting, *parked)]


async def usage(server: Server, *, days: int, limit: int) -> list[dict[str, Any]]:
    """What was asked for within some days, by member and style: counts, and seconds of drawing."""
    since = server.ids.past(server.clock.now() - timedelta(days=days))
    return [dict(row) for row in await server.db.rows(_USE, [since, limit])]
