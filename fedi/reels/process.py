"""One reel's process and the pipe to it, seen from the server: opened for one film, gone after it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from fedi.errors import NotFound, StyleFailed, StyleStopped
from fedi.reels.messages import Begin, Failed, Progress, Ready, Reply, Request, packed, read_reply
from fedi.styles.messages import LENGTH_BYTES
from fedi.styles.process import ENVIRONMENT, START_SECONDS

# A film that was made, and the frames of it that are not compressed well.
MAX_REPLY_BYTES = 48 * 1024 * 1024
_END_SECONDS = 2.0
_ROOT = str(Path(__file__).parents[2])
_START = f"""import sys
if {_ROOT!r} not in sys.path:
    sys.path.insert(0, {_ROOT!r})
from fedi.reels.worker import main
main()"""
# As the style worker's: no modules of other folders, no files written.
COMMAND = (sys.executable, "-I", "-B", "-c", _START)

R = TypeVar("R")
OnProgress = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReelLimits:
    """What one request may cost. `memory_bytes` is address space, about 350 MB of it FFmpeg's own at rest."""

    seconds: int = 120
    memory_bytes: int = 1280 * 1024 * 1024
    threads: int = 2
    max_pixels: int = 40_000_000


class ReelProcess:
    """A started process. `file` is the number under which it has the film open."""

    def __init__(self, process: asyncio.subprocess.Process, limits: ReelLimits, file: int) -> None:
        self._process, self._limits, self.file = process, limits, file

    async def ask(
        self, request: Request, kind: type[R] | tuple[type[R], ...], on_progress: OnProgress | None = None
    ) -> R:
        """Send a request and wait for an answer of this kind, or one of these. Raises StyleFailed."""
        seconds = START_SECONDS if isinstance(request, Begin) else self._limits.seconds
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                reply = await self._answer(request, on_progress)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise StyleFailed(f"It took longer than {seconds:g} seconds.") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise StyleStopped(await self._how_it_ended()) from error
        except msgspec.MsgspecError as error:
            raise StyleFailed("The film's process said something that cannot be read.") from error
        if isinstance(reply, Failed):
            raise StyleFailed(reply.reason)
        if not isinstance(reply, kind):
            raise StyleFailed("The film's process answered something else than was asked.")
        return reply

    def kill(self) -> None:
        """End the process at once."""
        if self._process.returncode is None:
            # Already gone, but not yet told to us.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until the process is no more and the pipes are closed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _how_it_ended(self) -> str:
        # It has closed the pipe, and ends by itself unless something holds it.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        self.kill()
        status = await self._process.wait()
        if status == -signal.SIGXCPU:
            return "It took more processor time than this server allows."
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return f"The film's process ended before it was done ({how})."

    async def _answer(self, request: Request, on_progress: OnProgress | None) -> Reply:
        assert self._process.stdin is not None  # noqa: S101  asked for in `open_reel`
        self._process.stdin.write(packed(request))
        await self._process.stdin.drain()
        while isinstance(reply := read_reply(await self._read()), Progress):
            if on_progress is not None:
                await on_progress(min(1.0, max(0.0, reply.fraction)))
        return reply

    async def _read(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101  asked for in `open_reel`
        length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES), "big")
        if length > MAX_REPLY_BYTES:
            raise StyleFailed("The film's process answered with more than a film may have.")
        return await self._process.stdout.readexactly(length)


@asynccontextmanager
async def open_reel(film: Path, limits: ReelLimits) -> AsyncIterator[ReelProcess]:
    """Start a confined process that has the file `film` open, and nothing else; it ends with the block.

    Raises NotFound when there is no such file, StyleFailed when the process does not start.
    """
    try:
        file = os.open(film, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise NotFound from error
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            pass_fds=(file,),
        )
    finally:
        os.close(file)
    reel = ReelProcess(process, limits, file)
    try:
        begin = Begin(
            parent=os.getpid(), threads=limits.threads, seconds=limits.seconds,
            memory_bytes=limits.memory_bytes, max_pixels_in=limits.max_pixels,
            max_pixels_out=limits.max_pixels,
        )  # fmt: skip
        await reel.ask(begin, Ready)
        yield reel
    finally:
        reel.kill()
        await reel.gone()
