"""Which part of a picture is drawn, at which size, and how large the result is. Pure numbers.

Lines are in pixels: the size at which a style draws decides how bold they look. So "full" does not draw at
the picture's own size: at 16 megapixels a line of two pixels is a hair, and the drawing looks like the photo
(seen by eye at 1024 to 3200 pixels). It is drawn at twice the size of a "picture" and carried up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fedi.styles.catalogue import Size
from fedi.styles.messages import PictureSize

# A small picture may be drawn at up to this many times its size.
MAX_SCALE = 2.0
FULL_SCALE = 2
# WebP's format ends here; the other two are held to it as well, so that every output works for every picture.
MAX_SIDE = 16_383
PREVIEW_SIDE = 400
# A profile's header: three times as wide as high.
HEADER_WIDTH, HEADER_SHAPE = 1500, 3
# 648 x 432: lines nearly as in the real thing, within a tenth of a second.
PREVIEW_PIXELS = 280_000

Sides = tuple[int, int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`working` is the size (width, height) the model sees, `final` that of the result."""

    working: Sides
    final: Sides


def frame(
    region: Sides, size: PictureSize, spec: Size, *, detail: float, max_pixels: int, is_preview: bool
) -> Frame:
    """How a region of a picture (width, height) is drawn. `detail` scales the working size alone."""
    longer = {"portrait": spec.portrait, "picture": spec.picture, "header": HEADER_WIDTH, "full": None}[size]
    working = final = fitted(region, longer=longer, max_pixels=max_pixels)
    if size == "header":
        working = fitted(final, longer=min(max(final), spec.picture), max_pixels=max_pixels)
    if size == "full":
        working = fitted(final, longer=min(max(final), FULL_SCALE * spec.picture), max_pixels=max_pixels)
    if is_preview:
        working = fitted(working, longer=None, max_pixels=PREVIEW_PIXELS)
        final = fitted(final, longer=min(PREVIEW_SIDE, max(final)), max_pixels=max_pixels)
    if detail != 1:
        working = fitted(working, longer=max(1, round(max(working) * detail)), max_pixels=max_pixels)
    return Frame(working=working, final=final)


def banner(size: Sides, middles: Sequence[tuple[float, float]]) -> Box:
    """The part of a picture of `size` (width, height) that a header shows, around the `middles` of faces.

    As wide as fits, a third as high (left, top, right, bottom); without faces from the middle.
    """
    width, height = size
    wide = min(width, height * HEADER_SHAPE)
    high = max(1, min(height, wide // HEADER_SHAPE))
    x, y = (
        (sum(each[axis] for each in middles) / len(middles) if middles else size[axis] / 2) for axis in (0, 1)
    )
    left = int(min(max(0, x - wide / 2), width - wide))
    top = int(min(max(0, y - high / 2), height - high))
    return left, top, left + wide, top + high


def fitted(size: Sides, *, longer: int | None, max_pixels: int) -> Sides:
    """`size` scaled until its longer side is `longer` (None: not), within MAX_SCALE, the pixels, MAX_SIDE."""
    width, height = size
    wanted = 1.0 if longer is None else min(longer / max(size), MAX_SCALE)
    scale = min(wanted, math.sqrt(max_pixels / (width * height)), MAX_SIDE / max(size))
    return max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))
