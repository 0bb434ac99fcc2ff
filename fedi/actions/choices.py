"""What was chosen for a drawing beside its style: read from a form or JSON, checked, kept with the run."""

import math
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from fedi.errors import Invalid
from fedi.models.media import StyleRun
from fedi.styles.catalogue import Style
from fedi.styles.controls import Controls
from fedi.styles.messages import PictureSize

SIZES: Mapping[str, PictureSize] = {size: size for size in get_args(PictureSize)}
_FIELDS = {field.name: field for field in msgspec.structs.fields(Controls)}
_FLAGS = {"on": True, "yes": True, "off": False, "no": False, "": False}


def read_controls(values: Mapping[str, Any]) -> Controls:
    """Read those controls that are among some values: texts of a form, or what JSON holds.

    Raises Invalid naming the first that is wrong. An empty text is as if it were not there.
    """
    found = {}
    for name, field in _FIELDS.items():
        value = values.get(name)
        if isinstance(value, str):
            value = value.strip()
            if field.type is bool:
                value = _FLAGS.get(value.lower(), value)
        if value is None or value == "":
            continue
        try:
            found[name] = msgspec.convert(value, field.type, strict=False)
        except msgspec.ValidationError as error:
            raise Invalid(name, _words(error)) from error
        if isinstance(found[name], float) and not math.isfinite(found[name]):
            raise Invalid(name, "must be a number")
    return Controls(**found)


def read_size(text: str) -> PictureSize:
    """Read a size. Raises Invalid."""
    if text not in SIZES:
        raise Invalid("size", f"must be one of {', '.join(SIZES)}")
    return SIZES[text]


def check(style: Style, controls: Controls) -> None:
    """Raise Invalid naming what a style does not know."""
    if controls.line_weight != 1 and "line_weight" not in style.controls:
        raise Invalid("line_weight", "is not known to this style: its lines are what they are")
    if controls.variant and controls.variant not in style.variants:
        known = ", ".join(style.variants)
        raise Invalid("variant", f"must be one of {known}" if known else "is not known to this style")


def fitting(style: Style, controls: Controls) -> Controls:
    """The controls without those that a style does not know: for all styles side by side."""
    if "line_weight" not in style.controls:
        controls = msgspec.structs.replace(controls, line_weight=1.0)
    if controls.variant not in style.variants:
        controls = msgspec.structs.replace(controls, variant="")
    return controls


def known(style: Style) -> list[str]:
    """The names of the controls that do something in a style, as the API names them."""
    inner = [name for name in ("line_weight", "variant") if name in style.controls]
    return ["strength", "keep_colours", "detail", "proportions", "crop", *inner] + (
        ["guide_media_id"] if "guide" in style.controls else []
    )


def controls_of(run: StyleRun) -> Controls:
    """The controls among a run's settings."""
    kept = {name: value for name, value in (run.settings or {}).items() if name in _FIELDS}
    return msgspec.convert(kept, Controls)


def _words(error: msgspec.ValidationError) -> str:
    """Msgspec's sentence as ours: `Expected ...` becomes `must be ...`."""
    text = str(error)
    return "must be " + text.removeprefix("Expected ").split(", got")[0].replace("`", "")
