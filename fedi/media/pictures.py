"""Have pictures decoded, for an asyncio server: nothing here decodes, computes or blocks.

Processes of their own (media/worker.py) read the files under the limits of confined/sandbox.py, one at a time
each. They start when needed and go when idle. One that dies is tried anew once: that may have been another's
doing, and a picture that kills two is refused.
"""

import asyncio
import os
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from fedi.confined.pipe import Begin
from fedi.confined.process import ConfinedProcess, Leaving
from fedi.errors import Invalid, Postponed, ProcessFailed, ProcessStopped, TooLarge, Unsupported
from fedi.media.messages import (
    REPLIES,
    First,
    Look,
    Made,
    MadeEmoji,
    Prepare,
    PrepareDrawn,
    PrepareEmoji,
    PrepareFirst,
    Refused,
    Relabel,
    Relabelled,
    Reply,
    Taken,
)
from fedi.media.prepared import EncodedImage, ImageLimits, Prepared, PreparedEmoji
from fedi.media.provenance import DigitalSource, Label
from fedi.media.sniff import ImageKind

_KINDS = frozenset(kind.value for kind in ImageKind)
_MAX_BLURHASH = 64
_ERRORS = {"too_large": TooLarge, "unsupported": Unsupported}

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What reading pictures may cost.

    `memory_bytes` is a process's address space: 54 MB at rest, 350 MB for a JPEG of 40 megapixels.
    """

    processes: int = 2
    seconds: int = 60
    memory_bytes: int = 576 * 1024 * 1024
    reply_bytes: int = 128 * 1024 * 1024
    idle_seconds: float = 30.0


class PictureProcess(ConfinedProcess[Reply]):
    """A process that decodes. Raises ProcessFailed and ProcessStopped."""

    module, subject = "fedi.media.worker", "The picture"
    failed, stopped = ProcessFailed, ProcessStopped
    replies = REPLIES


class PictureReader:
    """The processes that decode. Belongs to one event loop; `close` it.

    Raises Invalid, TooLarge or Unsupported for a picture that is not taken, with a sentence for people;
    Postponed once closed.
    """

    def __init__(self, limits: PictureLimits | None = None) -> None:
        self._limits = limits or PictureLimits()
        self._turns = asyncio.Semaphore(self._limits.processes)
        # Whoever uploads waits for it, so it does not wait for what is being made of others' pictures.
        self._looks = asyncio.Semaphore(1)
        self._idle: list[PictureProcess] = []
        self._busy: set[PictureProcess] = set()
        self._closed = False
        self._idle_timer: asyncio.TimerHandle | None = None
        self._leaving = Leaving()

    async def look(self, data: bytes, limits: ImageLimits) -> None:
        """Raise for a file that can be seen not to be taken before its pixels are decoded."""
        await self._ask(Look(data=data, limits=limits), Taken, self._looks)

    async def prepare(
        self,
        data: bytes,
        limits: ImageLimits,
        *,
        pixels_kept: int,
        pixels_drawn: int = 0,
        claimed: DigitalSource | None = None,
    ) -> Prepared:
        """Make an upload fit to be kept (media/preparing.py); `pixels_drawn` are kept for the studio."""
        request = Prepare(
            data=data, limits=limits, pixels_kept=pixels_kept, pixels_drawn=pixels_drawn, claimed=claimed
        )
        return _checked((await self._ask(request, Made)).prepared)

    async def prepare_drawn(
        self, drawn: EncodedImage, label: Label, *, pixels_kept: int, pixels_drawn: int
    ) -> Prepared:
        """Make a picture of the studio fit to be kept."""
        request = PrepareDrawn(drawn=drawn, label=label, pixels_kept=pixels_kept, pixels_drawn=pixels_drawn)
        return _checked((await self._ask(request, Made)).prepared)

    async def prepare_first(self, data: bytes, label: Label | None) -> First:
        """Make a preview of a clip's first frame."""
        first = await self._ask(PrepareFirst(data=data, label=label), First)
        _check(first.blurhash, first.preview)
        return first

    async def prepare_emoji(self, data: bytes) -> PreparedEmoji:
        """Make a custom emoji."""
        emoji = (await self._ask(PrepareEmoji(data=data), MadeEmoji)).prepared
        _check("", emoji.file, emoji.still)
        return emoji

    async def relabel(self, data: bytes, label: Label | None) -> bytes:
        """Give the file of a kept picture with another label, or none."""
        return (await self._ask(Relabel(data=data, label=label), Relabelled)).data

    async def close(self) -> None:
        """End all processes and wait until they are gone. A picture that one has in hand is Postponed."""
        self._closed = True
        self._retire()
        for process in self._busy:
            self._leaving.end(process)
        await self._leaving.wait()

    async def _ask(self, request: msgspec.Struct, kind: type[R], turns: asyncio.Semaphore | None = None) -> R:
        try:
            async with turns or self._turns:
                try:
                    reply = await self._ask_one(request, kind)
                except ProcessStopped:
                    reply = await self._ask_one(request, kind)
        except ProcessFailed as error:
            raise Invalid("", str(error)) from error
        if isinstance(reply, Refused):
            known = _ERRORS.get(reply.kind)
            raise known(reply.reason) if known else Invalid(reply.field, reply.reason)
        return reply

    async def _ask_one(self, request: msgspec.Struct, kind: type[R]) -> R | Refused:
        if self._closed:
            raise Postponed("The server is stopping.", wait_seconds=0)
        process = await self._started()
        self._busy.add(process)
        try:
            return await process.ask(request, (kind, Refused), seconds=self._limits.seconds)
        finally:
            self._busy.remove(process)
            self._rest(process)

    async def _started(self) -> PictureProcess:
        while self._idle:
            process = self._idle.pop()
            if process.usable:
                return process
            self._leaving.end(process)
        limits = self._limits
        process = await PictureProcess.start(limits.reply_bytes)
        self._busy.add(process)
        try:
            await process.begin(
                Begin(
                    parent=os.getpid(), threads=1, seconds=limits.seconds, memory_bytes=limits.memory_bytes,
                    max_pixels_in=0, max_pixels_out=0, nice=0,
                )
            )  # fmt: skip
        except BaseException:
            self._leaving.end(process)
            raise
        finally:
            self._busy.remove(process)
        if self._closed:
            self._leaving.end(process)
            raise Postponed("The server is stopping.", wait_seconds=0)
        return process

    def _rest(self, process: PictureProcess) -> None:
        """After each picture: a process that is in order stays for a while, any other goes."""
        if self._closed or not process.usable:
            self._leaving.end(process)
            return
        self._idle.append(process)
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._idle_timer = asyncio.get_running_loop().call_later(self._limits.idle_seconds, self._retire)

    def _retire(self) -> None:
        """Give the memory back: end what is idle. The next picture starts another."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        for process in self._idle:
            self._leaving.end(process)
        self._idle = []


def _checked(prepared: Prepared) -> Prepared:
    files = (prepared.file, prepared.preview, *([prepared.full] if prepared.full else []))
    _check(prepared.blurhash, *files)
    return prepared


def _check(blurhash: str, *files: EncodedImage) -> None:
    """Refuse what no honest process answers with: it has read a stranger's file."""
    sizes = [side for file in files for side in (file.width, file.height)]
    is_known = all(file.media_type in _KINDS for file in files)
    if len(blurhash) > _MAX_BLURHASH or min(sizes) < 1 or not is_known:
        raise Invalid("", "The picture's process answered something else than was asked.")
