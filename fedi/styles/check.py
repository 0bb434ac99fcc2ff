"""Whether a model file is one we run: a bounded look at its protobuf, then at what onnxruntime says of it.

onnxruntime alone would follow external data to other files and take operators from outside the standard.
The scan reads the few fields that decide this (onnx.proto3: ModelProto, GraphProto, NodeProto,
AttributeProto, TensorProto), so that the onnx package (27 MB, with a record of holes in this very place) is
not needed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fedi.errors import StyleFailed
from fedi.styles.catalogue import MAX_PLACES, Extra, Guide, Input, Output

# Image models in use start at 9; above 25 onnxruntime 1.31 warns that it only tries.
MIN_OPSET, MAX_OPSET = 9, 25
STANDARD = ("", "ai.onnx")
MAX_NODES = 20_000
# A graph inside a node's attribute (If, Loop, Scan) inside another: real models stay at one or two.
MAX_DEPTH = 8

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
MAX_VARINT_BYTES = 10

_NOT_ONNX = "The model file is not a sound ONNX file."


class Node(Protocol):
    """What onnxruntime tells of an input or output."""

    name: str
    type: str
    shape: "list[int | str | None]"


@dataclass(slots=True)
class Contents:
    """What the scan found."""

    opset: int = 0
    nodes: int = 0
    operators: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sides a model is made for, None where it takes any."""

    height: int | None
    width: int | None


def scan(model: bytes) -> Contents:
    """Read the whole file's structure. Raises StyleFailed for anything that is not plain, standard ONNX."""
    found = Contents()
    graphs = []
    for number, value in fields(memoryview(model)):
        match number:
            case 7:
                graphs.append(message(value))
            case 8:
                _opset(message(value), found)
            case 20:
                raise StyleFailed("The model carries training steps, which are not accepted.")
            case 25:
                raise StyleFailed("The model carries functions of its own, which are not accepted.")
            case _:
                pass
    if len(graphs) != 1:
        raise StyleFailed(_NOT_ONNX)
    if not MIN_OPSET <= found.opset <= MAX_OPSET:
        raise StyleFailed(f"The model's opset is {found.opset}; {MIN_OPSET} to {MAX_OPSET} are accepted.")
    _graph(graphs[0], found, depth=0)
    return found


def check_ends(
    inputs: "list[Node]", outputs: "list[Node]", wanted: Input, given: Output, extra: Sequence[Extra] = ()
) -> Shape:
    """Compare the session's ends with the manifest. Raises StyleFailed naming the difference."""
    _check_names("input", inputs, [wanted.name, *(each.name for each in extra)])
    _check_names("output", outputs, [given.name])
    by_name = {node.name: node for node in inputs}
    for kind, node in (("input", by_name[wanted.name]), ("output", outputs[0])):
        if node.type != "tensor(float)" or len(node.shape) != 4:
            raise StyleFailed(f"The model's {kind} must be float32 with four dimensions.")
    for each in extra:
        extra_shape(by_name[each.name], each)
    before, after = (_sides(node, wanted) for node in (by_name[wanted.name], outputs[0]))
    if None not in (before.height, before.width, after.height, after.width) and before != after:
        raise StyleFailed("The model's answer has another size than the picture it is given.")
    for side in (before.height, before.width):
        if side is not None and side % wanted.multiple:
            raise StyleFailed("The model's size is not a multiple of the manifest's `input.multiple`.")
    if (before.height is None) != (before.width is None):
        raise StyleFailed("The model fixes one side of the picture and leaves the other open.")
    if wanted.fixed is not None and (before.height, before.width) not in (wanted.fixed, (None, None)):
        raise StyleFailed("The model's size is not the manifest's `input.fixed`.")
    if before.height is None and wanted.fixed is not None:
        return Shape(height=wanted.fixed[0], width=wanted.fixed[1])
    return before


def extra_shape(node: Node, extra: Extra) -> tuple[int | None, ...]:
    """The sides of an extra input, None where the model takes any. Raises StyleFailed if it does not fit."""
    if node.type != "tensor(float)":
        raise StyleFailed(f"The model's input {node.name} must be float32.")
    sides = tuple(side if isinstance(side, int) else None for side in node.shape)
    if extra.shape:
        if len(extra.shape) != len(sides) or any(
            side not in (None, named) for side, named in zip(sides, extra.shape, strict=True)
        ):
            raise StyleFailed(f"The model's input {node.name} has another shape than the manifest says.")
        sides = extra.shape
    if extra.control == "face_maps":
        if len(sides) != 4 or sides[1] is None:
            raise StyleFailed(f"The model's input {node.name} must have four dimensions, channels second.")
        return sides
    length = math.prod(side or 0 for side in sides)
    if not 0 < length <= MAX_PLACES:
        raise StyleFailed(f"The manifest must say the shape of the model's input {node.name}.")
    if extra.control == "line_weight" and length != 1:
        raise StyleFailed(f"The model's input {node.name} must be one number.")
    lists = [value for value in (extra.default, *extra.variants.values()) if isinstance(value, tuple)]
    places = [value for value in extra.variants.values() if isinstance(value, int)]
    if any(len(each) != length for each in lists) or any(place >= length for place in places):
        raise StyleFailed(f"The model's input {node.name} takes {length} numbers.")
    return sides


