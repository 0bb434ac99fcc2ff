"""How much there is on this server (NodeInfo 2.1 usage; Mastodon API: instance)."""

from dataclasses import dataclass
from datetime import timedelta

from fedi.server import Server

_MONTH, _HALF_YEAR = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Counts. `posts` are those written here, boosts not counted; `domains` the other hosts we know."""

    users: int
    active_month: int
    active_half_year: int
    posts: int
    domains: int


async def stats(server: Server) -> Stats:
    """Count people, their posts and the hosts known. This reads tables through: callers keep it a while."""
    now = server.clock.now()
    present = (
        "FROM users u JOIN accounts a ON a.id = u.account_id"
        " WHERE u.disabled_at IS NULL AND a.suspended_at IS NULL AND a.gone_at IS NULL"
    )
    rows = await server.db.rows(
        f"SELECT (SELECT count(*) {present}) AS users,"
        f" (SELECT count(*) {present} AND u.last_active_at > ?) AS active_month,"
        f" (SELECT count(*) {present} AND u.last_active_at > ?) AS active_half_year,"
        " (SELECT count(*) FROM posts WHERE local AND boost_of_id IS NULL) AS posts,"
        " (SELECT count(*) FROM (SELECT DISTINCT domain FROM accounts WHERE domain <> '')) AS domains",
        [now - _MONTH, now - _HALF_YEAR],
    )
    return Stats(**rows[0])
