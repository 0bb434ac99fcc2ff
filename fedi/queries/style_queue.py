"""Who waits in the studio: the place of each open run, and how many seconds it has left.

The seconds are a forecast from what the last drawings of the same style, size and kind took.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from fedi.reels.messages import FRAMES_A_SECOND
from fedi.server import Server

# As many as anybody looks at; behind them the forecast would be a guess anyway.
_MOST_OPEN = 2000
_LAST_RUNS = 10
# Of a style that nobody has used yet, and of one frame of what moves.
_UNKNOWN_SECONDS, _UNKNOWN_FRAME_SECONDS = 3.0, 1.0
# Below this share, what is done says little about what is left.
_EARLY = 0.1

_OPEN = f"""
SELECT r.id, r.account_id, r.style, r.size, r.kind, r.progress, r.started_at, m.frames, m.duration_ms, j.lane,
  j.state = 'running' AS is_running
FROM style_runs r JOIN jobs j ON j.unique_key = 'style:' || r.id
  JOIN media_attachments m ON m.id = r.source_id
WHERE r.state IN ('queued', 'running') AND j.state IN ('ready', 'running')
ORDER BY j.lane, is_running DESC, j.priority, j.id LIMIT {_MOST_OPEN}
"""
_SPEED = f"""
SELECT avg(seconds) AS seconds FROM (
  SELECT r.seconds / CASE r.kind WHEN 'image' THEN 1 ELSE max(1, coalesce(m.frames, 1)) END AS seconds
  FROM style_runs r LEFT JOIN media_attachments m ON m.id = r.result_id
  WHERE r.state = 'done' AND r.style = ?1 AND r.size = ?2 AND (r.kind = 'image') = ?3 AND r.seconds > 0
  ORDER BY r.id DESC LIMIT {_LAST_RUNS})
"""


class Standing(NamedTuple):
    """Where an open run stands: `place` 0 is being drawn, 1 is next; `seconds_left` until it is done."""

    place: int
    seconds_left: float


async def standings(server: Server) -> dict[int, Standing]:
    """Give the standing of every open run, by its id."""
    rows = await server.db.rows(_OPEN)
    speeds: dict[tuple[str, str, bool], float | None] = {}
    for row in rows:
        key = (row["style"], row["size"], row["kind"] == "image")
        if key not in speeds:
            speeds[key] = (await server.db.rows(_SPEED, list(key)))[0]["seconds"]
    now = server.clock.now()
    found: dict[int, Standing] = {}
    waits: defaultdict[str, float] = defaultdict(float)
    places: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        lane = row["lane"]
        is_still = row["kind"] == "image"
        frames = 1 if is_still else _frames_of(row)
        speed = speeds[row["style"], row["size"], is_still]
        if speed is None:
            speed = _UNKNOWN_SECONDS if is_still else _UNKNOWN_FRAME_SECONDS
        left = _left(row, speed * frames, now)
        waits[lane] += left
        places[lane] += not row["is_running"]
        found[row["id"]] = Standing(
            place=0 if row["is_running"] else places[lane], seconds_left=round(waits[lane], 1)
        )
    return found


def _frames_of(row: dict[str, Any]) -> int:
    if row["kind"] == "clip":
        return max(1, round((row["duration_ms"] or 0) / 1000 * FRAMES_A_SECOND))
    return int(row["frames"] or 1)


def _left(row: dict[str, Any], expected: float, now: datetime) -> float:
    progress = row["progress"] if row["is_running"] else 0.0
    if progress < _EARLY or row["started_at"] is None:
        return expected * (1 - progress)
    spent = (now - datetime.fromisoformat(row["started_at"])).total_seconds()
    return max(0.0, spent) * (1 - progress) / progress
