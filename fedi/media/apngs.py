"""Animated PNG without decoding: read its timing, copy it without metadata (W3C, PNG, third edition)."""

import zlib
from collections.abc import Iterator

from fedi.errors import Invalid
from fedi.media.provenance import Label, write_packet

_SIGNATURE = 8
_OUTSIDE_BODY = 12  # length, name and checksum
_CONTROL_LENGTH = 26
_MILLISECONDS, _USUAL_DENOMINATOR = 1000, 100
# What decides how the pixels look; all else is about where they come from.
_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"acTL", b"fcTL", b"IDAT", b"fdAT", b"IEND"}


def timing(data: bytes) -> tuple[int, int]:
    """Give the number of frames and the milliseconds of all; (1, 0) for a still. Raises Invalid if broken.

    Reads no further than the first pixels of a still.
    """
    width, height, durations, is_animated = 0, 0, [], False
    for name, body in _chunks(data):
        if name == b"IHDR":
            width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
        elif name == b"acTL":
            is_animated = True
        elif name == b"IDAT" and not is_animated:
            return 1, 0
        elif name == b"fcTL":
            durations.append(_frame_duration(body, width, height))
    return max(1, len(durations)), sum(durations)


def clean(data: bytes, label: Label | None) -> bytes:
    """Copy pixels, colours and timing only, with `label` written in. Raises Invalid if broken."""
    parts = [data[:_SIGNATURE]]
    for name, body in _chunks(data):
        if name in _KEPT:
            parts.append(_chunk(name, body))
        if name == b"IHDR" and label:
            # Keyword, no compression, no language, no translation (iTXt).
            parts.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + write_packet(label)))
    return b"".join(parts)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the chunks up to the end of the picture; what stands behind it is left out."""
    at, name = _SIGNATURE, b""
    while name != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + _OUTSIDE_BODY + length
        if end > len(data) or at + 8 > len(data):
            raise Invalid("file", "is cut off: its end is missing")
        name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if int.from_bytes(data[end - 4 : end], "big") != zlib.crc32(body, zlib.crc32(name)):
            raise Invalid("file", "is broken and cannot be read")
        yield name, body
        at = end


def _frame_duration(body: bytes, width: int, height: int) -> int:
    if len(body) != _CONTROL_LENGTH:
        raise Invalid("file", "is broken and cannot be read")
    w, h, x, y = (int.from_bytes(body[at : at + 4], "big") for at in (4, 8, 12, 16))
    if x + w > width or y + h > height or not w or not h:
        raise Invalid("file", "is broken: a frame lies outside of the picture")
    over, under = int.from_bytes(body[20:22], "big"), int.from_bytes(body[22:24], "big")
    return over * _MILLISECONDS // (under or _USUAL_DENOMINATOR)


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(name))
    return len(body).to_bytes(4, "big") + name + body + checksum.to_bytes(4, "big")
