"""Files that are pictures, and files that only say so."""

import io
import random
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def photo(width: int = 64, height: int = 48, kind: str = "JPEG") -> bytes:
    """A small picture with a slope of colours."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG that no compression makes smaller: three bytes a pixel."""
    pixels = random.Random(1).randbytes(width * height * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(file, "PNG")
    return file.getvalue()


def truncated_photo() -> bytes:
    """A JPEG whose second half was lost."""
    whole = photo(640, 480)
    return whole[: len(whole) // 2]


def vast_png() -> bytes:
    """A PNG of a few bytes that says that it is 30 000 x 30 000 pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


NOT_A_PICTURE = b"#!/bin/sh\necho this is no picture at all\n" * 10


def animation(
    kind: str = "WEBP",
    *,
    durations: Sequence[int],
    size: tuple[int, int] = (48, 32),
    loop: int = 0,
    alpha: bool = False,
    comment: str = "",
) -> bytes:
    """A bar that moves over a slope of greys, one frame for each duration (milliseconds)."""
    width, height = size
    frames = []
    for n in range(len(durations)):
        frame = Image.linear_gradient("L").resize(size).convert("RGBA" if alpha else "RGB")
        if alpha:
            frame.putalpha(Image.linear_gradient("L").rotate(90).resize(size))
        left = (n * 5) % width
        frame.paste((255, 30 + n % 200, 30), (left, height // 3, min(width, left + 4), height // 2))
        frames.append(frame)
    options: dict[str, Any] = {"loop": loop}
    if kind == "WEBP":
        exif = Image.Exif()
        exif[0x010E] = comment
        options |= {"lossless": True, "exif": exif.tobytes()}
    elif kind == "PNG":
        text = PngInfo()
        text.add_text("Comment", comment)
        options |= {"pnginfo": text}
    else:
        options |= {"comment": comment.encode()}
    file = io.BytesIO()
    frames[0].save(
        file, kind, save_all=True, append_images=frames[1:], duration=list(durations), disposal=1, **options
    )
    return file.getvalue()
