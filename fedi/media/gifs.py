"""GIF without decoding: count and time its frames, and copy it without comments, metadata and trailing bytes.

Decoding hundreds of frames to write them again would cost minutes and memory and make the picture worse.
GIF89a specification; the XMP extension is ISO 16684-3 (Adobe XMP part 3, 1.1.2).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fedi.errors import Invalid
from fedi.media.provenance import Label, write_packet

_SCREEN_END = 13
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_HAS_COLOURS = 0x80
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_XMP = b"\x21\xff\x0bXMP DataXMP"
# Makes readers that see the packet as sub-blocks land on its end.
_XMP_TAIL = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    kind: int  # _IMAGE or the label of an extension
    is_kept: bool


def timing(data: bytes) -> tuple[int, int]:
    """Give the number of frames and the milliseconds of all; raises Invalid when the file is broken."""
    frames, duration, wait = 0, 0, 0
    for block in _blocks(data):
        if block.kind == _GRAPHIC_CONTROL:
            # Label, length and flags come before the hundredths of a second.
            wait = _numbers(data, block.start + 4, 1)[0] * 10
        elif block.kind == _IMAGE:
            frames, duration, wait = frames + 1, duration + wait, 0
    return frames, duration


def clean(data: bytes, label: Label | None) -> bytes:
    """Copy the picture and its timing only, with `label` written in; raises Invalid when it is broken."""
    kept = b"".join(data[block.start : block.end] for block in _blocks(data) if block.is_kept)
    xmp = _XMP + write_packet(label) + _XMP_TAIL if label else b""
    return b"GIF89a" + data[6 : _screen_end(data)] + xmp + kept + bytes([_TRAILER])


def _blocks(data: bytes) -> Iterator[_Block]:
    """Walk the blocks up to the trailer."""
    at = _screen_end(data)
    try:
        while data[at] != _TRAILER:
            block = _image_block(data, at) if data[at] == _IMAGE else _extension_block(data, at)
            yield block
            at = block.end
    except IndexError as error:
        raise Invalid("file", "is cut off: its end is missing") from error


def _image_block(data: bytes, start: int) -> _Block:
    left, top, width, height = _numbers(data, start + 1, 4)
    screen_width, screen_height = _numbers(data, 6, 2)
    # Such frames make decoders enlarge the picture after its size was checked.
    if left + width > screen_width or top + height > screen_height or not width or not height:
        raise Invalid("file", "is broken: a frame lies outside of the picture")
    # 10 bytes of descriptor, the frame's colours, one byte for the code size.
    at = start + 10 + _colours_length(data[start + 9]) + 1
    return _Block(start, _skip_sub_blocks(data, at), _IMAGE, is_kept=True)


def _extension_block(data: bytes, start: int) -> _Block:
    if data[start] != _EXTENSION:
        raise Invalid("file", "is broken and cannot be read")
    kind = data[start + 1]
    is_loop = kind == _APPLICATION and data[start + 3 : start + 14] in _LOOPS
    end = _skip_sub_blocks(data, start + 2)
    return _Block(start, end, kind, is_kept=kind == _GRAPHIC_CONTROL or is_loop)


def _skip_sub_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _screen_end(data: bytes) -> int:
    if len(data) < _SCREEN_END:
        raise Invalid("file", "is cut off: its end is missing")
    return _SCREEN_END + _colours_length(data[10])


def _colours_length(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & _HAS_COLOURS else 0


def _numbers(data: bytes, at: int, count: int) -> list[int]:
    # Reading the last byte by index raises IndexError where a slice would be silently short.
    return [data[at + 2 * i] | data[at + 2 * i + 1] << 8 for i in range(count)]
