"""One worker process and the pipe to it, seen from the server. What it is asked: styles/engine.py."""

import asyncio
import inspect
import os
import signal
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from fedi.errors import StyleFailed, StyleStopped
from fedi.styles.catalogue import Style
from fedi.styles.messages import (
    LENGTH_BYTES,
    Begin,
    Failed,
    Progress,
    Ready,
    Reply,
    Request,
    frame,
    read_reply,
)

# A third of a second on a free machine, most of it onnxruntime; this is for a very busy one.
START_SECONDS = 60.0
# PNG of noise is the longest answer: four bytes a pixel and a little.
REPLY_BYTES_PER_PIXEL = 4
REPLY_SPARE_BYTES = 1024 * 1024
# Of styles that are kept loaded: a session takes some three times its model's bytes, and up to a megabyte.
MAX_STYLES, MAX_HELD_BYTES = 8, 16 * 1024 * 1024
# The worker sees none of the server's environment. One arena, one BLAS thread: address space is counted.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# Where the server's own code lies: the worker runs the same, whatever else is installed.
_ROOT = str(Path(__file__).parents[2])
_START = f"""import sys
if {_ROOT!r} not in sys.path:
    sys.path.insert(0, {_ROOT!r})
from fedi.styles.worker import main
main()"""
# -I: neither the folder we stand in nor the user's own can bring modules; -B: it may write no file.
COMMAND = (sys.executable, "-I", "-B", "-c", _START)

OnProgress = Callable[[float], Awaitable[None] | None]


class Held(NamedTuple):
    """A style that a worker holds: its models' bytes, and what was found in them."""

    style: Style
    size: int
    facts: dict[str, Any]


class WorkerProcess:
    """A started worker. `held` is what it has loaded, last used last.

    Not `usable` once in an unknown state.
    """

    def __init__(self, process: asyncio.subprocess.Process, max_reply_bytes: int) -> None:
        self._process = process
        self._max_reply_bytes = max_reply_bytes
        self._asked = False
        self.limits: dict[str, bool] = {}
        self.held: OrderedDict[str, Held] = OrderedDict()

    @classmethod
    async def start(cls, begin: Begin) -> "WorkerProcess":
        """Start a process in a session of its own; the first thing to say to it is `begin`."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
        return cls(process, begin.max_pixels_out * REPLY_BYTES_PER_PIXEL + REPLY_SPARE_BYTES)

    async def begin(self, begin: Begin) -> None:
        """Wait until it stands under its limits. Raises StyleFailed."""
        answer = await self.ask(begin, seconds=START_SECONDS)
        if not isinstance(answer, Ready):
            raise StyleFailed("The style's process did not start.")
        self.limits = answer.limits

    @property
    def usable(self) -> bool:
        """Whether another question can be asked: it lives, and every question had its answer."""
        return self._process.returncode is None and not self._asked

    def make_room(self, size: int) -> tuple[str, ...]:
        """Count as gone those styles that were used longest ago, until `size` bytes more may be held."""
        gone = []
        while self.held and (
            len(self.held) >= MAX_STYLES
            or size + sum(held.size for held in self.held.values()) > MAX_HELD_BYTES
        ):
            gone.append(self.held.popitem(last=False)[0])
        return tuple(gone)

    async def ask(self, request: Request, *, seconds: float, on_progress: OnProgress | None = None) -> Reply:
        """Send a request and wait for its answer; `on_progress` gets 0..1, never falling. Raises StyleFailed.

        Left early (too late, cancelled, or `on_progress` raised), the process is no longer `usable`.
        """
        self._asked = True
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                reply = await self._answer(request, on_progress)
        except TimeoutError as error:
            # One of the caller's own, out of `on_progress`, is not ours to word.
            if not deadline.expired():
                raise
            raise StyleFailed(f"The style took longer than {seconds:g} seconds.") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise await self._how_it_ended() from error
        except msgspec.MsgspecError as error:
            raise StyleFailed("The style's process said something that cannot be read.") from error
        self._asked = isinstance(reply, Failed) and reply.ended
        return reply

    def kill(self) -> None:
        """End the process and all that it may have started, at once."""
        if self._process.returncode is None:
            # Already gone, but not yet told to us.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until the process is no more and the pipes are closed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _answer(self, request: Request, on_progress: OnProgress | None) -> Reply:
        await self._write(frame(request))
        reached = 0.0
        while isinstance(reply := read_reply(await self._read()), Progress):
            reached = min(1.0, max(reached, reply.fraction))
            if on_progress is not None and inspect.isawaitable(waiting := on_progress(reached)):
                await waiting
        return reply

    async def _write(self, message: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101  asked for in `start`
        self._process.stdin.write(message)
        await self._process.stdin.drain()

    async def _read(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101  asked for in `start`
        length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES), "big")
        if length > self._max_reply_bytes:
            raise StyleFailed("The style's process answered with more than a picture can hold.")
        return await self._process.stdout.readexactly(length)

    async def _how_it_ended(self) -> StyleFailed:
        self.kill()
        status = await self._process.wait()
        if status == -signal.SIGXCPU:
            return StyleFailed("The style took more processor time than this server allows.")
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return StyleStopped(f"The style's process ended before the picture was done ({how}).")
