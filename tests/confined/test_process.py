"""A confined process seen from the server: what it prints."""

import asyncio
import os

import pytest
from structlog.testing import capture_logs

from fedi.confined.pipe import Begin
from fedi.confined.process import ConfinedProcess
from fedi.errors import ProcessFailed, ProcessStopped
from fedi.media.messages import REPLIES, PrepareEmoji, Taken
from fedi.styles.catalogue import EMBEDDED, Catalogue
from fedi.styles.engine import StyleEngine

pytestmark = pytest.mark.anyio


class Chatty(ConfinedProcess):
    module, subject = "tests.confined.chatty", "The talk"
    failed, stopped = ProcessFailed, ProcessStopped
    replies = REPLIES

    @classmethod
    async def started(cls):
        process = await cls.start(1000)
        limits = {"threads": 1, "seconds": 20, "memory_bytes": 2**29, "max_pixels_in": 1, "max_pixels_out": 1}
        await process.begin(Begin(parent=os.getpid(), **limits))
        return process


async def test_what_it_prints_is_told_within_bounds_and_holds_nothing_up():
    with capture_logs() as told:
        process = await Chatty.started()
        with pytest.raises(ProcessFailed, match="said enough"):
            await process.ask(PrepareEmoji(data=b""), Taken, seconds=20)
        await asyncio.wait_for(process.gone(), 10)

    printed = "".join(each["text"] for each in told if each["event"] == "process.printed")
    assert 4096 <= len(printed) <= 32 * 1024


async def test_it_shares_our_session_where_low_priority_counts_and_leaves_our_group():
    process = await Chatty.started()
    pid = process._process.pid
    found = os.getsid(pid), os.getpgid(pid), os.getpriority(os.PRIO_PROCESS, pid)
    process.kill()
    await asyncio.wait_for(process.gone(), 10)

    assert found == (os.getsid(0), pid, os.getpriority(os.PRIO_PROCESS, 0) + 10)


async def test_a_style_worker_has_nothing_to_say():
    engine = StyleEngine(Catalogue([EMBEDDED]))
    with capture_logs() as told:
        await engine.warm("cel")
        await engine.close()

    assert [each for each in told if each["event"] == "process.printed"] == []
