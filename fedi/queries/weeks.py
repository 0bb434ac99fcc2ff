"""What happened here, week by week (Mastodon API: instance, activity)."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedi.server import Server

WEEK_SECONDS = 7 * 24 * 60 * 60
_WEEK_OF_IDS = (WEEK_SECONDS * 1000) << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week: its first moment in Unix seconds, posts written here (with boosts), people seen, sign-ups."""

    start: int
    posts: int
    logins: int
    registrations: int


async def last(server: Server, first: int, count: int) -> list[Week]:
    """Count the `count` weeks from the one that starts at `first` backwards, the newest first.

    Callers keep the answer a while. Posts are counted by their ids, which are in order of time.
    """
    oldest = first - (count - 1) * WEEK_SECONDS
    start_id = (oldest * 1000) << 16
    posts = await server.db.rows(
        "SELECT (id - ?) / ? AS place, count(*) AS count FROM posts"
        " WHERE visibility IN ('public', 'unlisted', 'followers', 'mutuals', 'direct') AND local = 1"
        " AND id >= ? GROUP BY 1",
        [start_id, _WEEK_OF_IDS, start_id],
    )
    logins = await server.db.rows("SELECT week, logins FROM activity_weeks WHERE week >= ?", [oldest])
    joined = await server.db.rows(
        "SELECT (id - ?) / ? AS place, count(*) AS count FROM users WHERE id >= ? GROUP BY 1",
        [start_id, _WEEK_OF_IDS, start_id],
    )
    by_week = _counts(posts), {row["week"]: row["logins"] for row in logins}, _counts(joined)
    return [
        Week(
            start=start,
            posts=by_week[0].get(place, 0),
            logins=by_week[1].get(start, 0),
            registrations=by_week[2].get(place, 0),
        )
        for place in range(count - 1, -1, -1)
        for start in (oldest + place * WEEK_SECONDS,)
    ]


def _counts(rows: list[dict[str, int]]) -> Mapping[int, int]:
    return {row["place"]: row["count"] for row in rows}
