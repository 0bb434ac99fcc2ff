"""Make what came in fit to be kept: uploads, drawings of the studio, first frames of clips, emoji.

Work for the process of media/worker.py: what is made here is all that the server learns of a picture.
"""

from fedi.errors import Invalid
from fedi.media import images
from fedi.media.blurhash import blurhash_of
from fedi.media.decode import decode, fit, read_header
from fedi.media.images import PREVIEW_PIXELS
from fedi.media.messages import First, Prepare, PrepareDrawn, PrepareFirst, Relabel
from fedi.media.prepared import EMOJI_BYTES, EncodedImage, ImageLimits, Prepared, PreparedEmoji
from fedi.media.provenance import label_in
from fedi.media.sniff import ImageKind, sniff

_FIRST_LIMITS = ImageLimits(max_bytes=8 * PREVIEW_PIXELS, max_pixels=2 * PREVIEW_PIXELS)
_EMOJI_LIMITS = ImageLimits(max_bytes=EMOJI_BYTES, max_pixels=2048 * 2048, max_animation_pixels=40_000_000)
# Shown as high as a line; twice that for fine screens.
_STILL_PIXELS = 128 * 128


def prepare(request: Prepare) -> Prepared:
    """Make an upload fit to be kept. Raises as `fedi.media.images.process`.

    That a model made it, the file itself says better than its author.
    """
    data, kept = request.data, request.pixels_kept
    header = read_header(data, limits=request.limits)
    label, origin = label_in(data, request.claimed)
    made = images.process(data, limits=request.limits, max_pixels_kept=kept, label=label)
    full = None
    if header.kind is not ImageKind.GIF and kept < min(header.width * header.height, request.pixels_drawn):
        # The studio draws up to so many pixels; no more is worth keeping.
        large = decode(data, header.kind, max_pixels=request.pixels_drawn)
        full = images.encode(large, ImageKind(made.media_type), label)
    return Prepared(
        full=full,
        file=EncodedImage(data=made.data, media_type=made.media_type, width=made.width, height=made.height),
        preview=EncodedImage(
            data=made.preview,
            media_type=made.preview_type,
            width=made.preview_width,
            height=made.preview_height,
        ),
        blurhash=made.blurhash,
        label=label,
        origin=origin,
        frames=made.frames if made.frames > 1 else None,
        duration_ms=made.duration_ms if made.frames > 1 else None,
    )


def prepare_drawn(request: PrepareDrawn) -> Prepared:
    """Make a picture of the studio fit to be kept: its file as it is, so that no line is encoded twice.

    Raises Invalid when the file cannot be read.
    """
    drawn, label, kept = request.drawn, request.label, request.pixels_kept
    # The studio's own bound, not that of uploads.
    limits = ImageLimits(max_bytes=max(len(drawn.data), 1), max_pixels=request.pixels_drawn)
    kind = read_header(drawn.data, limits=limits).kind
    image = decode(drawn.data, kind, max_pixels=kept)
    is_whole = drawn.width * drawn.height <= kept
    small = image.resize(fit(image.size, PREVIEW_PIXELS), reducing_gap=2)
    return Prepared(
        full=None if is_whole else drawn,
        file=drawn if is_whole else images.encode(image, kind, label),
        preview=images.encode(small, ImageKind.WEBP, label),
        blurhash=blurhash_of(small),
        label=label,
        origin="studio",
    )


def prepare_first(request: PrepareFirst) -> First:
    """Make a preview of a clip's first frame. Raises Invalid when it cannot be read."""
    kind = read_header(request.data, limits=_FIRST_LIMITS).kind
    still = decode(request.data, kind, max_pixels=PREVIEW_PIXELS)
    return First(preview=images.encode(still, ImageKind.WEBP, request.label), blurhash=blurhash_of(still))


def relabel(request: Relabel) -> bytes:
    """Give the file of a kept picture with another label, or none; its pixels stay. Raises Invalid."""
    change = images.LABELLERS.get(sniff(request.data))
    if change is None:
        raise Invalid("file", "is of a kind that is not kept")
    return change(request.data, request.label)


def prepare_emoji(data: bytes) -> PreparedEmoji:
    """Make an emoji: its file without metadata, and a PNG that stands still. Raises Invalid."""
    header = read_header(data, limits=_EMOJI_LIMITS)
    if header.kind not in images.CLEANERS:
        raise Invalid("", "An emoji is a PNG, GIF or WebP picture.")
    if header.frames * header.width * header.height > _EMOJI_LIMITS.max_animation_pixels:
        raise Invalid("", "This animation is too long.")
    first = decode(data, header.kind, max_pixels=_EMOJI_LIMITS.max_pixels)
    still = images.encode(first.resize(fit(first.size, _STILL_PIXELS)), ImageKind.PNG, None)
    if header.kind is ImageKind.GIF or header.frames > 1:
        moving = EncodedImage(
            data=images.CLEANERS[header.kind](data, None),
            media_type=header.kind,
            width=header.width,
            height=header.height,
        )
        return PreparedEmoji(file=moving, still=still)
    return PreparedEmoji(file=images.encode(first, header.kind, None), still=still)
