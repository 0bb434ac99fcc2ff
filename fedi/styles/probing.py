"""What a model says of itself when it is tried: its ends, its layout, range, multiple and memory.

For the style worker only. What cannot be told from outside (the channels' order, the author, the licence)
stays for its owner to say. Nothing here is believed later: a style is checked again each time it is loaded.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles import check, sessions
from fedi.styles.catalogue import MAX_PLACES, RANGES
from fedi.styles.sessions import guarded

# Operators that take statistics over all they are given: tiles of such a model are not the whole.
NORMS = {
    "InstanceNormalization", "GroupNormalization", "LayerNormalization", "GlobalAveragePool", "GlobalMaxPool",
    "ReduceMean", "ReduceSum", "ReduceL2", "ReduceMax", "ReduceMin",
}  # fmt: skip
MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
# The sides of a trial: the least multiple of each step that is none of the next.
BASE_SIDES = (64, 128)
MEMORY_SIDE = 256
MIB = 1024 * 1024
# How far an answer may stray from its range, and how much of it a picture of all tones must fill.
STRAY, FILLED = 0.05, 0.15

Image = NDArray[np.float32]


def inspect(model: bytes, begin: Begin) -> dict[str, Any]:
    """Scan, load and try a model. Raises StyleFailed for what is no plain ONNX or takes no picture."""
    contents = check.scan(model)
    session = sessions.on_processor(model, begin)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    facts: dict[str, Any] = {
        "opset": contents.opset,
        "nodes": contents.nodes,
        "inputs": {node.name: list(node.shape) for node in inputs},
        "outputs": {node.name: list(node.shape) for node in outputs},
        "norm": "instance" if contents.operators & NORMS else "none",
    }
    image = _image_input(inputs)
    if len(outputs) != 1:
        raise StyleFailed(f"The model gives {len(outputs)} answers; a style gives one picture.")
    layout = "nchw" if image.shape[1] == 3 else "nhwc"
    sides = image.shape[2:] if layout == "nchw" else image.shape[1:3]
    fixed = [side for side in sides if isinstance(side, int)]
    trial = _Trial(session, image.name, layout, _others(inputs, image.name))
    before = _memory("VmSize:")
    multiple = _multiple(trial, fixed)
    side = (fixed or [MEMORY_SIDE, MEMORY_SIDE])[:2]
    found = _range(trial, side, likely=(-1.0, 1.0) if "Tanh" in contents.operators else (0.0, 1.0))
    used = max(1, _memory("VmPeak:") - before)
    return {
        **facts,
        "input": image.name,
        "output": outputs[0].name,
        "layout": layout,
        "fixed": fixed or None,
        "multiple": multiple,
        "range": found,
        "memory_mb_per_megapixel": max(1, round(used / MIB / (side[0] * side[1] / 1_000_000))),
    }


class _Trial:
    """A model and how to give it a picture."""

    def __init__(
        self, session: onnxruntime.InferenceSession, name: str, layout: str, others: Mapping[str, Image]
    ) -> None:
        self._session, self._name, self._layout, self._others = session, name, layout, others

    def __call__(self, height: int, width: int, low: float, high: float) -> Image:
        """The model's answer to a picture of all tones, in the picture's layout. Raises StyleFailed."""
        shape = (1, 3, height, width) if self._layout == "nchw" else (1, height, width, 3)
        picture = np.linspace(low, high, int(np.prod(shape)), dtype=np.float32)
        np.random.default_rng(1).shuffle(picture)
        feeds = {self._name: picture.reshape(shape), **self._others}
        answer = np.asarray(guarded(lambda: self._session.run(None, feeds))[0])
        if answer.shape != shape:
            raise StyleFailed("The model's answer has another size than the picture it is given.")
        if not np.isfinite(answer).all():
            raise StyleFailed("The model's answer holds values that are not numbers.")
        return answer


def _image_input(inputs: Sequence[check.Node]) -> check.Node:
    pictures = [
        node
        for node in inputs
        if node.type == "tensor(float)" and len(node.shape) == 4 and 3 in (node.shape[1], node.shape[3])
    ]
    if len(pictures) != 1:
        raise StyleFailed("The model has no input that is clearly a picture of three float32 channels.")
    return pictures[0]


def _others(inputs: Sequence[check.Node], image: str) -> dict[str, Image]:
    """Something for every other input: one at its first place, noughts at the others."""
    found = {}
    for node in inputs:
        if node.name == image:
            continue
        numbers = np.zeros([side if isinstance(side, int) else 1 for side in node.shape], np.float32)
        if numbers.size > MAX_PLACES or node.type != "tensor(float)":
            raise StyleFailed(f"The model's input {node.name} must be float32 and small.")
        numbers.flat[0] = 1
        found[node.name] = numbers
    return found


def _multiple(trial: _Trial, fixed: Sequence[int]) -> int:
    """The least step of the sides at which the answer has the picture's size. Raises StyleFailed."""
    if fixed:
        return next(step for step in reversed(MULTIPLES) if all(side % step == 0 for side in fixed))
    failure: StyleFailed | None = None
    for step in MULTIPLES:
        try:
            trial(BASE_SIDES[0] + step, BASE_SIDES[1] + step, 0.0, 1.0)
        except StyleFailed as error:
            failure = error
        else:
            return step
    raise failure or StyleFailed("The model does not run.")


def _range(trial: _Trial, sides: Sequence[int], likely: tuple[float, float]) -> tuple[float, float] | None:
    """The range whose pictures the model answers within the same range, None if there is none."""
    for low, high in sorted(RANGES, key=lambda each: each != likely):
        answer = trial(sides[0], sides[1], low, high)
        span = high - low
        least, most = float(answer.min()), float(answer.max())
        is_inside = least >= low - STRAY * span and most <= high + STRAY * span
        if is_inside and most - least >= FILLED * span:
            return low, high
    return None


def _memory(name: str) -> int:
    """Address space of this process in bytes, as it is limited: now (VmSize), at its largest (VmPeak)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0
