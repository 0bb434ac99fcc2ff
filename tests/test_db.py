"""The database: transactions, what waits for them, reads beside a writer, two servers in one process."""

import asyncio
import sqlite3

import pytest
from tortoise.exceptions import OperationalError

from fedi.db import Database
from fedi.errors import StorageFull
from fedi.models.posts import Tag

pytestmark = pytest.mark.anyio


async def make_tag(server, name: str) -> Tag:
    return await Tag.create(id=server.new_id(), name=name, display=name, created_at=server.clock.now())


async def test_a_failed_transaction_leaves_nothing_and_calls_nobody(server):
    called = []

    with pytest.raises(ValueError, match="stop"):
        async with server.db.transaction():
            await make_tag(server, "one")
            server.db.after_commit(lambda: called.append("one"))
            raise ValueError("stop")

    assert (await Tag.all().count(), called) == (0, [])


async def test_a_nested_transaction_joins_the_outer_one(server):
    called = []

    with pytest.raises(ValueError, match="stop"):
        async with server.db.transaction():
            async with server.db.transaction():
                await make_tag(server, "inner")
                server.db.after_commit(lambda: called.append("inner"))
            assert called == []
            raise ValueError("stop")

    assert (await Tag.all().count(), called) == (0, [])


async def test_after_commit_runs_once_the_rows_can_be_read(server):
    seen = []
    async with server.db.transaction():
        await make_tag(server, "one")
        server.db.after_commit(lambda: seen.append("called"))
        assert seen == []

    assert (seen, await Tag.all().count()) == (["called"], 1)


async def test_a_reader_does_not_wait_for_a_writer(server):
    inside, go = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with server.db.transaction():
            await make_tag(server, "slow")
            inside.set()
            await go.wait()

    writer = asyncio.ensure_future(write())
    await inside.wait()
    async with asyncio.timeout(1):
        assert await Tag.all().count() == 0
    go.set()
    await writer

    assert await Tag.all().count() == 1


async def test_a_second_process_that_writes_makes_nobody_fail(server, settings):
    async def ours() -> None:
        for number in range(20):
            async with server.db.transaction():
                await Tag.filter(name="x").count()
                await make_tag(server, f"ours-{number}")

    def theirs() -> None:
        for number in range(20):
            other.execute("BEGIN IMMEDIATE")
            other.execute(
                "INSERT INTO tags (id, name, display, created_at) VALUES (?, ?, '', '2026-01-01')",
                [number, f"theirs-{number}"],
            )
            other.execute("COMMIT")

    other = sqlite3.connect(
        settings.path(settings.database.file), timeout=10, isolation_level=None, check_same_thread=False
    )
    await asyncio.gather(ours(), asyncio.to_thread(theirs))

    assert await Tag.all().count() == 40


async def test_two_databases_in_one_process_stay_apart(server, tmp_path, migrated_file):
    copy = tmp_path / "other.db"
    copy.write_bytes(migrated_file.read_bytes())
    other = Database(copy)
    await other.open()
    try:
        await make_tag(server, "here")
        with other.activate():
            assert await Tag.all().count() == 0
        assert await Tag.all().count() == 1
    finally:
        await other.close()


async def test_a_task_cancelled_at_any_moment_leaves_no_transaction_open(server):
    async def write() -> None:
        async with server.db.transaction():
            await make_tag(server, "half")
            raise ValueError

    for moment in range(40):
        task = asyncio.ensure_future(write())
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
        # Twice: the second one hits what cleans up after the first.
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        async with asyncio.timeout(5):
            async with server.db.transaction():
                assert not await Tag.exists()


async def test_a_lock_that_was_not_given_in_time_is_asked_for_again(server, settings):
    await server.db.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(settings.path(settings.database.file), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(OperationalError, match="locked"):
            async with server.db.transaction():
                pass
    other.close()

    async with asyncio.timeout(5):
        async with server.db.transaction():
            await make_tag(server, "one")
    assert await Tag.all().count() == 1


async def test_a_full_disk_is_told_and_ends_with_the_room(server):
    (pages,) = await server.db.execute("PRAGMA page_count")
    await server.db.execute(f"PRAGMA max_page_count = {pages['page_count']}")

    with pytest.raises(StorageFull):
        async with server.db.transaction():
            for n in range(2000):
                await make_tag(server, f"{n}" * 50)

    await server.db.execute("PRAGMA max_page_count = 1000000")
    async with server.db.transaction():
        await make_tag(server, "one")
    assert await Tag.all().count() == 1
