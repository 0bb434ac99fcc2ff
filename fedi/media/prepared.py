"""What is known of pictures without decoding one: what they may be, and what is made of them."""

from dataclasses import dataclass

from fedi.media.provenance import Label

# Mastodon's, and what its readers take from others.
EMOJI_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What is decoded at all. An animation counts the pixels of all its frames against its own limit.

    `max_decode_bytes` bounds the memory of decoding: 16 megapixels of WebP, 40 of PNG or usual JPEG.
    """

    max_bytes: int = 16 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_decode_bytes: int = 192 * 1024 * 1024
    max_side: int = 16_384
    max_frames: int = 1_000
    max_animation_pixels: int = 400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedImage:
    """An encoded picture."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A picture ready to be stored. `full` is larger than `file`, for the studio; None when `file` is all.

    `origin` says whose word the label is: studio, file or author. `kind` is image, gifv (a clip without
    sound) or video; `frames` is None for what stands still.
    """

    full: EncodedImage | None
    file: EncodedImage
    preview: EncodedImage
    blurhash: str
    label: Label | None
    origin: str
    kind: str = "image"
    frames: int | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEmoji:
    """A custom emoji ready to be stored: its file, and a PNG that stands still."""

    file: EncodedImage
    still: EncodedImage
