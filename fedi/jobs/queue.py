"""The queue of jobs: enqueue in your transaction, claim under a lease, finish, fail, put off.

Times in the table are milliseconds since 1970 by the server's clock. The statements are SQL written by
hand: jobs are claimed in one statement to be safe between processes, and it is the hottest path of delivery.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import orjson

from fedi.jobs.kinds import KINDS, JobKind, Lane, read
from fedi.models.jobs import Job
from fedi.server import Server

LEASE = timedelta(seconds=60)
DELIVERY_LIFE = timedelta(days=7)
_BURIED_LIFE = timedelta(days=30)
# Longer than the longest step of the schedule of retries (17 hours, and a fifth).
_LONGEST_WAIT = timedelta(days=1)
_LAPSED_EVERY = timedelta(seconds=1)
_CLOCK_SLACK = timedelta(minutes=1)
_ERROR_CHARACTERS = 4000
_GROUPS_A_TURN = 200
_USUAL_PRIORITY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be. `unique_key`: a second one with the same key is not made. See models/jobs.py."""

    work: JobKind
    unique_key: str | None = None
    order_key: str = ""
    group_key: str = ""
    priority: int = _USUAL_PRIORITY
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A job that is ours until its lease ends; `attempts` counts this one."""

    id: int
    work: JobKind
    attempts: int
    group_key: str


async def enqueue(server: Server, *jobs: NewJob) -> int:
    """Insert jobs in the running transaction and wake their lanes once it has committed.

    Gives how many were new: one whose `unique_key` is known already is not inserted again.
    """
    made, start, now = 0, 0, _now(server)
    while left := len(jobs) - start:
        # Powers of two: a few statements, which stay prepared, for any number of jobs.
        count = min(_MOST_ROWS, 1 << (left.bit_length() - 1))
        values = [value for job in jobs[start : start + count] for value in _row(server, job, now)]
        made += len(await server.db.execute(f"{_INSERT} {_VALUES[count]} {_ONCE}", values))
        start += count
    for lane in {job.work.lane for job in jobs}:
        server.db.after_commit(partial(server.pubsub.publish, topic(lane)))
    return made


_MOST_ROWS = 64
_INSERT = (
    "INSERT INTO jobs (id, lane, kind, payload, state, priority, attempts, unique_key, order_key,"
    " group_key, run_at, leased_until, error, created_at, finished_at)"
)
_VALUES = {
    1 << power: "VALUES " + ", ".join(["(?, ?, ?, ?, 'ready', ?, 0, ?, ?, ?, ?, 0, '', ?, 0)"] * (1 << power))
    for power in range(_MOST_ROWS.bit_length())
}
_ONCE = "ON CONFLICT (unique_key) DO NOTHING RETURNING id"


def _row(server: Server, job: NewJob, now: int) -> tuple[Any, ...]:
    work = job.work
    run_at = now + int(job.wait_seconds * 1000)
    keys = (job.unique_key, job.order_key, job.group_key)
    return (server.new_id(), work.lane, work.kind(), work.payload(), job.priority, *keys, run_at, now)


async def claim(
    server: Server, lane: Lane, limit: int, *, per_group: int = 0, full_groups: Collection[str] = ()
) -> list[Claimed]:
    """Take up to `limit` jobs of a lane that are due, or whose lease a dead worker let lapse.

    At most `per_group` of one `group_key` are taken (0: no bound) and none of `full_groups`; of one
    `order_key` only the oldest that is not finished. What is urgent goes first; the groups take turns, so
    that a long queue of one does not hold up the others, and a claim costs as much behind a hundred
    thousand jobs as behind a hundred.
    """
    now, turns = _now(server), server.memory.of(Turns)
    await _release_lapsed(server, lane, turns, now)
    marks = ", ".join(f"?{7 + place}" for place in range(len(full_groups)))
    sql = _CLAIM.replace("{full}", marks)
    rows: list[dict[str, Any]] = []
    async for groups in turns.iter_groups(server, lane):
        wanted = orjson.dumps(groups).decode()
        # Where many groups wait, a few jobs of each fill the places.
        most = min(per_group or limit, 1 + 2 * limit // max(1, len(groups)))
        values = [lane, now, wanted, most, limit, now + _milliseconds(LEASE), *full_groups]
        rows = await server.db.execute(sql, values)
        if rows:
            break
    return _claimed(rows)


async def claim_these(server: Server, ids: Sequence[int]) -> list[Claimed]:
    """Take these jobs now if nobody else runs them, waiting or given up; given up ones begin anew."""
    if not ids:
        return []
    sql = (
        "UPDATE jobs SET state = 'running', leased_until = ?,"  # noqa: S608  numbers
        " attempts = CASE state WHEN 'buried' THEN 1 ELSE attempts + 1 END,"
        " refusals = CASE state WHEN 'buried' THEN 0 ELSE refusals END"
        f" WHERE id IN ({_listed(ids)}) AND state IN ('ready', 'buried')"
        " RETURNING id, kind, payload, attempts, group_key"
    )
    return _claimed(await server.db.execute(sql, [_now(server) + _milliseconds(LEASE)]))


async def _release_lapsed(server: Server, lane: Lane, turns: "Turns", now: int) -> None:
    """Make ready again what a dead worker held, and mend the times of a lane after the clock was put back."""
    before = turns.looked_at.get(lane, 0)
    if before + _milliseconds(_LAPSED_EVERY) > now >= before:
        return
    turns.looked_at[lane] = now
    if (back := before - now) > _milliseconds(_CLOCK_SLACK):
        await server.db.execute(
            "UPDATE jobs SET run_at = max(?, run_at - ?) WHERE lane = ? AND state = 'ready' AND run_at > ?",
            [now, back, lane, now],
        )
    # No lease is as long as that, unless the clock was put back.
    too_late = now + 2 * _milliseconds(LEASE)
    await server.db.execute(
        "UPDATE jobs SET state = 'ready'"
        " WHERE lane = ? AND state = 'running' AND (leased_until < ? OR leased_until > ?)",
        [lane, now, too_late],
    )


class Turns:
    """Which groups of each lane are served next by this process, and when lapsed leases were looked for."""

    def __init__(self) -> None:
        self.looked_at: dict[Lane, int] = {}
        self._next: dict[Lane, str] = {}

    async def iter_groups(self, server: Server, lane: Lane) -> AsyncIterator[list[str]]:
        """Give the groups that have jobs, some at a time, from where it stopped last, once around."""
        begin = start = self._next.get(lane, "")
        wrapped = start == ""
        while True:
            rows = await server.db.rows(_GROUPS, [lane, start])
            found = [row["key"] for row in rows if row["key"] is not None]
            is_cut = len(rows) == _GROUPS_A_TURN
            # The lowest string that is greater.
            self._next[lane] = start = found[-1] + "\0" if is_cut else ""
            yield found
            if wrapped and (not is_cut or start > begin > ""):
                return
            wrapped = wrapped or not is_cut


# One seek in the index a group. ?1 lane, ?2 where to begin.
_GROUPS = f"""
WITH RECURSIVE groups(key) AS (
  SELECT min(group_key) FROM jobs WHERE lane = ?1 AND state = 'ready' AND group_key >= ?2
  UNION ALL
  SELECT (SELECT min(group_key) FROM jobs WHERE lane = ?1 AND state = 'ready' AND group_key > groups.key)
  FROM groups WHERE groups.key IS NOT NULL
)
SELECT key FROM groups LIMIT {_GROUPS_A_TURN}
"""  # noqa: S608  a number of ours

_NOT_HELD_BACK = """(j.order_key = '' OR NOT EXISTS (
  SELECT 1 FROM jobs e
  WHERE e.order_key = j.order_key AND e.state IN ('ready', 'running') AND e.id < j.id))"""

# A few jobs of each group, and what is urgent in any. ?1 lane, ?2 now, ?3 groups as JSON, ?4 jobs a group,
# ?5 limit, ?6 end of the lease, ?7 and on the groups that are full.
_CLAIM = f"""
WITH candidates(id) AS (
  SELECT found.id FROM json_each(?3) AS groups CROSS JOIN jobs AS found ON found.id IN (
    SELECT j.id FROM jobs j
    WHERE j.lane = ?1 AND j.state = 'ready' AND j.group_key = groups.value AND j.run_at <= ?2
      AND {_NOT_HELD_BACK}
    ORDER BY j.run_at LIMIT 2 * ?4)
  UNION
  SELECT j.id FROM (
    SELECT id, order_key FROM jobs
    WHERE lane = ?1 AND state = 'ready' AND priority < {_USUAL_PRIORITY} AND run_at <= ?2
    ORDER BY priority, run_at LIMIT 16 * ?5
  ) j WHERE {_NOT_HELD_BACK}
)
UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_until = ?6
WHERE id IN (
  SELECT id FROM (
    SELECT j.id, j.priority, j.run_at,
      row_number() OVER (PARTITION BY j.group_key ORDER BY j.priority, j.run_at, j.id) AS place
    FROM candidates JOIN jobs j USING (id) WHERE j.group_key NOT IN ({{full}})
  ) WHERE place <= ?4 ORDER BY priority, run_at, id LIMIT ?5
)
RETURNING id, kind, payload, attempts, group_key
"""  # noqa: S608  numbers and conditions of ours


async def next_due_seconds(server: Server, lane: Lane) -> float | None:
    """How long until a job of the lane is due; None when none waits."""
    rows = await server.db.rows(
        "SELECT (SELECT min(run_at) FROM jobs WHERE lane = ?1 AND state = 'ready') AS due,"
        " (SELECT min(leased_until) FROM jobs WHERE lane = ?1 AND state = 'running') AS lapses",
        [lane],
    )
    moments = [moment for moment in rows[0].values() if moment is not None]
    return max(0.0, (min(moments) - _now(server)) / 1000) if moments else None


async def renew(server: Server, ids: Sequence[int]) -> None:
    """Extend the lease of jobs that still run."""
    if ids:
        until = _now(server) + _milliseconds(LEASE)
        await Job.filter(id__in=list(ids), state="running").update(leased_until=until)


async def finish(server: Server, done: Sequence[Claimed]) -> None:
    """Mark jobs as done, in one transaction; those that nothing needs to remember are removed."""
    kept = [job.id for job in done if job.work.kept_seconds]
    gone = [job.id for job in done if not job.work.kept_seconds]
    async with server.db.transaction():
        if kept:
            await server.db.execute(
                f"UPDATE jobs SET state = 'done', finished_at = ?, error = '' WHERE id IN ({_listed(kept)})",  # noqa: S608  numbers
                [_now(server)],
            )
        if gone:
            await server.db.execute(f"DELETE FROM jobs WHERE id IN ({_listed(gone)})")  # noqa: S608  numbers
        for lane in {job.work.lane for job in done}:
            server.db.after_commit(partial(server.pubsub.publish, topic(lane)))


async def put_off(server: Server, job: Claimed, wait_seconds: float, *, error: str = "") -> None:
    """Try a job again later."""
    await Job.filter(id=job.id).update(
        state="ready",
        run_at=_now(server) + int(wait_seconds * 1000),
        leased_until=0,
        error=error[:_ERROR_CHARACTERS],
    )
    server.pubsub.publish(topic(job.work.lane))


async def hold(server: Server, job: Claimed, wait_seconds: float) -> None:
    """Have a job that was not tried wait; the attempt is given back."""
    await Job.filter(id=job.id).update(
        state="ready",
        run_at=_now(server) + int(wait_seconds * 1000),
        leased_until=0,
        attempts=job.attempts - 1,
    )
    server.pubsub.publish(topic(job.work.lane))


async def drop(server: Server, job: Claimed, error: str) -> None:
    """Be done with a job that failed for good, remembering why where done jobs are kept."""
    if job.work.kept_seconds:
        await Job.filter(id=job.id).update(
            state="done", finished_at=_now(server), error=error[:_ERROR_CHARACTERS]
        )
    else:
        await Job.filter(id=job.id).delete()
    server.pubsub.publish(topic(job.work.lane))


async def bury(server: Server, job: Claimed, error: str) -> None:
    """Give a job up, keeping why; `fedi job retry` brings it back."""
    await Job.filter(id=job.id).update(
        state="buried", finished_at=_now(server), leased_until=0, error=error[:_ERROR_CHARACTERS]
    )
    server.pubsub.publish(topic(job.work.lane))


async def bury_group(server: Server, lane: Lane, group_key: str, error: str) -> None:
    """Give up all that waits for a group, in your transaction."""
    await server.db.execute(
        "UPDATE jobs SET state = 'buried', finished_at = ?, error = ?"
        " WHERE lane = ? AND state = 'ready' AND group_key = ?",
        [_now(server), error, lane, group_key],
    )


async def revive(server: Server, *ids: int) -> int:
    """Make buried or waiting jobs due now (all of them when no id is given); gives how many."""
    jobs = Job.filter(state__in=["buried", "ready"])
    if ids:
        jobs = jobs.filter(id__in=list(ids))
    now = _now(server)
    count = await jobs.update(state="ready", run_at=now, attempts=0, refusals=0, created_at=now)
    for lane in Lane:
        server.pubsub.publish(topic(lane))
    return int(count)


async def prune(server: Server) -> int:
    """Remove what was done or given up long enough ago; gives how many."""
    now, removed = _now(server), 0
    for kind in KINDS.values():
        before = now - kind.kept_seconds * 1000
        removed += await Job.filter(kind=kind.kind(), state="done", finished_at__lt=before).delete()
    before = now - _milliseconds(_BURIED_LIFE)
    return removed + int(await Job.filter(state="buried", finished_at__lt=before).delete())


async def give_up_old(server: Server) -> int:
    """Give up deliveries that waited for a week, most of it held back for hosts that fail; gives how many.

    One that is due later than any wait lasts is due now: the clock was put back while no worker ran.
    """
    now, waiting = _now(server), Job.filter(lane=Lane.DELIVER, state="ready")
    old = waiting.filter(created_at__lt=now - _milliseconds(DELIVERY_LIFE))
    count = await old.update(state="buried", finished_at=now, error="It could not be delivered in a week.")
    await waiting.filter(run_at__gt=now + _milliseconds(_LONGEST_WAIT)).update(run_at=now)
    return int(count)


def _claimed(rows: Sequence[dict[str, Any]]) -> list[Claimed]:
    return [
        Claimed(
            id=row["id"],
            work=read(row["kind"], row["payload"]),
            attempts=row["attempts"],
            group_key=row["group_key"],
        )
        for row in sorted(rows, key=lambda row: int(row["id"]))
    ]


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))


def topic(lane: Lane) -> str:
    """The topic on which a lane is told that there may be work."""
    return f"jobs:{lane}"


def _now(server: Server) -> int:
    return int(server.clock.now().timestamp() * 1000)


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
