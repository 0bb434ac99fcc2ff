"""The table of jobs, and what runs by the clock."""

import asyncio
import inspect
from functools import partial

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from fedi.clock import TurnableClock
from fedi.jobs.kinds import KINDS, Prune
from fedi.models.jobs import Job
from fedi.models.posts import Tombstone
from fedi.server import Server
from fedi.worker import TABLE, run_worker
from tests.support.servers import eventually

pytestmark = pytest.mark.anyio


def test_every_kind_of_job_has_a_function_that_takes_a_server_and_the_job() -> None:
    assert set(TABLE) == set(KINDS.values())
    for kind, function in TABLE.items():
        assert inspect.iscoroutinefunction(function)
        _, job = inspect.signature(function).parameters.values()
        assert job.annotation is kind


async def test_housekeeping_is_asked_for_once_an_hour_by_one_of_many(
    server: Server, clock: TurnableClock
) -> None:
    for hour in (1, 2):
        stop = asyncio.Event()
        workers = [asyncio.ensure_future(run_worker(server, stop)) for _ in range(2)]
        assert await eventually(partial(_is_done, hour))
        stop.set()
        await asyncio.gather(*workers)
        clock.turn(hours=1)

    assert await Job.filter(kind=Prune.kind()).count() == 2


async def test_what_the_clock_asks_for_is_asked_again_after_a_full_disk(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedi.worker._AGAIN_SECONDS", 0.05)
    await server.db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    stop = asyncio.Event()
    with capture_logs() as logs:
        worker = asyncio.ensure_future(run_worker(server, stop))
        assert await eventually(partial(_said, logs, "hours.failed"))

    await server.db.execute("DROP TRIGGER full")

    assert await eventually(partial(_is_done, 1))
    stop.set()
    await worker


async def _said(logs: list[EventDict], event: str) -> bool:
    return event in [entry["event"] for entry in logs]


async def _is_done(jobs: int) -> bool:
    return await Job.filter(kind=Prune.kind(), state="done").count() == jobs


async def test_what_housekeeping_is_for_happens_by_itself(server: Server, clock: TurnableClock) -> None:
    await Tombstone.create(
        id=server.new_id(), uri="https://remote.example/1", actor_uri="", deleted_at=clock.now()
    )
    clock.turn(days=91)
    stop = asyncio.Event()

    worker = asyncio.ensure_future(run_worker(server, stop))

    assert await eventually(_no_tombstone)
    stop.set()
    async with asyncio.timeout(5):
        await worker


async def _no_tombstone() -> bool:
    return not await Tombstone.exists()
