"""Pictures for uploads, made on the spot."""

import io
import struct
import zlib

from PIL import Image


def png(width: int = 64, height: int = 48) -> bytes:
    """A small plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (120, 40, 200)).save(out, "PNG")
    return out.getvalue()


def png_of_claimed_size(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes whose header claims any size: a bomb for who decodes before looking."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
