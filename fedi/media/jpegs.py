"""JPEG without decoding: change the label inside (ITU-T T.81, annex B; XMP part 3, 1.1.3)."""

from collections.abc import Iterator

from fedi.errors import Invalid
from fedi.media.provenance import Label, write_packet

_START = b"\xff\xd8"
_APP0, _APP1, _SCAN = 0xE0, 0xE1, 0xDA
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_LENGTH_BYTES = 2


def labelled(data: bytes, label: Label | None) -> bytes:
    """Copy a picture of ours with this label in place of any other. Raises Invalid if broken."""
    kept = [
        (marker, body) for marker, body in _segments(data) if marker != _APP1 or not body.startswith(_XMP)
    ]
    head = b"".join(_segment(marker, body) for marker, body in kept if marker == _APP0)
    rest = b"".join(_segment(marker, body) for marker, body in kept if marker != _APP0)
    xmp = _segment(_APP1, _XMP + write_packet(label)) if label else b""
    return _START + head + xmp + rest + data[_scan(data) :]


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk the segments before the pixels: marker and body of each."""
    at, end = len(_START), _scan(data)
    while at < end:
        following = _end_of(data, at)
        yield data[at + 1], data[at + 2 + _LENGTH_BYTES : following]
        at = following


def _scan(data: bytes) -> int:
    """Give where the pixels begin."""
    at = len(_START)
    while data[at + 1 : at + 2] != bytes([_SCAN]):
        at = _end_of(data, at)
    return at


def _end_of(data: bytes, at: int) -> int:
    length = int.from_bytes(data[at + 2 : at + 2 + _LENGTH_BYTES], "big")
    if data[at : at + 1] != b"\xff" or length < _LENGTH_BYTES or at + 2 + length > len(data):
        raise Invalid("file", "is broken and cannot be read")
    return at + 2 + length


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + _LENGTH_BYTES).to_bytes(_LENGTH_BYTES, "big") + body
