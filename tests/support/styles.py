"""ONNX models of a few layers, made on the spot, and style folders around them, for the real engine."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

OPSET = 17
Range = tuple[float, float]
GUIDED = """
[[extra]]
name = "colour"
control = "guide"
[guide]
file = "guide.onnx"
sha256 = "%s"
side = 64
[guide.input]
name = "like"
layout = "nchw"
channels = "rgb"
range = [0.0, 1.0]
multiple = 1
[guide.output]
name = "colour"
"""
# Longer than any test waits.
ENDLESS = 1 << 60
# At 512 x 512 pixels one layer of so many channels takes 4.3 GB.
HUNGRY_CHANNELS = 4096


def first_channel_inverted(*, layout: str = "nchw", values: Range = (0.0, 1.0)) -> bytes:
    """Three layers: the tensor's first channel mirrored within the range, a 3 x 3 mean, a clip."""
    low, high = values
    mirror = np.zeros((3, 3, 1, 1), np.float32)
    mirror[[0, 1, 2], [0, 1, 2]] = np.array([-1, 1, 1], np.float32).reshape(3, 1, 1)
    mean = np.full((3, 1, 3, 3), 1 / 9, np.float32)
    nodes = [
        helper.make_node("Conv", ["nchw", "mirror", "shift"], ["mirrored"]),
        helper.make_node("Pad", ["mirrored", "pads"], ["padded"], mode="reflect"),
        helper.make_node("Conv", ["padded", "mean"], ["blurred"], group=3),
        helper.make_node("Clip", ["blurred", "low", "high"], ["clipped"]),
    ]
    weights = {
        "mirror": mirror,
        "shift": np.array([low + high, 0, 0], np.float32),
        "mean": mean,
        "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64),
        "low": np.float32(low),
        "high": np.float32(high),
    }
    return model(_between("nchw", "clipped", nodes, layout), weights, layout=layout)


