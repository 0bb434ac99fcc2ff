"""Files that attack whoever opens them: few bytes that say they are much, and kinds under another's name."""

import io
import struct
import zipfile
import zlib

from PIL import Image

from fedi.media import webps


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says how large it is."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return _png((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))


def long_gif(frames: int, side: int = 2000) -> bytes:
    """A GIF of many frames that each cover a large picture with one colour."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\1\0\0\0" + struct.pack("<BHHHHB", 0x2C, 0, 0, side, side, 0) + b"\2\2\x44\1\0"
    return screen + frame * frames + b";"


def long_webp(frames: int, side: int = 2000) -> bytes:
    """An animated WebP of many large frames."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), "blue").save(file, "WEBP", lossless=True)
    frame = webps.Frame(picture=file.getvalue(), x=0, y=0, width=side, height=side, duration_ms=10)
    encoded = webps.encode_frame(frame)
    return webps.assemble([encoded] * frames, size=(side, side), loops=0, has_alpha=False, xmp=b"")


def long_apng(frames: int, side: int = 2000) -> bytes:
    """An animated PNG of many frames without pixels."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"acTL", struct.pack(">II", frames, 0)),
    ]
    pixels = zlib.compress(b"\0" * 100)
    for n in range(frames):
        control = struct.pack(">IIIIIHHBB", 2 * n, side, side, 0, 0, 1, 100, 0, 0)
        body = (b"IDAT", pixels) if n == 0 else (b"fdAT", struct.pack(">I", 2 * n + 1) + pixels)
        chunks += [(b"fcTL", control), body]
    return _png(*chunks, (b"IEND", b""))


def of_another_kind(kind: str) -> bytes:
    """A real file of a kind that Pillow can read and we do not want: TIFF, ICO, PSD, EPS, BMP and others."""
    if kind == "PSD":
        return b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 50_000, 50_000, 8, 3) + bytes(64)
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, kind)
    return file.getvalue()


def zip_of(name: str, content: bytes) -> bytes:
    """An archive, as a tail for pictures that are archives as well."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
