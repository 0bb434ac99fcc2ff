"""What a file is, by its first bytes; never by its name or by what the sender says."""

from enum import StrEnum

from fedi.errors import Unsupported

_HEAD_BYTES = 512
_EBML_HEAD = 64


class ImageKind(StrEnum):
    """The kinds of picture that are accepted; the value is the media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    AVIF = "image/avif"


class ClipKind(StrEnum):
    """The kinds of clip that are accepted with the extra `video`; the value is the media type."""

    MP4 = "video/mp4"
    WEBM = "video/webm"

    @property
    def container(self) -> str:
        """The name of its file format."""
        return self.value.removeprefix("video/")


# Known by name so that a refusal says what the file is.
_REFUSED_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (b"8BPS", "a Photoshop document"),
    (b"II*\x00", "a TIFF or raw camera picture"),
    (b"MM\x00*", "a TIFF or raw camera picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x00\x00\x01\xba", "a video"),
    (b"FLV", "a video"),
    (b"OggS", "a sound or a video"),
    (b"ID3", "a sound"),
    (b"fLaC", "a sound"),
    (b"PK\x03\x04", "an archive or an office document"),
    (b"\x1f\x8b", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_RIFF_KINDS = {b"AVI ": "a video", b"WAVE": "a sound"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}


def sniff(data: bytes) -> ImageKind:
    """Tell the kind of picture, or raise Unsupported with a sentence that says what came instead."""
    head = data[:_HEAD_BYTES]
    if head.startswith(b"\xff\xd8\xff"):
        return ImageKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageKind.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return ImageKind.GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageKind.WEBP
    if _AVIF_BRANDS & set(_brands(head)):
        return ImageKind.AVIF
    raise Unsupported(f"This is {_name(head)}. Pictures may be JPEG, PNG, GIF, WebP or AVIF.")


def sniff_clip(data: bytes) -> ClipKind | None:
    """Tell the kind of a clip, an ISO media file that is no picture (ISO 14496-12) or WebM; else None."""
    head = data[:_HEAD_BYTES]
    brands = set(_brands(head))
    if brands and not brands & (_AVIF_BRANDS | _HEIC_BRANDS):
        return ClipKind.MP4
    # EBML, whose document type stands within the first few elements (RFC 8794, 11.2).
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:_EBML_HEAD]:
        return ClipKind.WEBM
    return None


def _name(head: bytes) -> str:
    if not head:
        return "an empty file"
    for start, name in _REFUSED_STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF":
        return _RIFF_KINDS.get(head[8:12], "no picture that is known here")
    if brands := _brands(head):
        return "a HEIC picture" if _HEIC_BRANDS & set(brands) else "a video"
    return _name_of_text(head)


def _brands(head: bytes) -> list[bytes]:
    """Give the brands of an ISO media file (ISO 14496-12, ftyp), the major one first; none for others."""
    if head[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]


def _name_of_text(head: bytes) -> str:
    lower = head.lower()
    if b"<svg" in lower:
        return "an SVG drawing"
    if b"<html" in lower or b"<!doctype html" in lower:
        return "a web page"
    # A character may be cut at the end of the head.
    is_text = b"\x00" not in head and bool(head[:-4].decode("utf-8", "ignore").encode() == head[:-4])
    return "a text file" if is_text else "no picture that is known here"
