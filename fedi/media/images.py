"""Pictures in, pictures out: decoded within limits, upright, stripped, scaled, labelled, encoded anew.

Everything here is work for a thread. Animated GIF, WebP and PNG keep their frames; AVIF keeps its first.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from fedi.errors import Invalid
from fedi.media import apngs, gifs, webps
from fedi.media.blurhash import blurhash_of
from fedi.media.decode import ImageHeader, ImageLimits, decode, fit, read_header
from fedi.media.provenance import DigitalSource, Label, label_options, read_label
from fedi.media.sniff import ImageKind

MAX_PIXELS_KEPT = 8_300_000  # Mastodon's: 3840 x 2160
PREVIEW_PIXELS = 230_400  # Mastodon's "small": 640 x 360

_AVATAR_SIDE = 400
_HEADER_SIZE = (1500, 500)
# An opaque PNG with many pixels and many bytes for each is a photograph, not a drawing or a screenshot.
_PHOTO_PIXELS = 1_000_000
_PHOTO_BYTES_PER_PIXEL = 1.0
# Copies of animations without anything but pixels, timing and a label.
_CLEANERS = {ImageKind.GIF: gifs.clean, ImageKind.PNG: apngs.clean, ImageKind.WEBP: webps.clean}
_ENCODERS: dict[ImageKind, dict[str, Any]] = {
    ImageKind.JPEG: {"format": "JPEG", "quality": 88},
    ImageKind.PNG: {"format": "PNG"},
    # Method 2 takes three quarters of the time of 4 for a thousandth more bytes (measured on noise).
    ImageKind.WEBP: {"format": "WEBP", "quality": 88, "method": 2},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedImage:
    """An encoded picture."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedImage:
    """A picture ready to be kept, with a small preview; `source_label` is what its file or its maker said."""

    data: bytes
    media_type: str
    width: int
    height: int
    blurhash: str
    preview: bytes
    preview_type: str
    preview_width: int
    preview_height: int
    source_label: DigitalSource | None
    frames: int = 1
    duration_ms: int = 0


def process(
    data: bytes,
    *,
    limits: ImageLimits,
    max_pixels_kept: int = MAX_PIXELS_KEPT,
    label: Label | None = None,
) -> ProcessedImage:
    """Make an upload fit to be kept: no metadata but the label, sRGB, upright, at most `max_pixels_kept`.

    `label` is written into both outputs; without it the label that the file carries is kept. JPEG stays
    JPEG, GIF stays GIF, PNG stays PNG unless it is a photograph (then WebP), WebP and AVIF become WebP.
    Raises Unsupported, TooLarge or Invalid (`field` "file") with a sentence for people.
    """
    said = read_header(data, limits=limits)
    label = label or read_label(data)
    moves = keeps_frames(said, max_pixels_kept)
    if moves:
        _check_animation(said, limits)
    image = decode(data, said.kind, max_pixels=max_pixels_kept)
    # An animation is never scaled, so one that is too large is kept as its first frame.
    if moves:
        cleaned = _CLEANERS[said.kind](data, label)
        kept = EncodedImage(data=cleaned, media_type=said.kind, width=said.width, height=said.height)
    else:
        kept = encode(image, _kind_kept(said, image, len(data)), label)

    small = image.resize(fit(image.size, PREVIEW_PIXELS), Image.Resampling.LANCZOS, reducing_gap=2)
    preview = encode(small, _kind_of_small(said.kind), label)
    return ProcessedImage(
        data=kept.data,
        media_type=kept.media_type,
        width=kept.width,
        height=kept.height,
        blurhash=blurhash_of(small),
        preview=preview.data,
        preview_type=preview.media_type,
        preview_width=preview.width,
        preview_height=preview.height,
        source_label=label.source if label else None,
        frames=said.frames if moves else 1,
        duration_ms=said.duration_ms if moves else 0,
    )


def keeps_frames(said: ImageHeader, max_pixels_kept: int) -> bool:
    """Say whether a picture is kept with all its frames, as it came; a GIF of one frame stays a GIF."""
    is_frames = said.kind is ImageKind.GIF or (said.frames > 1 and said.kind in _CLEANERS)
    return is_frames and said.width * said.height <= max_pixels_kept


def square_avatar(data: bytes, *, limits: ImageLimits, size: int = _AVATAR_SIDE) -> EncodedImage:
    """Make an avatar: the middle square, at most `size` pixels a side, still. Raises as `process`."""
    return _cropped(data, (size, size), limits)


def profile_header(data: bytes, *, limits: ImageLimits, size: tuple[int, int] = _HEADER_SIZE) -> EncodedImage:
    """Make a profile header: the middle in the shape of `size`, at most that large. Raises as `process`."""
    return _cropped(data, size, limits)


def encode(image: Image.Image, kind: ImageKind, label: Label | None) -> EncodedImage:
    """Encode an RGB or RGBA picture as JPEG (RGB alone), PNG or WebP, with no metadata but `label`."""
    target = BytesIO()
    image.save(target, **_ENCODERS[kind], **label_options(kind, label))
    return EncodedImage(data=target.getvalue(), media_type=kind, width=image.width, height=image.height)


def _check_animation(said: ImageHeader, limits: ImageLimits) -> None:
    too_long = said.frames > limits.max_frames
    if too_long or said.frames * said.width * said.height > limits.max_animation_pixels:
        raise Invalid("file", f"has {said.frames} frames; that is too much animation for this server")


def _kind_kept(said: ImageHeader, image: Image.Image, length: int) -> ImageKind:
    match said.kind:
        case ImageKind.JPEG:
            return ImageKind.JPEG
        case ImageKind.PNG:
            pixels = said.width * said.height
            is_photo = pixels > _PHOTO_PIXELS and length / pixels > _PHOTO_BYTES_PER_PIXEL
            return ImageKind.WEBP if is_photo and image.mode == "RGB" else ImageKind.PNG
        case ImageKind.GIF:
            return ImageKind.PNG
        case ImageKind.WEBP | ImageKind.AVIF:
            return ImageKind.WEBP


def _kind_of_small(kind: ImageKind) -> ImageKind:
    """Previews and avatars: JPEG from JPEG, and WebP, which is small with and without transparency."""
    return ImageKind.JPEG if kind is ImageKind.JPEG else ImageKind.WEBP


def _cropped(data: bytes, size: tuple[int, int], limits: ImageLimits) -> EncodedImage:
    kind = read_header(data, limits=limits).kind
    image = decode(data, kind, max_pixels=MAX_PIXELS_KEPT)
    # A small picture is cropped to the shape but not blown up.
    scale = min(1.0, image.width / size[0], image.height / size[1])
    wanted = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    fitted = ImageOps.fit(image, wanted, Image.Resampling.LANCZOS)
    return encode(fitted, _kind_of_small(kind), read_label(data))