def check_guide(inputs: "list[Node]", outputs: "list[Node]", guide: Guide, numbers: int) -> None:
    """Compare the ends of a guide's model with the manifest, and what it gives with what is wanted of it."""
    _check_names("input", inputs, [guide.input.name])
    _check_names("output", outputs, [guide.output.name])
    for node in (inputs[0], outputs[0]):
        if node.type != "tensor(float)":
            raise StyleFailed("The guide's ends must be float32.")
    if len(inputs[0].shape) != 4:
        raise StyleFailed("The guide's input must have four dimensions.")
    sides = _sides(inputs[0], guide.input)
    if sides not in (Shape(height=None, width=None), Shape(height=guide.side, width=guide.side)):
        raise StyleFailed("The guide's picture has another size than the manifest's `guide.side`.")
    given = [side for side in outputs[0].shape if isinstance(side, int)]
    if len(given) == len(outputs[0].shape) and math.prod(given) != numbers:
        raise StyleFailed(f"The guide gives {math.prod(given)} numbers; the style takes {numbers}.")


def _check_names(kind: str, nodes: "list[Node]", wanted: Sequence[str]) -> None:
    names = [node.name for node in nodes]
    if sorted(names) != sorted(wanted):
        raise StyleFailed(
            f"The model's {kind}s are {', '.join(names)}; the manifest names {', '.join(wanted)} alone."
        )


def _sides(node: Node, wanted: Input) -> Shape:
    axes = {"n": 0, "c": 1, "h": 2, "w": 3} if wanted.layout == "nchw" else {"n": 0, "h": 1, "w": 2, "c": 3}
    batch, channels, height, width = (node.shape[axes[axis]] for axis in "nchw")
    if isinstance(batch, int) and batch != 1:
        raise StyleFailed(f"The model wants {batch} pictures at a time; one is given.")
    if isinstance(channels, int) and channels != 3:
        raise StyleFailed(f"The model has {channels} channels where the manifest's layout wants three.")
    return Shape(
        height=height if isinstance(height, int) else None, width=width if isinstance(width, int) else None
    )


def _opset(content: memoryview, found: Contents) -> None:
    """OperatorSetIdProto. Other domains may be declared (exporters do); a node that uses one is refused."""
    said = dict(fields(content))
    version = said.get(2, 0)
    if bytes(message(said.get(1, b""))).decode(errors="replace") in STANDARD and isinstance(version, int):
        found.opset = version


def _graph(content: memoryview, found: Contents, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise StyleFailed("The model's graphs are nested too deep.")
    for number, value in fields(content):
        match number:
            case 1:
                _node(message(value), found, depth=depth)
            case 5:
                _tensor(message(value))
            case 15:
                # onnxruntime read files named by these around its own checks.
                raise StyleFailed("The model holds sparse tensors, which are not accepted.")
            case _:
                pass


def _node(content: memoryview, found: Contents, *, depth: int) -> None:
    found.nodes += 1
    if found.nodes > MAX_NODES:
        raise StyleFailed(f"The model has more than {MAX_NODES} nodes.")
    operator = ""
    for number, value in fields(content):
        match number:
            case 4:
                operator = bytes(message(value)).decode(errors="replace")
                found.operators.add(operator)
            case 5:
                _attribute(message(value), found, depth=depth)
            case 7 if bytes(message(value)).decode(errors="replace") not in STANDARD:
                raise StyleFailed(
                    f"The model uses an operator from outside standard ONNX ({operator or 'custom'})."
                )
            case _:
                pass


def _attribute(content: memoryview, found: Contents, *, depth: int) -> None:
    for number, value in fields(content):
        match number:
            case 5 | 10:
                _tensor(message(value))
            case 6 | 11:
                _graph(message(value), found, depth=depth + 1)
            case 22 | 23:
                raise StyleFailed("The model holds sparse tensors, which are not accepted.")
            case _:
                pass


def _tensor(content: memoryview) -> None:
    for number, value in fields(content):
        if number == 13 or (number == 14 and value != 0):
            raise StyleFailed("The model keeps its weights in another file, which is not accepted.")


def message(value: int | memoryview | bytes) -> memoryview:
    """A field that is a message, a text or bytes. Raises StyleFailed for a number."""
    if isinstance(value, int):
        raise StyleFailed(_NOT_ONNX)
    return memoryview(value)


def fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a protobuf message in order: number and value, bytes unread. Raises StyleFailed."""
    at, end = 0, len(content)
    while at < end:
        key, at = _varint(content, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(content, at)
            yield number, value
            continue
        if kind == LENGTH:
            size, at = _varint(content, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise StyleFailed(_NOT_ONNX)
        if size > end - at:
            raise StyleFailed(_NOT_ONNX)
        yield number, content[at : at + size]
        at += size


def varints(packed: memoryview) -> list[int]:
    """The numbers of a packed field. Raises StyleFailed."""
    found, at = [], 0
    while at < len(packed):
        value, at = _varint(packed, at)
        found.append(value)
    return found


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for n in range(MAX_VARINT_BYTES):
        if at + n >= len(message):
            break
        byte = message[at + n]
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            return value, at + n + 1
    raise StyleFailed(_NOT_ONNX)
