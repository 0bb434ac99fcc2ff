"""From a picture's file to the pixels that a style is given: faces found, square cut, proportions changed.

For the style worker only. Faces are looked for on a small copy, and only where somebody needs them.
"""

from dataclasses import dataclass

from PIL import Image

from fedi.styles import pictures, proportions
from fedi.styles.controls import Controls
from fedi.styles.faces import Face, FaceFinder, square_around
from fedi.styles.messages import Begin, Draw, PictureSize
from fedi.styles.pictures import Picture
from fedi.styles.tensors import Pixels

# A small picture may be drawn at up to this many times its size: line width is in pixels.
MAX_SCALE = 2.0
# The longer side of the copy in which faces are looked for.
SEARCHED_SIDE = 768
# What is drawn as a portrait gets a character's proportions unless its owner says otherwise.
PORTRAITS: frozenset[PictureSize] = frozenset({"portrait"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """What is drawn: pixels with their alpha, and the faces in them."""

    picture: Picture
    faces: tuple[Face, ...]


class Poser:
    """Prepares pictures; keeps the face finder once it was needed."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._finder: FaceFinder | None = None

    def pose(self, draw: Draw, longer: int | None, *, wants_faces: bool) -> Posed:
        """Decode a picture at the size at which it is drawn: `longer` pixels on its longer side, None: as is.

        Raises StyleFailed for what is no picture, or too large a one.
        """
        controls = draw.controls
        amount = proportions_of(controls, draw.size) if wants_faces or controls.proportions else 0.0
        image = pictures.open_picture(draw.picture, max_pixels=self._begin.max_pixels_in)
        size = pictures.upright_size(image)
        found: tuple[Face, ...] = ()
        if wants_faces or amount > 0 or controls.crop == "square":
            found = self._find(draw.picture, size)
        box = square_around(size, found) if controls.crop == "square" else (0, 0, *size)
        cut = box[2] - box[0], box[3] - box[1]
        wanted = pictures.fitted(
            cut,
            longer=longer,
            max_pixels=self._begin.max_pixels_out,
            max_scale=MAX_SCALE,
        )
        picture = pictures.decode(image, wanted, box=box)
        image.close()
        faces = tuple(face.scaled(wanted[0] / cut[0], box[0], box[1]) for face in found)
        pixels = proportions.apply(picture.pixels, faces, amount)
        return Posed(picture=Picture(pixels=pixels, alpha=picture.alpha), faces=faces)

    def _find(self, data: bytes, size: tuple[int, int]) -> tuple[Face, ...]:
        """The faces of a picture, in its own upright pixels."""
        if self._finder is None:
            self._finder = FaceFinder(self._begin)
        scale = min(1.0, SEARCHED_SIDE / max(size))
        small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        with pictures.open_picture(data, max_pixels=self._begin.max_pixels_in) as image:
            pixels = pictures.decode(image, small).pixels
        return tuple(face.scaled(size[0] / small[0]) for face in self._finder.find(pixels))


def proportions_of(controls: Controls, size: PictureSize) -> float:
    """How far a drawing goes from the likeness to a character."""
    if controls.proportions is not None:
        return controls.proportions
    return proportions.DEFAULT if size in PORTRAITS else 0.0


def mixed(drawn: Pixels, photo: Pixels, controls: Controls) -> Pixels:
    """The drawing as asked for: in the photo's colours, or mixed with the photo."""
    if not controls.keep_colours and controls.strength >= 1:
        return drawn
    before, after = Image.fromarray(photo), Image.fromarray(drawn)
    if controls.keep_colours:
        light = after.convert("YCbCr").getchannel(0)
        _, blue, red = before.convert("YCbCr").split()
        after = Image.merge("YCbCr", (light, blue, red)).convert("RGB")
    return pictures.as_pixels(Image.blend(before, after, controls.strength))
