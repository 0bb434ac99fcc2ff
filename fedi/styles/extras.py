"""What a model is given beside the picture: one array for each `[[extra]]` of its manifest. Pure: numpy only.

One function a control says what the input is filled with; the shapes are the session's, completed by the
manifest's. `face_maps` are of the picture's size and cut with its tiles: whoever draws puts them in.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fedi.errors import StyleFailed
from fedi.styles.catalogue import Extra
from fedi.styles.check import Node, extra_shape
from fedi.styles.controls import Controls

Numbers = NDArray[np.float32]
# By the input's name.
Shapes = Mapping[str, tuple[int | None, ...]]
Feeds = Mapping[str, Numbers]
# Pixels of the picture for one of a face map.
MAP_SCALE = 4


def shapes(extra: Sequence[Extra], inputs: Sequence[Node]) -> dict[str, tuple[int | None, ...]]:
    """The sides of each extra input, None where they follow the picture. Raises StyleFailed on a misfit."""
    by_name = {node.name: node for node in inputs}
    return {each.name: extra_shape(by_name[each.name], each) for each in extra}


def feeds(extra: Sequence[Extra], sides: Shapes, controls: Controls, guide: Numbers | None) -> Feeds:
    """The arrays of one drawing, by the input's name, without `face_maps`. Raises StyleFailed.

    `guide` is what the guide's model read out of the second picture, None without one.
    """
    found: dict[str, Numbers] = {}
    for each in extra:
        shape = tuple(side or 1 for side in sides[each.name])
        match each.control:
            case "line_weight":
                found[each.name] = _line_weight(each, shape, controls)
            case "variant":
                found[each.name] = _variant(each, shape, controls)
            case "guide":
                found[each.name] = _guide(each, shape, guide)
            case "face_maps":
                pass
    return found


def blank(extra: Sequence[Extra], sides: Shapes, height: int, width: int) -> Feeds:
    """Noughts for each extra input, beside a picture of this size: for a trial run."""
    numbers = {
        each.name: np.zeros(tuple(side or 1 for side in sides[each.name]), np.float32) for each in extra
    }
    return {**numbers, **no_faces(extra, sides, height, width)}


def no_faces(extra: Sequence[Extra], sides: Shapes, height: int, width: int) -> Feeds:
    """Empty `face_maps` for a picture (or tile) of this size: nought is a picture without a face."""
    return {
        each.name: np.zeros(
            (1, sides[each.name][1] or 1, height // MAP_SCALE, width // MAP_SCALE), np.float32
        )
        for each in extra
        if each.control == "face_maps"
    }


def checked(numbers: NDArray[np.generic]) -> Numbers:
    """What a guide's model gave, as float32. Raises StyleFailed for what are no numbers."""
    found = np.asarray(numbers, np.float32)
    if not np.isfinite(found).all():
        raise StyleFailed("The guide's answer holds values that are not numbers.")
    return found


def _line_weight(extra: Extra, shape: tuple[int, ...], controls: Controls) -> Numbers:
    """One number; the manifest's default is what the person's 1 stands for."""
    usual = _default(extra, shape)
    return np.float32(controls.line_weight) * (np.ones(shape, np.float32) if usual is None else usual)


def _variant(extra: Extra, shape: tuple[int, ...], controls: Controls) -> Numbers:
    """The chosen variant's numbers; the default, or the first, where none was chosen."""
    if not controls.variant:
        usual = _default(extra, shape)
        return _of_variant(next(iter(extra.variants.values())), shape) if usual is None else usual
    if controls.variant not in extra.variants:
        raise StyleFailed(f"This style has no variant called {controls.variant}.")
    return _of_variant(extra.variants[controls.variant], shape)


def _of_variant(value: int | tuple[float, ...], shape: tuple[int, ...]) -> Numbers:
    if isinstance(value, tuple):
        return np.array(value, np.float32).reshape(shape)
    numbers = np.zeros(shape, np.float32)
    numbers.flat[value] = 1
    return numbers


def _guide(extra: Extra, shape: tuple[int, ...], guide: Numbers | None) -> Numbers:
    """What was read out of the second picture, or the default."""
    if guide is not None:
        if guide.size != np.prod(shape):
            raise StyleFailed("The guide gives another count of numbers than the style takes.")
        return guide.reshape(shape)
    usual = _default(extra, shape)
    if usual is None:
        raise StyleFailed("This style draws like a second picture: choose one.")
    return usual


def _default(extra: Extra, shape: tuple[int, ...]) -> Numbers | None:
    if extra.default is None:
        return None
    if isinstance(extra.default, tuple):
        return np.array(extra.default, np.float32).reshape(shape)
    return np.full(shape, extra.default, np.float32)
