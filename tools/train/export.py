"""Turn a trained student into what ships: an ONNX file with half-precision weights, and its manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from tools.train.finish import Cel
from tools.train.student import MULTIPLE

OPSET = 17
# Smaller constants (shapes, scales, a filter's few taps) stay as they are.
SMALLEST_STORED = 64

MANIFEST = """\
name = "cel"
title = "Cel"
version = "{version}"
author = "the fedi authors"
licence = "AGPL-3.0-or-later"
licence_url = "https://www.gnu.org/licenses/agpl-3.0.html"
commercial_use = true
description = "Portrait anime: flat tones, ink lines, bright eyes."
file = "cel.onnx"
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
portrait = 512
picture = 1024
memory_mb_per_megapixel = {memory}
"""


def export(model: Cel, target: Path) -> None:
    """Write `model` as ONNX with free height and width, weights as float16 and a Cast to float32 before use.

    The runtime folds the casts when it loads the file, so nothing is computed in half precision.
    """
    free = {"image": {2: "height", 3: "width"}, "styled": {2: "height", 3: "width"}}
    torch.onnx.export(
        model.eval(),
        (torch.rand(1, 3, 64, 96),),
        str(target),
        input_names=["image"],
        output_names=["styled"],
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


def manifest(model: Path, *, version: str, halo: int, memory: int) -> str:
    """The manifest's text for the ONNX file `model`."""
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    return MANIFEST.format(version=version, sha256=digest, multiple=MULTIPLE, halo=halo, memory=memory)
