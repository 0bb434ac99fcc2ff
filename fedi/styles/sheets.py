"""From a picture's file to what a style draws on: upright, cropped, with the proportions asked for.

For the style worker only. The order is: look, find the faces, crop, decode no larger than is needed,
change proportions, scale to the working size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.styles import framing, pictures
from fedi.styles.catalogue import Size
from fedi.styles.controls import Controls
from fedi.styles.framing import Box, Frame
from fedi.styles.looking import Look, Looks, Seen
from fedi.styles.messages import Draw
from fedi.styles.tensors import Pixels


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
    faces: Sequence[Seen]
    frame: Frame

    def working(self) -> tuple[Pixels, Sequence[Seen]]:
        """The pixels at the working size, and the faces in them."""
        size = self.frame.working
        scale = size[0] / self.pixels.shape[1], size[1] / self.pixels.shape[0]
        return pictures.resized(self.pixels, size), [face.moved((0, 0), scale) for face in self.faces]


def lay_out(draw: Draw, spec: Size, looks: Looks, limits: Limits, *, knows_faces: bool) -> Sheet:
    """Prepare the picture of a request. Raises StyleFailed.

    `knows_faces`: the style draws faces by their landmarks.
    """
    controls = draw.controls
    image = pictures.open_picture(draw.picture, max_pixels=limits.max_pixels_in)
    whole, has_alpha = pictures.upright_size(image), image.has_transparency_data
    look = looks.of(draw.picture, image) if _wants_look(draw, knows_faces=knows_faces) else None
    faces = look.faces if look is not None else ()
    region = _region(controls, whole, faces)
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
    scale = needed[0] / wide, needed[1] / high
    placed = [face.moved((region[0], region[1]), scale) for face in faces]
    return Sheet(pixels=picture.pixels, alpha=picture.alpha, faces=placed, frame=frame)


def is_mixed(controls: Controls) -> bool:
    """Whether the photo shows in the result."""
    return controls.strength < 1 or controls.keep_colours


def _wants_look(draw: Draw, *, knows_faces: bool) -> bool:
    controls = draw.controls
    return draw.is_preview or knows_faces or controls.crop == "square" or bool(controls.proportions)


def _region(controls: Controls, whole: tuple[int, int], faces: Sequence[Seen]) -> Box:
    if controls.crop == "none":
        return (0, 0, *whole)
    return framing.square(whole)


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