def convolutions(*, seed: int = 1) -> bytes:
    """Three 3 x 3 convolutions with random weights: exact in tiles with a halo of 3 pixels or more."""
    random = np.random.default_rng(seed)
    sizes = [(8, 3), (8, 8), (3, 8)]
    weights: dict[str, Any] = {
        f"w{n}": (random.standard_normal((*size, 3, 3)) * 0.2).astype(np.float32)
        for n, size in enumerate(sizes)
    }
    nodes = [
        helper.make_node("Conv", ["image", "w0"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w1"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Conv", ["d", "w2"], ["e"], pads=[1, 1, 1, 1]),
        helper.make_node("Sigmoid", ["e"], ["styled"]),
    ]
    return model(nodes, weights)


def instance_norm() -> bytes:
    """Each channel brought to a mean of a half by the statistics of all it is given: not exact in tiles."""
    weights = {"scale": np.full(3, 0.2, np.float32), "bias": np.full(3, 0.5, np.float32)}
    return model([helper.make_node("InstanceNormalization", ["image", "scale", "bias"], ["styled"])], weights)


def endless() -> bytes:
    """A loop that does not end within anybody's patience."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Sin", ["x"], ["y"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    weights = {"times": np.int64(ENDLESS), "yes": np.bool_(True)}
    return model([helper.make_node("Loop", ["times", "yes", "image"], ["styled"], body=body)], weights)


def hungry() -> bytes:
    """Two layers with gigabytes between them."""
    weights = {
        "wide": np.ones((HUNGRY_CHANNELS, 3, 1, 1), np.float32),
        "narrow": np.ones((3, HUNGRY_CHANNELS, 1, 1), np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "wide"], ["much"]),
        helper.make_node("Conv", ["much", "narrow"], ["styled"]),
    ]
    return model(nodes, weights)


def like_another() -> tuple[bytes, bytes]:
    """A model that paints a picture in one colour, and the guide's that reads it from another picture."""
    colour = helper.make_tensor_value_info("colour", TensorProto.FLOAT, [1, 3, 1, 1])
    picture = helper.make_tensor_value_info("like", TensorProto.FLOAT, [1, 3, 64, 64])
    painted = onnx.load_from_string(
        model(
            [
                helper.make_node("Mul", ["image", "nought"], ["black"]),
                helper.make_node("Add", ["black", "colour"], ["styled"]),
            ],
            {"nought": np.float32(0)},
        )
    )
    painted.graph.input.append(colour)
    reads = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["like"], ["colour"])], "guide", [picture], [colour]
    )
    guide = helper.make_model(reads, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    return bytes(painted.SerializeToString()), bytes(guide.SerializeToString())


def write_guided(root: Path, name: str) -> Path:
    """The folder of a style that draws like a second picture: all of it in that picture's mean colour."""
    painted, guide = like_another()
    more = GUIDED % hashlib.sha256(guide).hexdigest()
    folder = write_style(root, name, painted, more=more)
    (folder / "guide.onnx").write_bytes(guide)
    return folder


def model(
    nodes: Sequence[onnx.NodeProto],
    weights: dict[str, Any],
    *,
    layout: str = "nchw",
    sides: tuple[int | str, int | str] = ("h", "w"),
    opset: int = OPSET,
) -> bytes:
    """A model file from `image` to `styled` over these nodes."""
    shape = [1, 3, *sides] if layout == "nchw" else [1, *sides, 3]
    graph = helper.make_graph(
        list(nodes),
        "style",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("styled", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    domains = sorted({node.domain for node in nodes} - {""})
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def write_style(root: Path, name: str, content: bytes, /, *, more: str = "", **changes: object) -> Path:
    """A style's folder under `root`. A change is named by its dotted key, two underscores for the dot.

    `more` is put at the manifest's end as it is.
    """
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    tables: dict[str, dict[str, object]] = {
        "": {
            "name": name, "title": name.title(), "version": "1.0.0", "author": "the tests",
            "licence": "AGPL-3.0-or-later", "licence_url": "https://www.gnu.org/licenses/agpl-3.0.html",
            "commercial_use": True, "description": "", "file": "model.onnx",
            "sha256": hashlib.sha256(content).hexdigest(),
        },
        "input": {"name": "image", "layout": "nchw", "channels": "rgb", "range": [0.0, 1.0], "multiple": 8},
        "output": {"name": "styled"},
        "tiles": {"exact": True, "halo": 16},
        "size": {"portrait": 128, "picture": 256, "memory_mb_per_megapixel": 300},
    }  # fmt: skip
    for key, value in changes.items():
        table, _, last = key.rpartition("__")
        tables[table][last] = value
    lines = [
        line
        for table, entries in tables.items()
        for line in ([f"[{table}]"] if table else []) + [f"{key} = {_toml(v)}" for key, v in entries.items()]
    ]
    (folder / "style.toml").write_text("\n".join(lines) + f"\n{more}")
    return folder


def picture_file(
    width: int, height: int, colour: tuple[int, ...] | None = None, *, kind: str = "PNG", **options: Any
) -> bytes:
    """An image file: one colour, or a pattern of waves that differs everywhere."""
    if colour is not None:
        image = Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour)
    else:
        image = Image.fromarray(waves(width, height))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def waves(width: int, height: int) -> NDArray[np.uint8]:
    """Pixels (height, width, 3) with slow and fast changes and no repetition."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    channels = [
        np.sin(x / a + y / b) + np.sin(x * y / c) for a, b, c in ((9, 31, 997), (47, 7, 1733), (5, 83, 613))
    ]
    return np.asarray(np.stack(channels, axis=-1) * 60 + 128, np.uint8)


def _between(first: str, last: str, nodes: list[onnx.NodeProto], layout: str) -> list[onnx.NodeProto]:
    if layout == "nchw":
        into = helper.make_node("Identity", ["image"], [first])
        out = helper.make_node("Identity", [last], ["styled"])
    else:
        into = helper.make_node("Transpose", ["image"], [first], perm=[0, 3, 1, 2])
        out = helper.make_node("Transpose", [last], ["styled"], perm=[0, 2, 3, 1])
    return [into, *nodes, out]


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case _:
            return str(value)
