"""What a drawing must cost at least: the operations of a model's convolutions, and how fast this machine is.

For the style worker only. Shapes are those of a real run: the outputs of the convolutions are asked for as
well, by a few bytes at the model's end (in protobuf, a message that comes twice is merged).
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fedi.confined.pipe import Begin
from fedi.styles import check, sessions
from fedi.styles.sessions import guarded

# Field numbers of onnx.proto3.
_GRAPH, _NODE, _INITIALIZER, _OUTPUT = 7, 1, 5, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR = 1, 2, 4
_TENSOR_DIMS, _TENSOR_NAME = 1, 8
_LENGTH_DELIMITED = 2

_PRODUCT_SIDE, _PRODUCTS = 1024, 6


@dataclass(slots=True)
class _Convolutions:
    """For each its weights, and the larger of its ends: each pixel of that meets each weight of a channel."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    weights: dict[str, tuple[int, ...]] = field(default_factory=dict)
    outputs: set[str] = field(default_factory=set)


def operations(model: bytes, begin: Begin, feeds: Mapping[str, NDArray[np.float32]]) -> float:
    """Float operations of the convolutions over these inputs. Raises StyleFailed, MemoryError."""
    found = _read(model)
    asked = {name for pair in found.pairs for name in pair} - found.weights.keys() - found.outputs
    added = b"".join(_message(_OUTPUT, _message(1, name.encode())) for name in sorted(asked))
    session = sessions.on_processor(model + _message(_GRAPH, added), begin)
    names = [node.name for node in session.get_outputs()]
    answers = guarded(lambda: session.run(names, dict(feeds)))
    shapes = found.weights | {
        name: answer.shape for name, answer in zip(names, answers, strict=True) if answer is not None
    }
    return sum(
        2.0 * float(np.prod(shapes[weights])) * float(np.prod(shapes[larger][2:]))
        for weights, larger in found.pairs
        if weights in shapes and larger in shapes
    )


def product_rate(threads: int) -> float:
    """Float operations a second of float32 matrix products on so many threads at once."""
    matrix = np.ones((_PRODUCT_SIDE, _PRODUCT_SIDE), np.float32)
    matrix @ matrix

    def multiply() -> None:
        for _ in range(_PRODUCTS):
            matrix @ matrix

    best = float("inf")
    for _ in range(3):
        workers = [threading.Thread(target=multiply) for _ in range(threads)]
        started = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = min(best, time.perf_counter() - started)
    return 2.0 * _PRODUCT_SIDE**3 * _PRODUCTS * threads / best


def _read(model: bytes) -> _Convolutions:
    found = _Convolutions()
    for number, value in check.fields(memoryview(model)):
        if number != _GRAPH:
            continue
        for kind, part in check.fields(check.message(value)):
            if kind == _NODE:
                _read_node(check.message(part), found)
            elif kind == _INITIALIZER:
                _read_weights(check.message(part), found)
            elif kind == _OUTPUT:
                names = [_text(text) for n, text in check.fields(check.message(part)) if n == 1]
                found.outputs.update(names)
    return found


def _read_node(node: memoryview, found: _Convolutions) -> None:
    inputs, outputs, operator = [], [], ""
    for number, value in check.fields(node):
        if number == _NODE_INPUT:
            inputs.append(_text(value))
        elif number == _NODE_OUTPUT:
            outputs.append(_text(value))
        elif number == _NODE_OPERATOR:
            operator = _text(value)
    if operator in ("Conv", "ConvTranspose") and len(inputs) > 1 and outputs:
        found.pairs.append((inputs[1], outputs[0] if operator == "Conv" else inputs[0]))


def _read_weights(tensor: memoryview, found: _Convolutions) -> None:
    dims: list[int] = []
    name = ""
    for number, value in check.fields(tensor):
        if number == _TENSOR_NAME:
            name = _text(value)
        elif number == _TENSOR_DIMS:
            dims += [value] if isinstance(value, int) else check.varints(check.message(value))
    found.weights[name] = tuple(dims)


def _text(value: "int | memoryview") -> str:
    return bytes(check.message(value)).decode(errors="replace")


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
