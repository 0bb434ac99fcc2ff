"""A film on its way through a style: frames out to be drawn, drawings in, steadied and written.

For the reel's process only. Of all frames one is held, and two drawings; what is written is held encoded.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import numpy as np
from PIL import Image

from fedi.errors import StyleFailed
from fedi.media.decode import BROKEN, fit
from fedi.media.images import PREVIEW_PIXELS
from fedi.reels.animations import Animation, Still
from fedi.reels.messages import Frame, Made, Open
from fedi.reels.steady import Pixels, Steady


class Source(Protocol):
    """What frames come from."""

    frames: int
    size: tuple[int, int]

    def __iter__(self) -> Iterator[Still]:
        """Give the frames in order."""

    def writer(self, xmp: bytes) -> "Writer":
        """What writes the drawn ones."""


class Writer(Protocol):
    """What drawn frames go to."""

    media_type: str

    @property
    def frames(self) -> int:
        """How many were written."""

    @property
    def duration_ms(self) -> int:
        """How long they are shown."""

    def add(self, pixels: Pixels, duration_ms: int) -> None:
        """Write a frame."""

    def repeat(self, duration_ms: int) -> None:
        """Write the last frame again."""

    def finish(self) -> bytes:
        """Give the file."""


class Reel:
    """One film. `step` until it gives `Made`."""

    def __init__(self, request: Open, file: BinaryIO) -> None:
        self.source = _source(request, file)
        self._stills = iter(self.source)
        self._writer = self.source.writer(request.xmp)
        self._steady = Steady()
        self._seen, self._duration = 0, 0
        self._first: Pixels | None = None

    def step(self, drawn: bytes) -> Frame | Made:
        """Take the drawing of the last frame (b"" at first) and give the next one that has to be drawn.

        Raises StyleFailed when the film is broken or what is made of it becomes too large.
        """
        if drawn:
            self._take(drawn)
        for still in self._stills:
            self._seen += 1
            if not self._steady.look(still.pixels):
                self._writer.repeat(still.duration_ms)
                continue
            self._duration = still.duration_ms
            assert self._steady.seen is not None  # noqa: S101  it was just looked at
            fraction = min(1.0, (self._seen - 1) / max(1, self.source.frames))
            return Frame(picture=_png(self._steady.seen), fraction=fraction)
        return self._made()

    def _take(self, drawn: bytes) -> None:
        seen = self._steady.seen
        try:
            with Image.open(io.BytesIO(drawn), formats=("PNG",)) as image:
                mode = "RGBA" if seen is not None and seen.shape[2] == 4 else "RGB"
                pixels = self._steady.settle(np.asarray(image.convert(mode)))
        except BROKEN as error:
            raise StyleFailed("A drawn frame cannot be read.") from error
        if self._first is None:
            self._first = pixels
        self._writer.add(pixels, self._duration)

    def _made(self) -> Made:
        if self._first is None:
            raise StyleFailed("The film has no frames.")
        height, width = self._first.shape[:2]
        data = self._writer.finish()
        small = Image.fromarray(self._first).resize(fit((width, height), PREVIEW_PIXELS))
        is_clip = self._writer.media_type.startswith("video/")
        return Made(
            data=data, preview=_png(np.asarray(small)), media_type=self._writer.media_type,
            width=width - width % 2 if is_clip else width, height=height - height % 2 if is_clip else height,
            frames=self._writer.frames, duration_ms=self._writer.duration_ms,
            has_sound=bool(getattr(self._writer, "has_sound", False)),
        )  # fmt: skip


def _source(request: Open, file: BinaryIO) -> Source:
    if request.kind == "animation":
        return Animation(file, frames=request.frames, pixels=request.pixels)
    from fedi.reels.clips import DrawnClip  # noqa: PLC0415  FFmpeg, 70 MB of it, is for clips alone

    return DrawnClip(
        file, frames=request.frames, pixels=request.pixels,
        rate=request.frames_a_second, seconds=request.seconds,
    )  # fmt: skip


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()
