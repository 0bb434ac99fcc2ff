"""Measure a shipped model: work per megapixel, time, memory, and how true it stays to faces.

python -m tools.train.measure --data ../shared/studio --model fedi/styles/embedded/cel/cel.onnx
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper, shape_inference

from fedi.styles import facemaps
from tools.train import data, faces, sheets

MEGAPIXEL = 1_000_000
TIMED = ((512, 512), (1152, 1736))
REPEATS = 5
# ru_maxrss counts kilobytes on Linux.
KILOBYTE = 1024


def main() -> None:
    """Print one line of JSON for each measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--portraits", type=int, default=len(data.HELD_OUT), help="how many are compared")
    arguments = parser.parse_args()
    print(json.dumps({"bytes": arguments.model.stat().st_size, "gflop_per_mp": work(arguments.model)}))
    context = multiprocessing.get_context("spawn")
    for threads in (1, 2):
        for size in TIMED:
            # A process of its own: the peak of memory never falls again.
            with context.Pool(1) as pool:
                print(json.dumps(pool.apply(run, (arguments.model, size, threads))), flush=True)
    for path in data.held_out(arguments.data)[: arguments.portraits]:
        print(json.dumps(fidelity(arguments.model, path, arguments.data)), flush=True)


def work(model: Path) -> float:
    """Multiplications and additions of all convolutions, in 10^9 for each megapixel."""
    graph = shape_inference.infer_shapes(fixed_size(onnx.load(str(model)), 512)).graph
    shapes = {
        value.name: [axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in [*graph.value_info, *graph.output]
    }
    weights = {tensor.name: numpy_helper.to_array(tensor).shape for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            weights[node.output[0]] = numpy_helper.to_array(node.attribute[0].t).shape
    casts = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast"}
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            kernel = weights.get(casts.get(node.input[1], node.input[1]))
            if kernel is None:
                # Taps that the exporter works out in the graph: a blur's few.
                continue
            height, width = shapes[node.output[0]][2:]
            total += 2 * int(np.prod(kernel)) * height * width
    return round(total / 512**2 * MEGAPIXEL / 1e9, 1)


def fixed_size(model: onnx.ModelProto, side: int) -> onnx.ModelProto:
    """The same model for squares of one size, so that shapes can be worked out."""
    for given in model.graph.input:
        scale = facemaps.SCALE if given.name == "face_maps" else 1
        for axis in given.type.tensor_type.shape.dim[2:]:
            axis.dim_value = side // scale
    return model


def run(model: Path, size: tuple[int, int], threads: int) -> dict[str, float]:
    """Best time of some runs, and how much the process's peak of memory grew by them."""
    session = sheets.open_model(model, threads)
    session.run(None, noise(session, (64, 64)))
    given = noise(session, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        session.run(None, given)
        times.append(time.perf_counter() - started)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * KILOBYTE / MEGAPIXEL
    megapixels = size[0] * size[1] / MEGAPIXEL
    return {
        "megapixels": round(megapixels, 2),
        "threads": threads,
        "seconds": round(min(times), 3),
        "memory_mb_per_mp": round(grown / megapixels),
    }


def noise(session: onnxruntime.InferenceSession, size: tuple[int, int]) -> dict[str, NDArray[np.float32]]:
    """A picture of noise, and whatever else a style takes."""
    chance = np.random.default_rng(1)
    given = {
        "image": chance.random((1, 3, *size), np.float32),
        "face_maps": np.zeros((1, facemaps.CHANNELS, size[0] // 4, size[1] // 4), np.float32),
        "line_weight": np.ones(1, np.float32),
    }
    return {node.name: given[node.name] for node in session.get_inputs()}


def fidelity(model: Path, path: Path, source: Path) -> dict[str, float | str]:
    """Compare a drawing with its photo: common edges, and the cheeks' change of L."""
    photo = sheets.fit(path, sheets.PORTRAIT_SIDE)
    drawn = sheets.ours_in(model)(photo)
    found = faces.detect(photo, source / "models-open" / "yunet_2026may.onnx")
    return {
        "name": path.stem,
        "edges_with_photo": round(float(np.corrcoef(edges(drawn).ravel(), edges(photo).ravel())[0, 1]), 3),
        "cheeks": cheeks(drawn, photo, found),
    }


def edges(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sobel's slopes of the softened grey picture."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.5)
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))


def cheeks(drawn: NDArray[np.uint8], photo: NDArray[np.uint8], found: list[faces.Array]) -> float | str:
    """How much lighter (in L) the drawing's cheeks and nose are than the photo's."""
    if not found:
        return "no face"
    face = faces.Face(found[0], photo.shape[:2])
    chosen = (np.abs(face.u) < 0.6) & (face.v > 0.25) & (face.v < 0.8)
    lightness = [
        cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0] for rgb in (drawn, photo)
    ]
    return round(float(np.median(lightness[0][chosen]) - np.median(lightness[1][chosen])), 1)


if __name__ == "__main__":
    main()
