"""One reel's process, seen from the server: opened for one film, gone after it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fedi.confined.pipe import Begin
from fedi.confined.process import ConfinedProcess, OnProgress
from fedi.errors import NotFound, StyleFailed, StyleStopped
from fedi.reels.messages import REPLIES, Reply, Request

# A film that was made, and the frames of it that are not compressed well.
MAX_REPLY_BYTES = 48 * 1024 * 1024

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReelLimits:
    """What one request may cost. `memory_bytes` is address space, about 350 MB of it FFmpeg's own at rest."""

    seconds: int = 120
    memory_bytes: int = 1280 * 1024 * 1024
    threads: int = 2
    max_pixels: int = 40_000_000


class _Worker(ConfinedProcess[Reply]):
    module, subject = "fedi.reels.worker", "The film"
    failed, stopped = StyleFailed, StyleStopped
    replies = REPLIES


class ReelProcess:
    """A started process. `file` is the number under which it has the film open."""

    def __init__(self, worker: _Worker, limits: ReelLimits, file: int) -> None:
        self._worker, self._limits, self.file = worker, limits, file

    async def ask(
        self, request: Request, kind: type[R] | tuple[type[R], ...], on_progress: OnProgress | None = None
    ) -> R:
        """Send a request and wait for an answer of this kind, or one of these. Raises StyleFailed."""
        return await self._worker.ask(request, kind, seconds=self._limits.seconds, on_progress=on_progress)


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
        worker = await _Worker.start(MAX_REPLY_BYTES, files=(file,))
    finally:
        os.close(file)
    try:
        await worker.begin(
            Begin(
                parent=os.getpid(), threads=limits.threads, seconds=limits.seconds,
                memory_bytes=limits.memory_bytes, max_pixels_in=limits.max_pixels,
                max_pixels_out=limits.max_pixels,
            )
        )  # fmt: skip
        yield ReelProcess(worker, limits, file)
    finally:
        worker.kill()
        await worker.gone()
