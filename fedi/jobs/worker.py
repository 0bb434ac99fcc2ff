"""Run jobs: one loop a lane, each job in a task of its own, leases renewed while it runs.

A job that raises is judged by its error's fate (`fedi.errors`): tried again on the schedule, dropped, or
buried with its traceback. Anything that is not a FediError is a bug: it is tried again, then buried.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from fedi.errors import Fate, FediError, Postponed, TooMany
from fedi.jobs import queue
from fedi.jobs.kinds import JobKind, Lane
from fedi.jobs.queue import Claimed
from fedi.jobs.retry import wait_seconds
from fedi.logs import logger
from fedi.server import Server

Run = Callable[[Server, Any], Awaitable[None]]
Table = Mapping[type[JobKind], Run]
# Tries many jobs at once and gives the ids of those that it has done and finished; a failure undoes all.
RunMany = Callable[[Server, Sequence[Claimed]], Awaitable[Collection[int]]]
Batches = Mapping[Lane, RunMany]

_POLL_SECONDS = 5.0
_RENEW_SECONDS = 15.0
_FLUSH_SECONDS = 0.02
_FLUSH_JOBS = 100
_RESTART_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRule:
    """How many jobs of a lane run at once, in all and of one group (0: no bound).

    After a claim that found few, `pause_seconds` pass before the next: what comes meanwhile is then claimed
    together.
    """

    at_once: int
    per_group: int = 0
    pause_seconds: float = 0.0


def lane_rules(server: Server) -> dict[Lane, LaneRule]:
    """The rules of every lane, from the settings. One picture is drawn at a time, and frames of one film."""
    federation = server.settings.federation
    return {
        Lane.INBOX: LaneRule(at_once=64, per_group=16, pause_seconds=0.1),
        Lane.DELIVER: LaneRule(
            at_once=federation.deliveries_at_once, per_group=federation.deliveries_per_host
        ),
        Lane.FETCH: LaneRule(at_once=4, per_group=2),
        Lane.STYLE: LaneRule(at_once=1),
        Lane.MOVING: LaneRule(at_once=1),
        Lane.HOUSEKEEPING: LaneRule(at_once=2),
    }


async def run(
    server: Server, table: Table, stop: asyncio.Event, *, batches: Batches = MappingProxyType({})
) -> None:
    """Work on all lanes until `stop` is set, then let the jobs that run finish.

    What a lane's function of `batches` leaves of the jobs that were claimed together runs one by one.
    """
    with server.db.activate():
        async with asyncio.TaskGroup() as group:
            for lane, rule in lane_rules(server).items():
                loop = LaneLoop(server, table, lane, rule, batches.get(lane))
                group.create_task(_keep_running(loop, stop))


async def drain(server: Server, table: Table, *, lanes: tuple[Lane, ...] = tuple(Lane)) -> int:
    """Run every job that is due, and those they make due, one after the other; for tests and the CLI."""
    done = 0
    while claimed := [job for lane in lanes for job in await queue.claim(server, lane, 1)]:
        for job in claimed:
            await run_one(server, table, job)
            done += 1
    return done


async def run_one(server: Server, table: Table, job: Claimed) -> None:
    """Run one claimed job and record how it went."""
    if await _attempt(server, table, job):
        await queue.finish(server, [job])


@dataclass(slots=True)
class LaneLoop:
    """The loop of one lane."""

    server: Server
    table: Table
    lane: Lane
    rule: LaneRule
    together: RunMany | None = None
    running: dict[int, Claimed] = field(default_factory=dict)
    done: list[Claimed] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and run until `stop`; wait for the running ones; flush."""
        with self.server.pubsub.subscribe(queue.topic(self.lane)) as messages:
            async with asyncio.TaskGroup() as tasks:
                helpers = [
                    tasks.create_task(self._listen(messages)),
                    tasks.create_task(self._renew()),
                    tasks.create_task(self._flush()),
                    tasks.create_task(self._stop(stop)),
                ]
                async with asyncio.TaskGroup() as jobs:
                    while not stop.is_set():
                        await self._turn(jobs, stop)
                for helper in helpers:
                    helper.cancel()
        await self._flush_once()

    async def _turn(self, jobs: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        self.woken.clear()
        free = self.rule.at_once - len(self.running) - len(self.done)
        claimed = await self._claim(free) if free > 0 else []
        self.running |= {job.id: job for job in claimed}
        for job in await self._left(claimed):
            jobs.create_task(self._run(job))
        if stop.is_set():
            return
        if claimed:
            is_much = len(claimed) >= free // 4
            await asyncio.sleep(0 if is_much else self.rule.pause_seconds)
            return
        due = await queue.next_due_seconds(self.server, self.lane) if free > 0 else None
        wait = _POLL_SECONDS if due is None or due == 0 else min(due, _POLL_SECONDS)
        try:
            async with asyncio.timeout(wait):
                await self.woken.wait()
        except TimeoutError:
            return

    async def _claim(self, free: int) -> list[Claimed]:
        busy = Counter(job.group_key for job in (*self.running.values(), *self.done) if job.group_key)
        full = [key for key, count in busy.items() if self.rule.per_group and count >= self.rule.per_group]
        claimed = await queue.claim(
            self.server, self.lane, free, per_group=self.rule.per_group, full_groups=full
        )
        # When the clock is turned, leases lapse of what still runs here: this claim has renewed them.
        ours = self.running.keys() | {job.id for job in self.done}
        return [job for job in claimed if job.id not in ours]

    async def _left(self, claimed: list[Claimed]) -> list[Claimed]:
        """Run together what can be, and give the rest; where that fails, nothing was done and all is left."""
        if self.together is None or not claimed:
            return claimed
        try:
            done = await self.together(self.server, claimed)
        except Exception:  # noqa: BLE001  one of them spoils it; alone, each is judged for itself
            logger().exception("batch.failed", lane=self.lane, jobs=len(claimed))
            return claimed
        for id_ in done:
            del self.running[id_]
        return [job for job in claimed if job.id in self.running]

    async def _run(self, job: Claimed) -> None:
        try:
            succeeded = await _attempt(self.server, self.table, job)
        finally:
            self.running.pop(job.id, None)
        if succeeded:
            self.done.append(job)
            if len(self.done) >= _FLUSH_JOBS:
                await self._flush_once()
        self.woken.set()

    async def _listen(self, messages: asyncio.Queue[tuple[str, str]]) -> None:
        while True:
            await messages.get()
            self.woken.set()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            await queue.renew(self.server, list(self.running))

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self._flush_once()

    async def _flush_once(self) -> None:
        done, self.done = self.done, []
        if done:
            await queue.finish(self.server, done)
            self.woken.set()

    async def _stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.woken.set()


async def _keep_running(loop: LaneLoop, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await loop.run(stop)
        except Exception:  # noqa: BLE001  the worker's loop
            # A full disk or a locked database must not end the lane: leases lapse and jobs run again.
            logger().exception("lane.crashed", lane=loop.lane)
            loop = replace(loop, running={}, done=[], woken=asyncio.Event())
            await asyncio.sleep(_RESTART_SECONDS)


async def _attempt(server: Server, table: Table, job: Claimed) -> bool:
    """Run the job; True when it succeeded, else what becomes of it is recorded already."""
    if job.attempts > job.work.attempts:
        await queue.bury(server, job, "The server died each time that this was tried.")
        return False
    try:
        await table[type(job.work)](server, job.work)
    except Postponed as error:
        await queue.hold(server, job, error.wait_seconds)
        return False
    except FediError as error:
        return await _judge(server, job, error)
    except Exception:
        log = logger().bind(job=job.id, kind=job.work.kind(), attempt=job.attempts)
        log.exception("job.crashed")
        await _again(server, job, traceback.format_exc(), 0)
        return False
    return True


async def _judge(server: Server, job: Claimed, error: FediError) -> bool:
    log = logger().bind(job=job.id, kind=job.work.kind(), attempt=job.attempts, error=str(error))
    if error.fate is Fate.DROP:
        log.info("job.dropped")
        await queue.drop(server, job, str(error))
        return False
    if error.fate is Fate.BURY:
        log.warning("job.buried")
        await queue.bury(server, job, str(error))
        return False
    await _again(server, job, str(error), error.retry_after_seconds if isinstance(error, TooMany) else 0)
    return False


async def _again(server: Server, job: Claimed, error: str, least_seconds: float) -> None:
    """Try a job again when its schedule says, or later: waits of a second would soon use up all attempts."""
    if job.attempts >= job.work.attempts:
        await queue.bury(server, job, error)
        return
    await queue.put_off(server, job, max(wait_seconds(job.attempts), least_seconds), error=error)
