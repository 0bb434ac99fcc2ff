"""Animated pictures taken apart and put together: GIF, WebP and PNG to frames, frames to WebP.

For the reel's process only: what it reads is a stranger's. One frame is held at a time, and what is encoded.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from fedi.errors import StyleFailed
from fedi.media import webps
from fedi.media.decode import BROKEN, fit
from fedi.reels.steady import Pixels

FORMATS = ("GIF", "WEBP", "PNG")
QUALITY = 88
MAX_FILE_BYTES = 32 * 1024 * 1024
# Browsers show a frame of no or hardly any time for a tenth of a second.
HASTY_MS, USUAL_MS = 10, 100


class Still(NamedTuple):
    """One frame, and how long it is shown."""

    pixels: Pixels
    duration_ms: int


class Animation:
    """An animated picture, opened. Raises StyleFailed for what is none, or has more than `frames`."""

    has_sound = False

    def __init__(self, file: BinaryIO, *, frames: int, pixels: int) -> None:
        Image.MAX_IMAGE_PIXELS = None
        try:
            self._image = Image.open(file, formats=FORMATS)
            self.frames = int(getattr(self._image, "n_frames", 1))
            self.loops = _loops(self._image)
            # What a GIF leaves out or clears becomes transparent in any of its frames.
            clear = self._image.format == "GIF" or self._image.has_transparency_data
            self._mode = "RGBA" if clear else "RGB"
        except BROKEN as error:
            raise StyleFailed("The animation is damaged.") from error
        if self.frames > frames:
            raise StyleFailed(f"The animation has {self.frames} frames; at most {frames} are drawn.")
        self.size = fit(self._image.size, pixels)

    def __iter__(self) -> Iterator[Still]:
        """Give the frames in order, each as it is shown: whole, RGB or RGBA, within `pixels`."""
        for n in range(self.frames):
            try:
                self._image.seek(n)
                self._image.load()
                plain = self._image.convert(self._mode)
                duration = round(float(self._image.info.get("duration", 0)))
            except BROKEN as error:
                raise StyleFailed("The animation is damaged or cut off.") from error
            if plain.size != self.size:
                plain = plain.resize(self.size, Image.Resampling.LANCZOS)
            yield Still(np.asarray(plain), duration if duration > HASTY_MS else USUAL_MS)

    def writer(self, xmp: bytes) -> "AnimationWriter":
        """What writes the drawn frames."""
        return AnimationWriter(loops=self.loops, xmp=xmp)


class AnimationWriter:
    """Frames to an animated WebP. Of each frame what changed is kept, of one like the last nothing."""

    media_type = "image/webp"

    def __init__(self, *, loops: int, xmp: bytes) -> None:
        self._loops, self._xmp = loops, xmp
        self._canvas: Pixels | None = None
        self._parts: list[bytes] = []
        self._last: webps.Frame | None = None
        self._has_alpha = False
        self.duration_ms = 0
        self.bytes = 0

    def add(self, pixels: Pixels, duration_ms: int) -> None:
        """Show `pixels` for so long. Raises StyleFailed when the file becomes too large."""
        box = _changed(self._canvas, pixels)
        self._canvas = pixels
        if box is None:
            self.repeat(duration_ms)
            return
        self._flush()
        left, top, right, bottom = box
        part = Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right]))
        if part.mode == "RGBA" and part.getchannel("A").getextrema() == (255, 255):
            part = part.convert("RGB")
        self._has_alpha |= part.mode == "RGBA"
        file = io.BytesIO()
        part.save(file, "WEBP", quality=QUALITY, method=4)
        self._last = webps.Frame(
            picture=file.getvalue(), x=left, y=top, width=part.width, height=part.height,
            duration_ms=duration_ms,
        )  # fmt: skip
        self.duration_ms += duration_ms

    def repeat(self, duration_ms: int) -> None:
        """Show the last frame for longer."""
        if self._last is not None:
            self._last = replace(self._last, duration_ms=self._last.duration_ms + duration_ms)
            self.duration_ms += duration_ms

    def finish(self) -> bytes:
        """Give the file."""
        self._flush()
        if self._canvas is None:
            raise StyleFailed("The animation has no frames.")
        size = self._canvas.shape[1], self._canvas.shape[0]
        return webps.assemble(
            self._parts, size=size, loops=self._loops, has_alpha=self._has_alpha, xmp=self._xmp
        )

    @property
    def frames(self) -> int:
        """How many frames were kept."""
        return len(self._parts) + (self._last is not None)

    def _flush(self) -> None:
        if self._last is not None:
            self._parts.append(webps.encode_frame(self._last))
            self.bytes += len(self._parts[-1])
            self._last = None
        if self.bytes > MAX_FILE_BYTES:
            raise StyleFailed("The drawn animation is too large to be kept.")


def _changed(before: Pixels | None, after: Pixels) -> tuple[int, int, int, int] | None:
    """The box (left, top, right, bottom) around what differs, its corner at even pixels; None for nothing."""
    height, width = after.shape[:2]
    if before is None:
        return 0, 0, width, height
    differs = (before != after).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]) & ~1, int(rows[0]) & ~1, int(columns[-1]) + 1, int(rows[-1]) + 1


def _loops(image: Image.Image) -> int:
    """How often an animation is shown, 0 for ever. A GIF counts how often it is shown again."""
    loop = image.info.get("loop")
    if image.format != "GIF":
        return int(loop or 0)
    if loop is None:
        return 1
    return int(loop) + 1 if loop else 0
