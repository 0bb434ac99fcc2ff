"""Whose run is drawn next, and how many one may ask for: the studio's quotas and its fair queue.

Each run gets a finish tag when it is asked for: one more than its member's last one, or than what is being
drawn now, whichever is later (self-clocked fair queueing, Golestani 1994). Runs are drawn in the order of
their tags: a member's runs stay in order, members take turns, who asks for one does not wait behind
somebody's album, and nobody is passed by for ever. A tag is the job's priority. What moves has a lane of its
own, so that a film does not hold up portraits: they are drawn between its frames.
"""

from datetime import timedelta

from fedi.errors import TooMany
from fedi.jobs import queue
from fedi.jobs.kinds import DrawMoving, JobKind, Lane, RunStyle
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.media import StyleRun
from fedi.server import Server

OPEN = ("queued", "running")
STILL = "image"
# Of one account at a time; the rest of the day's quota can be asked for as these are done.
MOST_WAITING = 20

_DAY = timedelta(days=1)
_WAIT_SECONDS = 60
# Priorities below the usual one are taken in their order (jobs/queue.py); the column holds 16 bits.
_FIRST, _LAST = -30_000, -10


async def check_quota(server: Server, account: Account, wanted: int) -> None:
    """Check in your transaction that `wanted` more runs are not too many. Raises TooMany."""
    studio, now = server.settings.studio, server.clock.now()
    waiting = await StyleRun.filter(account_id=account.id, state__in=OPEN).count()
    if waiting + wanted > MOST_WAITING:
        raise TooMany(f"{waiting} pictures of yours are waiting already.", retry_after_seconds=_WAIT_SECONDS)
    since = server.ids.past(now - _DAY)
    today = StyleRun.filter(account_id=account.id, id__gt=since)
    everybody = StyleRun.filter(id__gt=since)
    for runs, limit, words in (
        (today, studio.runs_per_day, f"An account may have {studio.runs_per_day} pictures drawn a day."),
        (everybody, studio.runs_per_day_in_all, "This server has drawn all that it draws in a day."),
    ):
        excess = await runs.count() + wanted - limit
        if excess > 0:
            # Free once as many of the oldest are a day old.
            last = await runs.order_by("id").offset(excess - 1).first()
            wait = (last.created_at + _DAY - now).total_seconds() if last else 0
            raise TooMany(words, retry_after_seconds=max(_WAIT_SECONDS, int(wait)))


async def enqueue(server: Server, run: StyleRun) -> None:
    """Put a run into the queue, in your transaction."""
    work: JobKind = RunStyle(run_id=run.id) if run.kind == STILL else DrawMoving(run_id=run.id)
    member = str(run.account_id)
    await queue.enqueue(
        server,
        NewJob(
            work=work,
            unique_key=key_of(run.id),
            group_key=member,
            priority=await _priority(server, work.lane, member),
        ),
    )


def key_of(run_id: int) -> str:
    """The unique key of a run's job."""
    return f"style:{run_id}"


async def forget(run_id: int) -> None:
    """Take a run that has ended out of the queue, in your transaction; a job under way ends by itself."""
    await Job.filter(unique_key=key_of(run_id), state="ready").delete()


async def _priority(server: Server, lane: Lane, member: str) -> int:
    rows = await server.db.rows(
        "SELECT min(CASE state WHEN 'ready' THEN priority END) AS next,"
        " max(CASE state WHEN 'running' THEN priority END) AS now,"
        " max(CASE group_key WHEN ?2 THEN priority END) AS own"
        " FROM jobs WHERE lane = ?1 AND state IN ('ready', 'running')",
        [lane, member],
    )
    following, now, own = rows[0]["next"], rows[0]["now"], rows[0]["own"]
    reached = now if now is not None else following
    clock = _tag(reached) if reached is not None else 0
    tag = max(clock, _tag(own) if own is not None else 0) + 1
    # Among equals, whoever has nothing else waiting goes first.
    return min(_FIRST + 2 * tag + (own is not None), _LAST)


def _tag(priority: int) -> int:
    return (priority - _FIRST) // 2
