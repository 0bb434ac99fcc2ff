"""From untrusted bytes to pixels: limits first, then upright, in sRGB, no larger than wanted.

Memory is the measure: nothing is decoded before its size is known, JPEG is decoded at a fraction where
that is enough, and everything is scaled down before it is turned or converted.
"""

import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, UnidentifiedImageError

from fedi.errors import Invalid, TooLarge
from fedi.media import apngs, gifs, webps
from fedi.media.prepared import ImageLimits
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
_BAND_ROWS = 256
_BAND_MARGIN = 8  # rows; the Lanczos filter reaches three, in the size it scales to
# Memory that decoding takes per pixel, measured: plain JPEG is decoded at a fraction, a progressive one
# keeps all its coefficients, WebP's reader keeps two canvases besides the picture.
_BYTES_PER_PIXEL = {
    ImageKind.JPEG: 2,
    ImageKind.PNG: 4,
    ImageKind.GIF: 4,
    ImageKind.WEBP: 12,
    ImageKind.AVIF: 9,
}
_BYTES_PER_PROGRESSIVE_PIXEL = 7
# Frames and milliseconds, from the container alone.
_TIMINGS: dict[ImageKind, Callable[[bytes], tuple[int, int]]] = {
    ImageKind.GIF: gifs.timing,
    ImageKind.PNG: apngs.timing,
    ImageKind.WEBP: webps.timing,
}
_COLOUR_SPACES = {"RGB": "RGB ", "RGBA": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
# What Pillow raises for broken pictures, by format; none of it is a fault of ours.
BROKEN = (
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
class ImageHeader:
    """What a picture says of itself before any pixel is decoded; width and height as stored, not turned.

    `duration_ms` is how long all frames are shown once, 0 for a still.
    """

    kind: ImageKind
    width: int
    height: int
    frames: int
    duration_ms: int = 0


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
        _check_size(*_webp_size(data), _BYTES_PER_PIXEL[kind], limits)
    frames, duration = _TIMINGS[kind](data) if kind in _TIMINGS else (1, 0)
    if frames > limits.max_frames:
        raise Invalid("file", f"has {frames} frames; at most {limits.max_frames} are accepted")
    with _open(data, kind) as image:
        width, height = image.size
        is_progressive = "progressive" in image.info
        cost = _BYTES_PER_PROGRESSIVE_PIXEL if is_progressive else _BYTES_PER_PIXEL[kind]
        _check_size(width, height, cost, limits)
    return ImageHeader(
        kind=kind,
        width=width,
        height=height,
        frames=frames,
        duration_ms=duration if frames > 1 else 0,
    )


def decode(data: bytes, kind: ImageKind, *, max_pixels: int) -> Image.Image:
    """Decode the first frame: upright, RGB or RGBA in sRGB, scaled down to `max_pixels`, no metadata.

    Only for data that passed `read_header`. Raises Invalid when the pixels cannot be read.
    """
    small, turn, profile = _read_small(data, kind, max_pixels)
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
    except BROKEN as error:
        raise Invalid("file", "is cut off or broken and cannot be read") from error


def _read_small(data: bytes, kind: ImageKind, max_pixels: int) -> tuple[Image.Image, object, object]:
    """Give the scaled picture, its orientation and its profile; the whole picture is let go on return."""
    with _open(data, kind) as image:
        turn, profile = image.getexif().get(_ORIENTATION, 1), image.info.get("icc_profile")
        wanted = fit(image.size, max_pixels)
        if kind is ImageKind.JPEG:
            image.draft(None, wanted)
        image.load()
        return _scaled(image, wanted), turn, profile


def _check_size(width: int, height: int, bytes_per_pixel: int, limits: ImageLimits) -> None:
    if not width or not height:
        raise Invalid("file", "is a picture without pixels")
    if max(width, height) > limits.max_side:
        raise Invalid("file", f"is {width} x {height} pixels; a side may have {limits.max_side}")
    most = min(limits.max_pixels, limits.max_decode_bytes // bytes_per_pixel)
    if width * height > most:
        millions = most // 1_000_000
        raise Invalid("file", f"is {width} x {height} pixels; of this kind {millions} megapixels are read")


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
    """Scale down in bands, so that only a band at a time is held in a wider mode than the file's."""
    if image.size == wanted:
        return _plain(image)
    width, height = wanted
    ratio = image.height / height
    scaled: Image.Image | None = None
    for top in range(0, height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, height)
        # The filter looks beyond the band: rows around it are scaled as well and cut off again.
        above, below = max(0, top - _BAND_MARGIN), min(height, bottom + _BAND_MARGIN)
        first, last = int(above * ratio), min(image.height, math.ceil(below * ratio))
        band = _plain(image.crop((0, first, image.width, last)))
        box = (0, above * ratio - first, image.width, min(below * ratio - first, band.height))
        rows = band.resize((width, below - above), Image.Resampling.LANCZOS, box)
        scaled = scaled or Image.new(rows.mode, wanted)
        scaled.paste(rows.crop((0, top - above, width, bottom - above)), (0, top))
    return _plain(image) if scaled is None else scaled


def _plain(image: Image.Image) -> Image.Image:
    """Give channels of 8 bits that can be scaled: no palettes, no single bits, no 16-bit greys."""
    if image.mode.startswith("I"):
        # Pillow's own conversion would cut everything above 255 off.
        return image.convert("I").point([level >> 8 for level in range(2**16)], "L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA", "LA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


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
