"""What a person can set about a drawing, beside its style: bounded and with defaults, the same everywhere."""

from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Crop = Literal["none", "square"]


class Controls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a style is applied. The defaults are the style as its makers meant it.

    `strength` mixes the drawing (1) with the photo (0). `keep_colours` takes the lightness from the drawing
    and the colours from the photo. `line_weight` is 0 (no lines) to 2 (bold), for styles that have lines.
    `detail` scales the working size: lines are in pixels, so more detail means finer lines. `proportions`
    goes from the likeness (0) to a character (1); None is the style's own choice for a portrait.
    `crop`: a square around the face or faces. `variant` is one of those that a manifest names.
    """

    strength: Share = 1.0
    keep_colours: bool = False
    line_weight: Annotated[float, msgspec.Meta(ge=0, le=2)] = 1.0
    detail: Annotated[float, msgspec.Meta(ge=0.5, le=2)] = 1.0
    proportions: Share | None = None
    crop: Crop = "none"
    variant: Annotated[str, msgspec.Meta(max_length=64)] = ""
