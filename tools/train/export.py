"""Turn trained nets into what ships: ONNX files with half-precision weights, and the styles' manifests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from fedi.styles.facemaps import CHANNELS, SCALE
from tools.train.looks import Style
from tools.train.student import HALO_PIXELS, MULTIPLE

OPSET = 17
# Smaller constants (shapes, scales, a filter's few taps) stay as they are.
SMALLEST_STORED = 64
MEMORY_MB_PER_MEGAPIXEL = 280

MANIFEST = """\
name = "{name}"
title = "{title}"
version = "{version}"
author = "the fedi authors"
licence = "AGPL-3.0-or-later"
licence_url = "https://www.gnu.org/licenses/agpl-3.0.html"
commercial_use = true
description = "{description}"
file = "{name}.onnx"
sha256 = "{sha256}"

[input]
name = "image"
layout = "nchw"
channels = "rgb"
range = [0.0, 1.0]
multiple = {multiple}

[output]
name = "styled"

[tiles]
exact = true
halo = {halo}

[size]
portrait = {portrait}
picture = {picture}
memory_mb_per_megapixel = {memory}

[strokes]
rounds = {rounds}
coherence = {coherence}

[[extra]]
name = "face_maps"
control = "face_maps"
"""
LINES = """
[[extra]]
name = "line_weight"
control = "line_weight"
shape = [1]
default = 1.0
"""


def export_style(style: Style, target: Path) -> None:
    """Write a style as ONNX with free height and width."""
    example: tuple[Tensor, ...] = (
        torch.rand(1, 3, 64, 96),
        torch.rand(1, CHANNELS, 64 // SCALE, 96 // SCALE),
    )
    inputs = ["image", "face_maps"]
    if style.has_lines:
        example, inputs = (*example, torch.ones(1)), [*inputs, "line_weight"]
    free = {name: {2: "height", 3: "width"} for name in ("image", "styled")}
    free["face_maps"] = {2: "map_height", 3: "map_width"}
    save_halved(style, example, target, inputs=inputs, outputs=["styled"], free=free)


def save_halved(
    net: nn.Module,
    example: tuple[Tensor, ...],
    target: Path,
    *,
    inputs: list[str],
    outputs: list[str],
    free: dict[str, dict[int, str]],
) -> None:
    """Write a net as ONNX, weights as float16 and a Cast to float32 before use.

    The runtime folds the casts when it loads the file, so nothing is computed in half precision.
    """
    torch.onnx.export(
        net.eval(),
        example,
        str(target),
        input_names=inputs,
        output_names=outputs,
        opset_version=OPSET,
        dynamic_axes=free,
        dynamo=False,
    )
    stored = halve(onnx.load(str(target)))
    onnx.checker.check_model(stored, full_check=True)
    onnx.save(stored, str(target))


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store float32 weights as float16, each behind a Cast."""
    graph, casts = model.graph, []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALLEST_STORED:
            continue
        name, half = tensor.name, f"{tensor.name}_half"
        values = numpy_helper.to_array(tensor).astype(np.float16)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values, half))
        casts.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT, name=f"cast_{name}"))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    return model


def manifest(style: Style, model: Path, *, version: str) -> str:
    """The manifest's text for a style and its ONNX file `model`."""
    text = MANIFEST.format(
        name=model.stem,
        title=style.title,
        description=style.description,
        version=version,
        sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        multiple=MULTIPLE,
        halo=HALO_PIXELS,
        memory=MEMORY_MB_PER_MEGAPIXEL,
        portrait=style.portrait,
        picture=style.picture,
        rounds=style.rounds,
        coherence=style.coherence,
    )
    return text + (LINES if style.has_lines else "")
