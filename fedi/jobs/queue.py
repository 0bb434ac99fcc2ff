"""The queue of jobs: enqueue in your transaction, claim under a lease, finish, fail, put off.

Times in the table are milliseconds since 1970 by the server's clock. The statements are SQL written by
hand: a claim must be one statement to be safe between processes, and it is the hottest path of delivery.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fedi.jobs.kinds import KINDS, JobKind, Lane, read
from fedi.models.jobs import Job
from fedi.server import Server

LEASE = timedelta(seconds=60)
_ERROR_CHARACTERS = 4000
_CLAIM_WINDOW = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be. `unique_key`: a second one with the same key is not made. See models/jobs.py."""

    work: JobKind
    unique_key: str | None = None
    order_key: str = ""
    group_key: str = ""
    priority: int = 5
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
    made, now = 0, _now(server)
    for job in jobs:
        made += len(
            await server.db.execute(
                "INSERT INTO jobs (id, lane, kind, payload, state, priority, attempts, unique_key, order_key,"
                " group_key, run_at, leased_until, error, created_at, finished_at)"
                " VALUES (?, ?, ?, ?, 'ready', ?, 0, ?, ?, ?, ?, 0, '', ?, 0)"
                " ON CONFLICT (unique_key) DO NOTHING RETURNING id",
                [
                    server.new_id(),
                    job.work.lane,
                    job.work.kind(),
                    job.work.payload(),
                    job.priority,
                    job.unique_key,
                    job.order_key,
                    job.group_key,
                    now + int(job.wait_seconds * 1000),
                    now,
                ],
            )
        )
    for lane in {job.work.lane for job in jobs}:
        server.db.after_commit(partial(server.pubsub.publish, topic(lane)))
    return made


async def claim(
    server: Server, lane: Lane, limit: int, *, per_group: int = 0, full_groups: Collection[str] = ()
) -> list[Claimed]:
    """Take up to `limit` jobs of a lane that are due, or whose lease a dead worker let lapse.

    At most `per_group` of one `group_key` are taken (0: no bound) and none of `full_groups`; of one
    `order_key` only the oldest that is not finished.
    """
    now = _now(server)
    rank = "ROW_NUMBER() OVER (PARTITION BY group_key ORDER BY priority, run_at, id)" if per_group else "0"
    marks = ", ".join("?" * len(full_groups))
    excluded = f"AND j.group_key NOT IN ({marks})" if full_groups else ""
    rows = await server.db.execute(
        f"""
        UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_until = ?
        WHERE id IN (
          SELECT id FROM (
            SELECT id, priority, run_at, {rank} AS place FROM (
              SELECT j.id, j.priority, j.run_at, j.group_key FROM jobs j
              WHERE j.lane = ? AND (j.state = 'ready' AND j.run_at <= ?
                    OR j.state = 'running' AND j.leased_until < ?) {excluded}
                AND (j.order_key = '' OR NOT EXISTS (
                  SELECT 1 FROM jobs e WHERE e.order_key = j.order_key AND e.state IN ('ready', 'running')
                    AND e.id < j.id))
              ORDER BY j.run_at LIMIT {_CLAIM_WINDOW}
            )
          ) WHERE place <= ? ORDER BY priority, run_at, id LIMIT ?
        )
        RETURNING id, kind, payload, attempts, group_key
        """,  # noqa: S608  only our own constants and question marks are put in
        [now + _milliseconds(LEASE), lane, now, now, *full_groups, per_group, limit],
    )
    return [
        Claimed(
            id=row["id"],
            work=read(row["kind"], row["payload"]),
            attempts=row["attempts"],
            group_key=row["group_key"],
        )
        for row in sorted(rows, key=lambda row: int(row["id"]))
    ]


async def next_due_seconds(server: Server, lane: Lane) -> float | None:
    """How long until a job of the lane is due; None when none waits."""
    rows = await server.db.rows(
        "SELECT MIN(CASE state WHEN 'ready' THEN run_at ELSE leased_until END) AS due FROM jobs"
        " WHERE lane = ? AND state IN ('ready', 'running')",
        [lane],
    )
    due = rows[0]["due"]
    return None if due is None else max(0.0, (due - _now(server)) / 1000)


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
            await Job.filter(id__in=kept).update(state="done", finished_at=_now(server), error="")
        if gone:
            await Job.filter(id__in=gone).delete()
    for lane in {job.work.lane for job in done}:
        server.pubsub.publish(topic(lane))


async def put_off(
    server: Server, job: Claimed, wait_seconds: float, *, error: str = "", counts: bool = True
) -> None:
    """Try a job again later; `counts` False gives the attempt back."""
    await Job.filter(id=job.id).update(
        state="ready",
        run_at=_now(server) + int(wait_seconds * 1000),
        leased_until=0,
        error=error[:_ERROR_CHARACTERS],
        attempts=job.attempts if counts else job.attempts - 1,
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


async def revive(server: Server, *ids: int) -> int:
    """Make buried or waiting jobs due now (all of them when no id is given); gives how many."""
    jobs = Job.filter(state__in=["buried", "ready"])
    if ids:
        jobs = jobs.filter(id__in=list(ids))
    count = await jobs.update(state="ready", run_at=_now(server), attempts=0)
    for lane in Lane:
        server.pubsub.publish(topic(lane))
    return int(count)


async def prune(server: Server) -> int:
    """Remove done jobs that have been remembered long enough; gives how many."""
    removed = 0
    for kind in KINDS.values():
        before = _now(server) - kind.kept_seconds * 1000
        removed += await Job.filter(kind=kind.kind(), state="done", finished_at__lt=before).delete()
    return removed


def topic(lane: Lane) -> str:
    """The topic on which a lane is told that there may be work."""
    return f"jobs:{lane}"


def _now(server: Server) -> int:
    return int(server.clock.now().timestamp() * 1000)


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
