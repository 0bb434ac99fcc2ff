"""Topics within a process and between processes."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from fedi.pubsub import PubSub

pytestmark = pytest.mark.anyio

OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from fedi.pubsub import PubSub

async def main():
    pubsub = PubSub(Path(sys.argv[1]))
    with pubsub.subscribe("there") as heard:
        print("listening", flush=True)
        while True:
            pubsub.publish("here", (await heard.get())[1] + " too")

asyncio.run(main())
"""


@contextmanager
def opened(*folders):
    each = [PubSub(folder) for folder in folders]
    try:
        yield each
    finally:
        for one in each:
            one.close()


async def heard_by(queue):
    async with asyncio.timeout(5):
        return await queue.get()


async def test_what_one_publishes_the_other_hears(tmp_path):
    with opened(tmp_path / "live", tmp_path / "live") as (one, other), other.subscribe("topic") as queue:
        one.publish("topic", "word")

        assert await heard_by(queue) == ("topic", "word")


async def test_the_own_word_is_heard_once(tmp_path):
    with opened(tmp_path / "live") as (one,), one.subscribe("topic", "end") as queue:
        one.publish("topic", "word")
        await asyncio.sleep(0.05)
        one.publish("end")

        assert [queue.get_nowait()[0] for _ in range(queue.qsize())] == ["topic", "end"]


async def test_calls_are_made_at_every_message(tmp_path):
    called = asyncio.Event()
    with opened(tmp_path / "live", tmp_path / "live") as (one, other), other.calling("topic", called.set):
        one.publish("topic")

        await asyncio.wait_for(called.wait(), 5)


async def test_only_our_own_user_may_enter_the_folder(tmp_path):
    (tmp_path / "live").mkdir(mode=0o777)
    with opened(tmp_path / "live") as (one,), one.subscribe("topic"):
        assert (tmp_path / "live").stat().st_mode & 0o777 == 0o700


async def test_who_only_publishes_leaves_nothing_behind(tmp_path):
    with opened(tmp_path / "live") as (one,):
        one.publish("topic", "word")

    assert not (tmp_path / "live").exists()


async def test_closing_sends_what_still_waits_and_removes_the_socket(tmp_path):
    with opened(tmp_path / "live") as (other,), other.subscribe("topic") as queue:
        with opened(tmp_path / "live") as (one,), one.subscribe("else"):
            one.publish("topic", "last word")

        assert await heard_by(queue) == ("topic", "last word")
        assert len(os.listdir(tmp_path / "live")) == 1


async def test_a_path_too_long_for_an_address_will_do(tmp_path):
    folder = tmp_path / ("deep" * 30)
    with opened(folder, folder) as (one, other), other.subscribe("topic") as queue:
        one.publish("topic", "word")

        assert await heard_by(queue) == ("topic", "word")


async def test_many_messages_arrive_in_order(tmp_path):
    with opened(tmp_path / "live", tmp_path / "live") as (one, other), other.subscribe("topic") as queue:
        for number in range(900):
            one.publish("topic", f"{number:0500}")

        assert [int((await heard_by(queue))[1]) for _ in range(900)] == list(range(900))


async def test_what_is_too_large_is_dropped_and_counted(tmp_path):
    with opened(tmp_path / "live", tmp_path / "live") as (one, other), other.subscribe("topic") as queue:
        one.publish("topic", "x" * 200_000)
        one.publish("topic", "word")

        assert await heard_by(queue) == ("topic", "word")
        assert one.dropped == 1


async def test_who_does_not_listen_holds_nobody_up(tmp_path):
    with opened(tmp_path / "live", tmp_path / "live") as (one, other), other.subscribe("topic"):
        asyncio.get_running_loop().remove_reader(other._others._receiving.fileno())
        begun = asyncio.get_running_loop().time()
        for number in range(10_000):
            one.publish("topic", f"{number:01000}")
        one._others._flush()

        assert asyncio.get_running_loop().time() - begun < 5
        assert one.dropped > 1000


async def test_a_folder_that_cannot_be_made_leaves_a_process_on_its_own(tmp_path):
    (tmp_path / "file").write_text("")
    with opened(tmp_path / "file" / "live") as (one,), one.subscribe("topic") as queue:
        one.publish("topic", "word")

        assert await heard_by(queue) == ("topic", "word")


async def test_nonsense_in_the_socket_is_passed_over(tmp_path):
    with opened(tmp_path / "live", tmp_path / "live") as (one, other), other.subscribe("topic") as queue:
        one.publish("topic", "before")
        await heard_by(queue)
        one._others._sending.sendto(b"\xff{", one._others._path(other._others._name))
        one.publish("topic", "after")

        assert await heard_by(queue) == ("topic", "after")


async def test_a_killed_process_is_forgotten(tmp_path):
    folder = tmp_path / "live"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHER_PROCESS, str(folder), stdout=subprocess.PIPE
    )
    with opened(folder) as (one,), one.subscribe("here") as queue:
        await child.stdout.readline()
        one.publish("there", "heard")
        assert await heard_by(queue) == ("here", "heard too")

        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
        assert len(os.listdir(folder)) == 2
        one.publish("there", "gone")
        one._others._flush()

        assert len(os.listdir(folder)) == 1
        assert not one._others._waiting
