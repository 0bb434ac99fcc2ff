"""WebP without decoding: read its timing, copy it without metadata, put frames together.

The container is RIFF: chunks of four letters, a size and a body, padded to even lengths (RFC 9649).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fedi.errors import Invalid
from fedi.media.provenance import Label, write_packet

_HEAD = 12
_CHUNK_HEAD = 8
_FRAME_HEAD = 16
_HAS_ALPHA, _HAS_XMP, _IS_ANIMATED = 0x10, 0x04, 0x02
_BITSTREAMS = (b"VP8 ", b"VP8L")
# A frame that overwrites what was there, and stays: flags "no blending", "do not dispose".
_OVERWRITES = 0x02
_MAX_DURATION = 2**24 - 1
_BITSTREAM_HEAD, _SIDE = 10, 0x3FFF
_MAX_LOOPS = 2**16 - 1
_CUT_OFF = "is cut off: its end is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A still WebP that stands at (x, y), both even, of an animation's canvas for `duration_ms`."""

    picture: bytes
    x: int
    y: int
    width: int
    height: int
    duration_ms: int


def timing(data: bytes) -> tuple[int, int]:
    """Give the number of frames and the milliseconds of all; (1, 0) for a still. Raises Invalid if broken."""
    chunks = list(_chunks(data))
    if not _is_animated(chunks):
        return 1, 0
    durations = [_frame_duration(body, chunks[0][1]) for name, body in chunks if name == b"ANMF"]
    if not durations:
        raise Invalid("file", "is broken: it has no frames")
    return len(durations), sum(durations)


def clean(data: bytes, label: Label | None) -> bytes:
    """Copy pixels and timing only, with `label` written in. Raises Invalid if broken."""
    chunks = list(_chunks(data))
    xmp = write_packet(label) if label else b""
    if not _is_animated(chunks):
        return _still(_pixels(data[_HEAD:]), xmp)
    canvas = chunks[0][1]
    loops = next((int.from_bytes(body[4:6], "little") for name, body in chunks if name == b"ANIM"), 0)
    frames = []
    for name, body in chunks:
        if name == b"ANMF":
            _frame_duration(body, canvas)
            frames.append(_chunk(b"ANMF", body[:_FRAME_HEAD] + _pixels(body[_FRAME_HEAD:])))
    return assemble(
        frames,
        size=(_number(canvas, 4) + 1, _number(canvas, 7) + 1),
        loops=loops,
        has_alpha=bool(canvas[0] & _HAS_ALPHA),
        xmp=xmp,
    )


def assemble(
    frames: Sequence[bytes], *, size: tuple[int, int], loops: int, has_alpha: bool, xmp: bytes
) -> bytes:
    """Put encoded frames together to an animation of `size` (width, height); `loops` 0 is for ever."""
    # The background is transparent; readers may ignore it.
    looping = bytes(4) + min(loops, _MAX_LOOPS).to_bytes(2, "little")
    flags = _IS_ANIMATED | (_HAS_ALPHA if has_alpha else 0)
    return _file([_chunk(b"ANIM", looping), *frames], size=size, flags=flags, xmp=xmp)


def encode_frame(frame: Frame) -> bytes:
    """Give the chunk of a frame."""
    head = b"".join(
        number.to_bytes(3, "little")
        for number in (
            *(frame.x // 2, frame.y // 2, frame.width - 1, frame.height - 1),
            min(frame.duration_ms, _MAX_DURATION),
        )
    )
    return _chunk(b"ANMF", head + bytes([_OVERWRITES]) + _pixels(frame.picture[_HEAD:]))


def _still(pixels: bytes, xmp: bytes) -> bytes:
    name, body = next((name, body) for name, body in _inner(pixels) if name in _BITSTREAMS)
    width, height, has_alpha = _shape(name, body)
    flags = _HAS_ALPHA if has_alpha or pixels.startswith(b"ALPH") else 0
    return _file([pixels], size=(width, height), flags=flags, xmp=xmp)


def _file(parts: Sequence[bytes], *, size: tuple[int, int], flags: int, xmp: bytes) -> bytes:
    canvas = bytes([flags | (_HAS_XMP if xmp else 0), 0, 0, 0])
    canvas += b"".join((side - 1).to_bytes(3, "little") for side in size)
    chunks = [_chunk(b"VP8X", canvas), *parts, *([_chunk(b"XMP ", xmp)] if xmp else [])]
    length = 4 + sum(len(chunk) for chunk in chunks)
    return b"".join([b"RIFF", length.to_bytes(4, "little"), b"WEBP", *chunks])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the chunks of a file; what stands behind the end that it names is left out."""
    end = _CHUNK_HEAD + int.from_bytes(data[4:8], "little")
    if len(data) < _HEAD or end > len(data) + 1:
        raise Invalid("file", _CUT_OFF)
    yield from _inner(data[_HEAD:end])


def _inner(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _CHUNK_HEAD <= len(body):
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        start = at + _CHUNK_HEAD
        if start + size > len(body):
            raise Invalid("file", _CUT_OFF)
        yield body[at : at + 4], body[start : start + size]
        at = start + size + size % 2


def _is_animated(chunks: list[tuple[bytes, bytes]]) -> bool:
    if not chunks:
        raise Invalid("file", _CUT_OFF)
    name, body = chunks[0]
    return name == b"VP8X" and len(body) >= 10 and bool(body[0] & _IS_ANIMATED)


def _frame_duration(body: bytes, canvas: bytes) -> int:
    """Check that a frame lies inside the canvas and holds a picture; gives its milliseconds."""
    if len(body) < _FRAME_HEAD:
        raise Invalid("file", _CUT_OFF)
    x, y, width, height = (
        2 * _number(body, 0),
        2 * _number(body, 3),
        _number(body, 6) + 1,
        _number(body, 9) + 1,
    )
    if x + width > _number(canvas, 4) + 1 or y + height > _number(canvas, 7) + 1:
        raise Invalid("file", "is broken: a frame lies outside of the picture")
    return _number(body, 12)


def _pixels(body: bytes) -> bytes:
    """Of a still's or a frame's chunks, those that hold its pixels and their transparency."""
    parts = [(name, inner) for name, inner in _inner(body) if name in (b"ALPH", *_BITSTREAMS)]
    if sum(name in _BITSTREAMS for name, _ in parts) != 1:
        raise Invalid("file", "is broken: a frame has no pixels")
    return b"".join(_chunk(name, inner) for name, inner in parts)


def _shape(name: bytes, body: bytes) -> tuple[int, int, bool]:
    """Read width, height and whether there may be transparency from a bitstream's first bytes (RFC 9649)."""
    if len(body) < _BITSTREAM_HEAD:
        raise Invalid("file", _CUT_OFF)
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & _SIDE) + 1, (bits >> 14 & _SIDE) + 1, bool(bits >> 28 & 1)
    width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
    return width & _SIDE, height & _SIDE, False


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 3], "little")
