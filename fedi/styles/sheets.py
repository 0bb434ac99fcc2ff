"""From a picture's file to what a style draws on: upright, cropped, with the proportions asked for.

For the style worker only. The order is: look, find the faces, crop, decode no larger than is needed,
change proportions, scale to the working size.
"""

from dataclasses import dataclass

from fedi.styles import framing, pictures, proportions
from fedi.styles.catalogue import Size
from fedi.styles.controls import Controls
from fedi.styles.faces import Face, square_around
from fedi.styles.framing import Box, Frame
from fedi.styles.looking import Look, Looks
from fedi.styles.messages import Draw
from fedi.styles.tensors import Pixels

# Of the shorter side, between the eyes. Nothing is cut around less: an ear that passes for a face would fill
# the portrait.
LEAST_FACE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most pixels that are read of a picture, and that are drawn."""

    max_pixels_in: int
    max_pixels_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A picture ready to be drawn, at `frame.working` or larger; `faces` are in its own pixels."""

    pixels: Pixels
    alpha: Pixels | None
    faces: tuple[Face, ...]
    frame: Frame

    def working(self) -> tuple[Pixels, tuple[Face, ...]]:
        """The pixels at the working size, and the faces in them."""
        size = self.frame.working
        scale = max(size) / max(self.pixels.shape[:2])
        return pictures.resized(self.pixels, size), tuple(face.scaled(scale) for face in self.faces)


def lay_out(draw: Draw, spec: Size, looks: Looks, limits: Limits, *, knows_faces: bool) -> Sheet:
    """Prepare the picture of a request. Raises StyleFailed.

    `knows_faces`: the style draws faces by their landmarks.
    """
    controls = draw.controls
    image = pictures.open_picture(draw.picture, max_pixels=limits.max_pixels_in)
    whole, has_alpha = pictures.upright_size(image), image.has_transparency_data
    amount = _proportions(draw, knows_faces=knows_faces)
    wants_look = draw.is_preview or knows_faces or _is_cropped(draw) or amount > 0
    look = looks.of(draw.picture, image) if wants_look else None
    faces = look.faces if look is not None else ()
    region = _region(draw, whole, faces)
    wide, high = region[2] - region[0], region[3] - region[1]
    frame = framing.frame(
        (wide, high), draw.size, spec,
        detail=controls.detail, max_pixels=limits.max_pixels_out, is_preview=draw.is_preview,
    )  # fmt: skip
    needs_final = has_alpha or is_mixed(controls)
    needed = max(frame.working, frame.final) if needs_final else frame.working
    if look is not None and (draw.is_preview or _is_enough(look, region, needed)):
        picture = _cut(look, region, needed)
    else:
        if look is not None:
            image = pictures.open_picture(draw.picture, max_pixels=limits.max_pixels_in)
        picture = pictures.decode(image, needed, region)
    image.close()
    scale = max(needed) / max(wide, high)
    placed = tuple(face.scaled(scale, region[0], region[1]) for face in faces)
    pixels = proportions.apply(picture.pixels, placed, amount)
    return Sheet(pixels=pixels, alpha=picture.alpha, faces=placed, frame=frame)


def is_mixed(controls: Controls) -> bool:
    """Whether the photo shows in the result."""
    return controls.strength < 1 or controls.keep_colours


def _proportions(draw: Draw, *, knows_faces: bool) -> float:
    """How much of a character's proportions: without a choice, portrait styles give portraits some."""
    if draw.controls.proportions is not None:
        return draw.controls.proportions
    return proportions.DEFAULT if knows_faces and draw.size == "portrait" else 0.0


def _is_cropped(draw: Draw) -> bool:
    """Whether a part of the picture is drawn, which depends on where the faces are."""
    return draw.size == "header" or draw.controls.crop == "square"


def _region(draw: Draw, whole: tuple[int, int], faces: tuple[Face, ...]) -> Box:
    faces = tuple(face for face in faces if face.unit >= LEAST_FACE * min(whole))
    if draw.size == "header":
        return framing.banner(whole, [(float(face.middle[0]), float(face.middle[1])) for face in faces])
    return (0, 0, *whole) if draw.controls.crop == "none" else square_around(whole, faces)


def _is_enough(look: Look, region: Box, needed: tuple[int, int]) -> bool:
    """Whether the look shows the region at least as large as is needed."""
    small = look.picture.pixels.shape
    share = small[1] / look.whole[0], small[0] / look.whole[1]
    wide, high = (region[2] - region[0]) * share[0], (region[3] - region[1]) * share[1]
    return bool(round(wide) >= needed[0] and round(high) >= needed[1])


def _cut(look: Look, region: Box, size: tuple[int, int]) -> pictures.Picture:
    pixels, alpha = look.picture.pixels, look.picture.alpha
    x, y = pixels.shape[1] / look.whole[0], pixels.shape[0] / look.whole[1]
    box = region[0] * x, region[1] * y, region[2] * x, region[3] * y
    return pictures.Picture(
        pixels=pictures.resized(pixels, size, box),
        alpha=None if alpha is None else pictures.resized(alpha, size, box),
    )
