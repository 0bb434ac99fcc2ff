"""Whom a person may like to follow: those whom several they follow do, the best known, the lately active."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fedi.models.accounts import Account
from fedi.queries.presence import present, unsilenced
from fedi.queries.rows import load_by_id
from fedi.queries.visibility import hidden, of_blocked_host
from fedi.server import Server

Reason = Literal["friends_of_friends", "most_followed", "most_interactions"]

_MOST_PER_REASON = 80
# Of somebody who follows thousands, the latest tell what they like now.
_FRIENDS_ASKED, _FOLLOWS_ASKED = 200, 20_000
_COMMON_FRIENDS = 2
_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An account and why it is suggested, the best reason first."""

    account: Account
    reasons: Sequence[Reason]


async def of(server: Server, viewer: Account, *, limit: int, offset: int = 0) -> list[Suggestion]:
    """Suggest accounts that want to be found; nobody whom the viewer follows, hides or dismissed."""
    now = server.clock.now()
    hidden_sql, hidden_values = hidden(viewer, now)
    host_sql, host_values = of_blocked_host(viewer, "a.id")
    eligible = (
        f"a.id <> ? AND a.discoverable AND a.moved_to_uri = '' AND a.uri <> ? AND {present('a')}"
        f" AND {unsilenced('a')} AND a.id NOT IN ({hidden_sql}) AND NOT {host_sql}"
        " AND NOT EXISTS (SELECT 1 FROM follows WHERE follower_id = ? AND target_id = a.id)"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM dismissed_suggestions WHERE account_id = ? AND target_id = a.id)"
    )
    values = [
        *[viewer.id, server.uris.instance_actor, *hidden_values, *host_values],
        *[viewer.id] * 3,
    ]
    found: dict[int, list[Reason]] = {}
    for reason, sql, own in _sources(viewer, str(now - _LATELY)):
        for row in await server.db.rows(sql.format(eligible=eligible), [*own, *values, _MOST_PER_REASON]):
            found.setdefault(row["id"], []).append(reason)
    chosen = list(found)[offset : offset + limit]
    accounts = await load_by_id(server, Account, chosen)
    return [Suggestion(account=accounts[id_], reasons=found[id_]) for id_ in chosen if id_ in accounts]


def _sources(viewer: Account, since: str) -> list[tuple[Reason, str, list[int | str]]]:
    """Give each reason with a SELECT of ids, the best first, and the values before those of `eligible`."""
    friends = (
        "SELECT c.id FROM (SELECT theirs.target_id AS id, count(*) AS friends FROM (SELECT theirs.target_id"
        " FROM (SELECT target_id FROM follows WHERE follower_id = ? AND state = 'accepted'"
        f" ORDER BY id DESC LIMIT {_FRIENDS_ASKED}) mine"
        " CROSS JOIN follows theirs ON theirs.follower_id = mine.target_id AND theirs.state = 'accepted'"
        f" LIMIT {_FOLLOWS_ASKED}) theirs GROUP BY 1 HAVING friends >= {_COMMON_FRIENDS}) c"
        " CROSS JOIN accounts a ON a.id = c.id WHERE {eligible}"
        " ORDER BY c.friends DESC, a.followers_count DESC, a.id LIMIT ?"
    )
    here = "a.domain = '' AND {eligible}"
    select = "SELECT a.id FROM accounts a WHERE"
    known = f"{select} {here} AND a.followers_count > 0 ORDER BY a.followers_count DESC, a.id LIMIT ?"
    active = f"{select} a.last_post_at > ? AND {here} ORDER BY a.last_post_at DESC LIMIT ?"
    return [
        ("friends_of_friends", friends, [viewer.id]),
        ("most_followed", known, []),
        ("most_interactions", active, [since]),
    ]
