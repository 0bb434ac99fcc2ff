"""A small picture of all tones, made without an image library: to try a model on, and to measure one with."""

import struct
import zlib

# PNG (w3.org/TR/png-3): signature, and chunks of length, type, data, checksum.
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BIT_RGB = (8, 2, 0, 0, 0)
_LEVEL = 1
_STEP = 31


def sample(width: int, height: int) -> bytes:
    """A PNG file of this size: slopes of colour with a fine grain."""
    rows = []
    for y in range(height):
        row = bytearray(b"\0")
        for x in range(width):
            grain = (x * _STEP ^ y * y) & 15
            row += bytes(((x * 240 // width) + grain, (y * 240 // height) + grain, ((x + y) & 127) + grain))
        rows.append(bytes(row))
    head = struct.pack(">II5B", width, height, *_EIGHT_BIT_RGB)
    data = zlib.compress(b"".join(rows), _LEVEL)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
