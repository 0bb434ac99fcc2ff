"""A drawing and its photo mixed: so much of each, or the drawing's light with the photo's colours.

Pixels are uint8 (height, width, 3), sRGB. Colours are told apart in OKLab (Ottosson 2020), whose hues stay
what they are when light changes: the lips of a dark face do not turn purple, nor fair skin grey.
"""

import numpy as np
from numpy.typing import NDArray

from fedi.styles.tensors import Pixels

Floats = NDArray[np.float32]

# Rows at a time: what is computed in between takes some fifty bytes a pixel.
ROWS = 64
LEVELS = 4096
# Where a photo is all but black or white, its colour says nothing.
LEAST_LIGHT = 0.02

# Linear sRGB to the cones' answers, and their cube roots to lightness and colour
# (bottosson.github.io/posts/oklab).
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
FROM_CONES = np.linalg.inv(TO_CONES.astype(np.float64)).astype(np.float32)
FROM_LAB = np.linalg.inv(TO_LAB.astype(np.float64)).astype(np.float32)


def _decoded(levels: Floats) -> Floats:
    """SRGB levels, 0..1, as light (IEC 61966-2-1)."""
    light: Floats = np.where(
        levels <= 0.04045,
        levels / 12.92,
        ((levels + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4),
    )
    return light


def _encoded(light: Floats) -> Floats:
    levels: Floats = np.where(
        light <= 0.0031308,
        light * 12.92,
        np.float32(1.055) * light ** np.float32(1 / 2.4) - np.float32(0.055),
    )
    return levels


LIGHT = _decoded((np.arange(256) / 255).astype(np.float32))
LEVEL = np.rint(_encoded(np.linspace(0, 1, LEVELS, dtype=np.float32)) * 255).astype(np.uint8)


def mix(photo: Pixels, drawing: Pixels, *, strength: float, keep_colours: bool) -> Pixels:
    """So much of the drawing (0..1) over the photo, of one shape; with the photo's colours if they are kept.

    At 0 it is the photo, at 1 without its colours the drawing, to the bit.
    """
    if strength == 0:
        return photo
    if strength == 1 and not keep_colours:
        return drawing
    mixed = np.empty_like(photo)
    share = round(strength * 256)
    for top in range(0, photo.shape[0], ROWS):
        rows = np.s_[top : top + ROWS]
        drawn = with_colours(photo[rows], drawing[rows]) if keep_colours else drawing[rows]
        both = drawn.astype(np.int32) * share + photo[rows].astype(np.int32) * (256 - share) + 128
        mixed[rows] = both >> 8
    return mixed


def with_colours(photo: Pixels, drawing: Pixels) -> Pixels:
    """The drawing's lightness with the photo's hue and colourfulness.

    Colours fade towards black and white as light does, so that ink stays ink, and nothing leaves the gamut
    that was not at its edge.
    """
    theirs, ours = _lab(photo), _lab(drawing)
    before, after = theirs[..., 0], ours[..., 0]
    darker = after / np.maximum(before, np.float32(LEAST_LIGHT))
    lighter = (1 - after) / np.maximum(1 - before, np.float32(LEAST_LIGHT))
    fade = np.clip(np.minimum(darker, lighter), 0, 1)[..., None]
    lab = np.concatenate([after[..., None], theirs[..., 1:] * fade], axis=-1)
    light = (lab @ FROM_LAB.T) ** 3 @ FROM_CONES.T
    places = np.clip(light, 0, 1) * np.float32(LEVELS - 1) + np.float32(0.5)
    levels: Pixels = LEVEL[places.astype(np.uint16)]
    return levels


def _lab(pixels: Pixels) -> Floats:
    lab: Floats = np.cbrt(LIGHT[pixels] @ TO_CONES.T) @ TO_LAB.T
    return lab
