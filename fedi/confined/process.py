"""One confined process and the pipe to it, seen from the server. What it is asked: its own messages.py."""

import asyncio
import inspect
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from fedi.confined.pipe import LENGTH_BYTES, Begin, Failed, Progress, Ready, framed
from fedi.errors import ProcessFailed
from fedi.logs import logger

# A third of a second on a free machine; this is for a very busy one.
START_SECONDS = 60.0
# It has closed the pipe, and ends by itself unless something holds it.
_END_SECONDS = 2.0
# Of what a process prints, so much is told; it may be a stranger's words.
_MAX_PRINTED_BYTES, _PRINTED_CHUNK = 16 * 1024, 4096
# The process sees none of the server's environment. One arena, one BLAS thread: address space is counted.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # It starts with the library, tries to keep a number for this machine in a file, and complains.
    "ORT_DISABLE_TELEMETRY": "1",
}
# Where the server's own code lies: the process runs the same, whatever else is installed.
ROOT = str(Path(__file__).parents[2])

OnProgress = Callable[[float], Awaitable[None] | None]
R = TypeVar("R")
P = TypeVar("P", bound="ConfinedProcess[Any]")
Reply = TypeVar("Reply")


def command(script: str, *words: str) -> tuple[str, ...]:
    """Give the command that runs a script of ours in an interpreter of its own, with `fedi` at hand.

    It leaves our process group, so that a Ctrl-C is ours to answer, but not our session: where Linux shares
    the processor between sessions, `nice` counts within one alone (sched(7), autogroups).
    """
    leave = "import os\nos.setpgid(0, 0)\n"
    find_us = f"import sys\nif {ROOT!r} not in sys.path:\n    sys.path.insert(0, {ROOT!r})\n"
    # -I: neither the folder we stand in nor the user's own can bring modules; -B: it may write no file.
    return (sys.executable, "-I", "-B", "-c", leave + find_us + script, *words)


class ConfinedProcess(Generic[Reply]):
    """A started process, asked one thing at a time. Not `usable` once in an unknown state.

    A kind of process names the module whose `main` it runs, what is told of it when it fails, and how.
    """

    module: ClassVar[str]
    subject: ClassVar[str]
    failed: ClassVar[type[ProcessFailed]]
    stopped: ClassVar[type[ProcessFailed]]
    replies: ClassVar[msgspec.msgpack.Decoder[Any]]

    def __init__(self, process: asyncio.subprocess.Process, max_reply_bytes: int) -> None:
        self._process = process
        self._max_reply_bytes = max_reply_bytes
        self._asked = False
        # A pipe is read by one at a time.
        self._reading = asyncio.Lock()
        self._printed = asyncio.create_task(self._listen())  # noqa: TID251  ends with the process's own output
        self.limits: dict[str, bool] = {}

    @classmethod
    async def start(cls: type[P], max_reply_bytes: int, *, files: Sequence[int] = ()) -> P:
        """Start a process with these open files; say `begin` to it first."""
        process = await asyncio.create_subprocess_exec(
            *command(f"from {cls.module} import main\nmain()"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Not our own standard error: that may be a file, and one that may write none dies of it.
            stderr=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
            pass_fds=files,
        )
        return cls(process, max_reply_bytes)

    async def begin(self, begin: Begin) -> None:
        """Wait until it stands under its limits. Raises the kind's errors."""
        self.limits = (await self.ask(begin, Ready, seconds=START_SECONDS)).limits

    @property
    def usable(self) -> bool:
        """Whether another question can be asked: it lives, and every question had its answer."""
        return self._process.returncode is None and not self._asked

    async def ask(
        self,
        request: msgspec.Struct,
        kind: type[R] | tuple[type[R], ...],
        *,
        seconds: float,
        on_progress: OnProgress | None = None,
    ) -> R:
        """Send a request and wait for an answer of this kind, or one of these.

        `on_progress` gets 0..1, never falling. Left early (too late, cancelled, or `on_progress` raised), the
        process is no longer `usable`. Raises the kind's errors, in the process's own words where it has some.
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
            raise self.failed(f"{self.subject} took longer than {seconds:g} seconds.") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise await self._how_it_ended() from error
        except msgspec.MsgspecError as error:
            raise self.failed(f"{self.subject}'s process said something that cannot be read.") from error
        self._asked = isinstance(reply, Failed) and reply.ended
        if isinstance(reply, Failed):
            raise self.failed(reply.reason)
        if not isinstance(reply, kind):
            raise self.failed(f"{self.subject}'s process answered something else than was asked.")
        return reply

    def kill(self) -> None:
        """End the process and all that it may have started, at once."""
        if self._process.returncode is None:
            # Already gone, but not yet told to us; or too young to have a group of its own.
            with suppress(ProcessLookupError):
                self._process.kill()
                os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until the process is no more and the pipes are closed."""
        assert self._process.stdin is not None  # noqa: S101  asked for in `start`
        assert self._process.stdout is not None  # noqa: S101  asked for in `start`
        self._process.stdin.close()
        await self._process.wait()
        # To its end: a pipe that is left open is closed by the collector, maybe after the event loop.
        async with self._reading:
            while await self._process.stdout.read(_PRINTED_CHUNK):
                pass
        await self._printed
        with suppress(ConnectionError):
            await self._process.stdin.wait_closed()

    async def _answer(self, request: msgspec.Struct, on_progress: OnProgress | None) -> object:
        await self._write(framed(request))
        reached = 0.0
        while isinstance(reply := self.replies.decode(await self._read()), Progress):
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
        async with self._reading:
            length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES), "big")
            if length > self._max_reply_bytes:
                raise self.failed(f"{self.subject}'s process answered with more than it may.")
            return await self._process.stdout.readexactly(length)

    async def _listen(self) -> None:
        """Tell in the log what the process prints, to a bound; read on, so that it never waits for us."""
        assert self._process.stderr is not None  # noqa: S101  asked for in `start`
        told = 0
        while said := await self._process.stderr.read(_PRINTED_CHUNK):
            if told < _MAX_PRINTED_BYTES:
                logger().warning("process.printed", process=self.module, text=said.decode(errors="replace"))
            told += len(said)

    async def _how_it_ended(self) -> ProcessFailed:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        self.kill()
        status = await self._process.wait()
        if status == -signal.SIGXCPU:
            return self.failed(f"{self.subject} took more processor time than this server allows.")
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return self.stopped(f"{self.subject}'s process ended before it was done ({how}).")


class Leaving:
    """Processes that were ended and are not gone yet. Belongs to one event loop; `wait` before it ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def end(self, process: ConfinedProcess[Any]) -> None:
        """End a process now, and close its pipes as soon as it is gone."""
        process.kill()
        task = asyncio.create_task(process.gone())  # noqa: TID251  it ends with the process
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self) -> None:
        """Wait until all are gone, those too that are ended meanwhile."""
        while self._tasks:
            await asyncio.wait(self._tasks)
