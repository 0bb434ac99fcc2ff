"""A style small enough to make on the spot: it turns colours round, as slowly as a test wants."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fedi.server import Server

MANIFEST = """\
name = "{name}"
title = "Negative"
version = "1.2"
author = "the tests"
licence = "CC0-1.0"
licence_url = ""
commercial_use = true
description = "Every colour turned round."
file = "model.onnx"
sha256 = "{sha256}"

[input]
name = "x"
layout = "nchw"
channels = "rgb"
range = [0.0, 1.0]
multiple = 1

[output]
name = "y"

[tiles]
exact = true
halo = 0

[size]
portrait = 256
picture = 256
memory_mb_per_megapixel = 64
"""


def install(server: Server, name: str = "negative", *, rounds: int = 0) -> Path:
    """Install the style in the server's own folder of styles; gives its folder.

    Each of `rounds` is a blurring convolution of 16 channels, about 10 ms on a picture of 256 pixels.
    """
    folder = server.settings.path(server.settings.studio.folder) / name
    folder.mkdir(parents=True)
    model = _model(rounds)
    (folder / "model.onnx").write_bytes(model)
    manifest = MANIFEST.format(name=name, sha256=hashlib.sha256(model).hexdigest())
    (folder / "style.toml").write_text(manifest)
    return folder


def _model(rounds: int) -> bytes:
    """One minus x; before that, x goes through wide convolutions that leave it as it is."""
    constants = {"one": np.ones((1, 1, 1, 1), np.float32)}
    nodes, last = [], "x"
    if rounds:
        wide = np.zeros((16, 3, 1, 1), np.float32)
        wide[[0, 1, 2], [0, 1, 2]] = 1
        same = np.zeros((16, 16, 9, 9), np.float32)
        same[range(16), range(16), 4, 4] = 1
        narrow = np.ascontiguousarray(wide.transpose(1, 0, 2, 3))
        constants |= {"wide": wide, "same": same, "narrow": narrow}
        nodes.append(helper.make_node("Conv", ["x", "wide"], ["w0"]))
        for n in range(rounds):
            padded = {"pads": [4, 4, 4, 4]}
            nodes.append(helper.make_node("Conv", [f"w{n}", "same"], [f"w{n + 1}"], **padded))
        nodes.append(helper.make_node("Conv", [f"w{rounds}", "narrow"], ["n"]))
        last = "n"
    nodes.append(helper.make_node("Sub", ["one", last], ["y"]))
    shape = [1, 3, "h", "w"]
    graph = helper.make_graph(
        nodes,
        "negative",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
