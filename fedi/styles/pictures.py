"""Image files to upright pixels and back. Runs in the style worker only: what it reads is a stranger's.

The size written in the file's header is checked before a pixel is decoded; metadata is read for the
orientation and the colours and then dropped.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from fedi.errors import StyleFailed
from fedi.styles import profiles
from fedi.styles.framing import Box
from fedi.styles.messages import PictureType
from fedi.styles.tensors import Pixels, on_white

# Pillow's JPEG reader takes the two-picture JPEG of some phones (MPO) as well. Others (EPS, PSD, TIFF)
# have decoders with a history of holes and are no formats of the web.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
MEDIA_TYPES: dict[PictureType, str] = {"webp": "image/webp", "png": "image/png", "jpeg": "image/jpeg"}
QUALITY = 92
# libwebp's effort, 0 to 6. Files are 4 % larger than at its usual 4, which takes twice as long.
EFFORT = 2
# EXIF orientations from here on exchange width and height.
SIDEWAYS = 5
SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Upright pixels on white, and the alpha they had (height, width), None if they were opaque."""

    pixels: Pixels
    alpha: Pixels | None


def open_picture(data: bytes, *, max_pixels: int) -> Image.Image:
    """Read the header only. Raises StyleFailed for what is no picture of ours, or too large a one."""
    # Our check below has our own number; Pillow's only warns up to twice its number.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise StyleFailed(
            "This is not a picture in a format that can be read (JPEG, PNG, WebP, GIF, AVIF)."
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise StyleFailed("The picture is damaged.") from error
    width, height = image.size
    if width * height > max_pixels:
        raise StyleFailed(f"The picture has {width} x {height} pixels; at most {max_pixels} can be read.")
    return image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) once the orientation is applied."""
    sideways = _orientation(image) >= SIDEWAYS
    return (image.height, image.width) if sideways else image.size


def decode(image: Image.Image, size: tuple[int, int], region: Box | None = None) -> Picture:
    """Decode the first frame, upright, in sRGB, at `size` (width, height). Raises StyleFailed.

    `region` is the part that is wanted, in pixels of the upright picture; all of it when None. An image is
    decoded once.
    """
    orientation, whole = _orientation(image), upright_size(image)
    part = region or (0, 0, *whole)
    try:
        if image.format in ("JPEG", "MPO") and orientation < SIDEWAYS:
            # Decodes a large JPEG at a half, a quarter, an eighth, never below `size`: less memory and time.
            wide, high = part[2] - part[0], part[3] - part[1]
            image.draft("RGB", (whole[0] * size[0] // wide, whole[1] * size[1] // high))
        image.load()
        profile = image.info.get("icc_profile")
        upright = _plain(image) if orientation == 1 else ImageOps.exif_transpose(_plain(image))
        scale = upright.width / whole[0], upright.height / whole[1]
        box = part[0] * scale[0], part[1] * scale[1], part[2] * scale[0], part[3] * scale[1]
        if (upright.size, box) != (size, (0, 0, *size)):
            upright = upright.resize(size, Image.Resampling.LANCZOS, box=box)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as error:
        raise StyleFailed("The picture is damaged or cut off.") from error
    flat = profiles.to_srgb(upright, profile)
    if flat.mode == "RGB":
        return Picture(pixels=np.asarray(flat), alpha=None)
    pixels, alpha = on_white(np.asarray(flat))
    return Picture(pixels=pixels, alpha=alpha if alpha.min() < 255 else None)


def resized(
    pixels: Pixels, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Pixels:
    """Pixels of any number of channels at `size` (width, height), those within `box` when it is given."""
    whole = (0, 0, pixels.shape[1], pixels.shape[0])
    if (box or whole) == (0, 0, *size) == whole:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, box=box))


def square(image: Image.Image, side: int) -> Pixels:
    """The middle of the picture, as much as a square holds, at `side` pixels. Raises StyleFailed."""
    width, height = upright_size(image)
    scale = side / min(width, height)
    pixels = decode(image, (max(side, round(width * scale)), max(side, round(height * scale)))).pixels
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return pixels[top : top + side, left : left + side]


def encode(picture: Picture, output: PictureType, xmp: bytes | None) -> bytes:
    """A file that carries nothing but pixels and `xmp`. JPEG has no alpha: the picture stays on white."""
    image = Image.fromarray(picture.pixels)
    if picture.alpha is not None and output != "jpeg":
        image.putalpha(Image.fromarray(picture.alpha))
    file = io.BytesIO()
    match output:
        case "webp":
            image.save(file, "WEBP", quality=QUALITY, method=EFFORT, xmp=xmp or b"")
        case "png":
            text = PngImagePlugin.PngInfo()
            if xmp is not None:
                text.add_itxt("XML:com.adobe.xmp", xmp.decode())
            image.save(file, "PNG", pnginfo=text)
        case "jpeg":
            # Full colour resolution: ink lines on flat tones fray at half of it.
            image.save(file, "JPEG", quality=QUALITY, subsampling=0, xmp=xmp or b"")
    return file.getvalue()


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1..8; 1 where there is none or it cannot be read."""
    try:
        value = image.getexif().get(0x0112, 1)
    except (OSError, ValueError, SyntaxError, EOFError, TypeError):
        return 1
    return value if value in range(1, 9) else 1


def _plain(image: Image.Image) -> Image.Image:
    """The image as RGB, RGBA where it has transparency of any kind, or L or CMYK with a profile."""
    if image.mode in SIXTEEN_BIT:
        high: NDArray[np.uint8] = (np.clip(np.asarray(image).astype(np.int32), 0, 65_535) >> 8).astype(
            np.uint8
        )
        grey = Image.fromarray(high)
        grey.info["exif"] = image.info.get("exif", b"")
        return grey
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    if wanted == "RGB" and image.mode in ("L", "CMYK") and "icc_profile" in image.info:
        return image
    # Converting into what it is already would copy it.
    return image if image.mode == wanted else image.convert(wanted)
