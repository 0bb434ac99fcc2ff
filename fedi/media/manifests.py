"""Where a picture file keeps its C2PA manifest store: found, not judged.

C2PA 2.2, appendix A.3: APP11 segments of a JPEG, the `caBX` chunk of a PNG, the `C2PA` chunk of a WebP.
Each walk is over the container's own lengths, bounded in steps and bytes; nothing is decoded.
"""

from collections.abc import Iterator

_MAX_STEPS = 4096
_MAX_MANIFEST_BYTES = 4 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
# JPEG markers: application segment 11, start of scan, end of image.
_APP11, _SCAN, _END = 0xEB, 0xDA, 0xD9
# What stands before the JUMBF box in a segment: "JP", box instance, packet number; then, from the second on,
# the box's length and type once more (ISO 19566-5).
_FIRST_AT, _NEXT_AT = 8, 16


def find_manifest(data: bytes) -> bytes:
    """Give the bytes of a file's manifest store, at most 4 MiB of it; b"" when there is none."""
    if data.startswith(b"\xff\xd8"):
        parts = _jpeg(data)
    elif data.startswith(_PNG):
        parts = (body for kind, body in _png(data) if kind == b"caBX")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        parts = (body for kind, body in _riff(data) if kind == b"C2PA")
    else:
        return b""
    found = bytearray()
    for part in parts:
        found += part[: _MAX_MANIFEST_BYTES - len(found)]
        if len(found) >= _MAX_MANIFEST_BYTES:
            break
    return bytes(found)


def _jpeg(data: bytes) -> Iterator[bytes]:
    at, packets = 2, 0
    for _ in range(_MAX_STEPS):
        marker, length = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4], "big")
        if len(marker) < 2 or marker[0] != 0xFF or marker[1] in (_SCAN, _END) or length < 2:
            return
        body = data[at + 4 : at + 2 + length]
        if marker[1] == _APP11 and body.startswith(b"JP"):
            yield body[_NEXT_AT if packets else _FIRST_AT :]
            packets += 1
        at += 2 + length


def _png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    for _ in range(_MAX_STEPS):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if len(kind) < 4 or kind == b"IEND":
            return
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(_MAX_STEPS):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if len(kind) < 4:
            return
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
