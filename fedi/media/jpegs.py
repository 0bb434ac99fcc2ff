"""JPEG without decoding: change the label inside (ITU-T T.81, annex B; XMP part 3, 1.1.3)."""

from fedi.errors import Invalid
from fedi.media.provenance import Label, write_packet

_START = b"\xff\xd8"
_APP0, _APP1, _SCAN = b"\xe0", b"\xe1", b"\xda"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
# A segment: 0xFF and its marker, its length (which counts itself), its body.
_LENGTH_BYTES = 2
_SEGMENT_HEAD = 2 + _LENGTH_BYTES


def labelled(data: bytes, label: Label | None) -> bytes:
    """Copy a picture of ours with this label in place of any other. Raises Invalid if broken."""
    head, rest, at = b"", b"", len(_START)
    while (marker := data[at + 1 : at + 2]) != _SCAN:
        end = _end_of(data, at)
        if marker == _APP0:
            head += data[at:end]
        elif marker != _APP1 or not data.startswith(_XMP, at + _SEGMENT_HEAD):
            rest += data[at:end]
        at = end
    return _START + head + (_xmp(label) if label else b"") + rest + data[at:]


def _end_of(data: bytes, at: int) -> int:
    """Give where the segment ends that begins here."""
    length = int.from_bytes(data[at + 2 : at + _SEGMENT_HEAD], "big")
    end = at + 2 + length
    if data[at : at + 1] != b"\xff" or length < _LENGTH_BYTES or end > len(data):
        raise Invalid("file", "is broken and cannot be read")
    return end


def _xmp(label: Label) -> bytes:
    body = _XMP + write_packet(label)
    return b"\xff" + _APP1 + (len(body) + _LENGTH_BYTES).to_bytes(_LENGTH_BYTES, "big") + body
