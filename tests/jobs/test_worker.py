"""The worker: every job runs, failures are judged by their fate, and stopping loses nothing."""

import asyncio
from collections import Counter

import pytest

from fedi.errors import Malformed, Postponed, StyleFailed, TooMany, Unreachable
from fedi.jobs import queue, worker
from fedi.jobs.kinds import Deliver, Prune
from fedi.jobs.queue import NewJob
from fedi.models.jobs import Job

pytestmark = pytest.mark.anyio


def job(number: int, **more) -> NewJob:
    return NewJob(work=Deliver(activity_id=number, inbox_url="https://b.example/inbox"), **more)


async def put(server, *jobs: NewJob) -> None:
    async with server.db.transaction():
        await queue.enqueue(server, *jobs)


async def working(server, run, until) -> None:
    """Run the worker until `until()` is true."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(worker.run(server, {Deliver: run}, stop))
    async with asyncio.timeout(20):
        while not await until():
            await asyncio.sleep(0.01)
    stop.set()
    await task


async def left(state: str) -> int:
    return await Job.filter(state=state).count()


async def test_every_job_runs_once_and_is_done(server):
    ran = Counter()

    async def run(_, work):
        ran[work.activity_id] += 1
        await asyncio.sleep(0.001)

    await put(server, *(job(number, group_key=f"host{number % 7}") for number in range(200)))

    async def all_done() -> bool:
        return await left("done") == 200

    await working(server, run, all_done)
    assert ran == Counter(range(200))


async def test_no_more_of_one_host_run_at_once_than_allowed(server):
    running, most = Counter(), Counter()

    async def run(_, work):
        host = work.activity_id % 2
        running[host] += 1
        most[host] = max(most[host], running[host])
        await asyncio.sleep(0.005)
        running[host] -= 1

    await put(server, *(job(number, group_key=f"host{number % 2}") for number in range(40)))

    async def all_done() -> bool:
        return await left("done") == 40

    await working(server, run, all_done)
    assert max(most.values()) <= server.settings.federation.deliveries_per_host


async def test_a_job_put_in_while_the_worker_waits_runs_at_once(server):
    ran = asyncio.Event()

    async def run(_, __):
        ran.set()

    async def has_run() -> bool:
        if not await Job.all().exists():
            await asyncio.sleep(0.2)
            await put(server, job(1))
        return ran.is_set()

    begun = asyncio.get_running_loop().time()
    await working(server, run, has_run)
    assert asyncio.get_running_loop().time() - begun < 3


@pytest.mark.parametrize(
    ("error", "state", "attempts"),
    [
        (Unreachable("down"), "ready", 1),
        (TooMany("slow down", retry_after_seconds=5), "ready", 1),
        (Postponed("later", wait_seconds=5), "ready", 0),
        (Malformed("nonsense"), "done", 1),
        (StyleFailed("ugly"), "done", 1),
        (ZeroDivisionError("a bug"), "ready", 1),
    ],
)
async def test_a_failure_is_judged_by_its_fate(server, error, state, attempts):
    async def run(_, __):
        raise error

    await put(server, job(1))
    await worker.drain(server, {Deliver: run})

    row = await Job.get()
    assert (row.state, row.attempts) == (state, attempts)
    # What was only put off was not tried: there is nothing to say of it.
    assert (str(error) in row.error) == (not isinstance(error, Postponed))


async def test_a_job_that_always_fails_is_buried_in_the_end(server, clock):
    async def run(_, __):
        raise Unreachable("down")

    await put(server, job(1))
    for _ in range(Deliver.attempts + 2):
        await worker.drain(server, {Deliver: run})
        clock.turn(days=1)

    row = await Job.get()
    assert (row.state, row.attempts) == ("buried", Deliver.attempts)


async def test_a_job_under_which_the_server_dies_each_time_is_buried(server, clock):
    await put(server, NewJob(work=Prune()))
    for _ in range(Prune.attempts):
        await queue.claim(server, Prune.lane, 1)
        clock.turn(seconds=queue.LEASE.total_seconds() + 1)

    await worker.drain(server, {})

    assert (await Job.get()).state == "buried"


async def test_stopping_lets_running_jobs_finish(server):
    begun, finished = asyncio.Event(), []

    async def run(_, __):
        begun.set()
        await asyncio.sleep(0.2)
        finished.append(1)

    await put(server, job(1))

    async def has_begun() -> bool:
        return begun.is_set()

    await working(server, run, has_begun)
    assert (finished, await left("done")) == ([1], 1)
