"""From untrusted bytes to pixels: limits first, then upright, in sRGB, no larger than wanted.

Memory is the measure: nothing is decoded before its size is known, JPEG is decoded at a fraction where
that is enough, and everything is scaled down before it is turned or converted.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, UnidentifiedImageError

from fedi.errors import Invalid, TooLarge
from fedi.media import gifs
from fedi.media.sniff import ImageKind, sniff

_FORMATS = {
    ImageKind.JPEG: "JPEG",
    ImageKind.PNG: "PNG",
    ImageKind.GIF: "GIF",
    ImageKind.WEBP: "WEBP",
    ImageKind.AVIF: "AVIF",
}
_MAX_PROFILE_BYTES = 1024 * 1024
_ORIENTATION = 0x0112
_COLOUR_SPACES = {"RGB": "RGB ", "RGBA": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
# What Pillow raises for broken pictures, by format; none of it is a fault of ours.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, OverflowError, ZeroDivisionError),
    # The AVIF reader says RuntimeError for whatever its decoder does not like.
    *(struct.error, zlib.error, UnidentifiedImageError, RuntimeError),
)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What is decoded at all. An animation counts the pixels of all its frames against its own limit."""

    max_bytes: int = 16 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_side: int = 16_384
    max_frames: int = 1_000
    max_animation_pixels: int = 400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """What a picture says of itself before any pixel is decoded; width and height as stored, not turned."""

    kind: ImageKind
    width: int
    height: int
    frames: int


def read_header(data: bytes, *, limits: ImageLimits) -> ImageHeader:
    """Read kind, size and number of frames without decoding pixels.

    Raises Unsupported for what is no accepted picture, TooLarge for too many bytes, Invalid for a broken
    file or one beyond the other limits.
    """
    if len(data) > limits.max_bytes:
        raise TooLarge(f"The file is larger than {limits.max_bytes // (1024 * 1024)} MiB.")
    kind = sniff(data)
    if kind is ImageKind.WEBP:
        # Pillow's WebP reader makes room for two frames as soon as it opens a file.
        _check_size(*_webp_size(data), limits)
    with _open(data, kind) as image:
        width, height = image.size
        _check_size(width, height, limits)
        frames = gifs.count_frames(data) if kind is ImageKind.GIF else getattr(image, "n_frames", 1)
    return ImageHeader(kind=kind, width=width, height=height, frames=frames)


def decode(data: bytes, kind: ImageKind, *, max_pixels: int) -> Image.Image:
    """Decode the first frame: upright, RGB or RGBA in sRGB, scaled down to `max_pixels`, no metadata.

    Only for data that passed `read_header`. Raises Invalid when the pixels cannot be read.
    """
    with _open(data, kind) as image:
        turn, profile = image.getexif().get(_ORIENTATION, 1), image.info.get("icc_profile")
        wanted = fit(image.size, max_pixels)
        if kind is ImageKind.JPEG:
            image.draft(None, wanted)
        image.load()
        small = _scaled(image, wanted)
    return _srgb(_upright(small, turn), profile)


def fit(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """Give the largest size of the same shape with at most `max_pixels`; never larger than `size`."""
    width, height = size
    scale = (max_pixels / (width * height)) ** 0.5
    return size if scale >= 1 else (max(1, int(width * scale)), max(1, int(height * scale)))


@contextmanager
def _open(data: bytes, kind: ImageKind) -> Iterator[Image.Image]:
    """Open with the one reader that fits; turn whatever a broken file causes into Invalid."""
    try:
        with Image.open(BytesIO(data), formats=(_FORMATS[kind],)) as image:
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid("file", "has too many pixels") from error
    except _BROKEN as error:
        raise Invalid("file", "is cut off or broken and cannot be read") from error


def _check_size(width: int, height: int, limits: ImageLimits) -> None:
    if not width or not height:
        raise Invalid("file", "is a picture without pixels")
    if max(width, height) > limits.max_side:
        raise Invalid("file", f"is {width} x {height} pixels; a side may have {limits.max_side}")
    if width * height > limits.max_pixels:
        raise Invalid(
            "file", f"is {width} x {height} pixels; {limits.max_pixels // 1_000_000} megapixels are read"
        )


def _webp_size(data: bytes) -> tuple[int, int]:
    """Read a WebP's size from its first chunk (RFC 9649 section 2)."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise Invalid("file", "is cut off or broken and cannot be read")
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise Invalid("file", "is cut off or broken and cannot be read")


def _scaled(image: Image.Image, wanted: tuple[int, int]) -> Image.Image:
    """Scale in a mode that can be scaled: palettes and 16 bits become plain channels first."""
    plain = image
    if image.mode.startswith("I"):
        return _eight_bits(image if image.size == wanted else image.resize(wanted, Image.Resampling.LANCZOS))
    if image.mode == "1":
        plain = image.convert("L")
    elif image.mode in ("P", "PA", "LA") or "transparency" in image.info:
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return plain if plain.size == wanted else plain.resize(wanted, Image.Resampling.LANCZOS, reducing_gap=2)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Make 16-bit greys 8-bit ones; Pillow's own conversion would cut everything above 255 off."""
    return image.convert("I").point([level >> 8 for level in range(2**16)], "L")


def _upright(image: Image.Image, turn: object) -> Image.Image:
    transposition = _TURNS.get(turn) if isinstance(turn, int) else None
    return image if transposition is None else image.transpose(transposition)


def _srgb(image: Image.Image, profile: object) -> Image.Image:
    """Convert to RGB or RGBA in sRGB, by the profile if it is sound and fits, and drop all metadata."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    converted = _by_profile(image, profile, mode) if isinstance(profile, bytes) else None
    if converted is None:
        # Converting to the same mode would copy: 160 MB for the largest picture that is read.
        converted = image if image.mode == mode else image.convert(mode)
    # Pillow's writers take profile, comment and more from here.
    converted.info = {}
    return converted


def _by_profile(image: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    if not 0 < len(profile) <= _MAX_PROFILE_BYTES:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space != _COLOUR_SPACES.get(image.mode):
            return None
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # A broken profile says nothing: the picture is shown as if it were sRGB, like browsers do.
        return None
