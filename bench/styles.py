"""How fast styles draw, beside what the processor could do: `python -m bench.styles [FOLDER OF STYLES ...]`.

One avatar (512 x 512, as "portrait") and one photo of two megapixels ("full") through each style, by the
real engine: wall time, processor time and the worker's largest memory. The floor is the float operations of
the model's convolutions over the rate of a large float32 matrix product, measured here on as many threads.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from bench.machine import describe
from fedi.errors import StyleFailed
from fedi.styles.catalogue import EMBEDDED, Catalogue, Style
from fedi.styles.engine import StyledPicture, StyleEngine, StyleLimits
from fedi.styles.messages import PictureSize
from tests.support.styles import convolutions, picture_file, write_style

PICTURES: tuple[tuple[str, int, int, PictureSize], ...] = (
    ("avatar", 512, 512, "portrait"),
    ("photo 2 MP", 1632, 1224, "full"),
)
PRODUCT_SIDE = 3072
TRIES = 5
# Every model takes this; operations grow with the pixels.
COUNT_SIDE = 256
CANCEL_AFTER_SECONDS = 0.3
HEAD = (
    f"{'style':<16}{'picture':<12}{'result':<11}{'wall s':>8}{'cpu s':>8}"
    f"{'peak MB':>9}{'floor s':>9}{'ratio':>7}"
)


def product_rate() -> float:
    """Float operations per second of a large float32 matrix product, the best of some tries."""
    a = np.ones((PRODUCT_SIDE, PRODUCT_SIDE), np.float32)
    best = float("inf")
    for _ in range(TRIES):
        started = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - started)
    return 2 * PRODUCT_SIDE**3 / best


def operations_per_pixel(style: Style) -> float:
    """Float operations of the model's convolutions for one pixel, from the shapes of a real run."""
    model = onnx.load(style.path)
    convolutions = [node for node in model.graph.node if node.op_type in ("Conv", "ConvTranspose")]
    # Each pixel of the larger side meets each weight of one of its channels.
    larger = [node.output[0] if node.op_type == "Conv" else node.input[0] for node in convolutions]
    shapes = {weight.name: tuple(weight.dims) for weight in model.graph.initializer}
    # Weights stored as half floats pass through a cast, and are then no initializers.
    asked = dict.fromkeys([*larger, *(node.input[1] for node in convolutions if node.input[1] not in shapes)])
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in asked)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    sides = {"n": 1, "c": 3, "h": COUNT_SIDE, "w": COUNT_SIDE}
    fixed = zip(session.get_inputs()[0].shape, style.input.layout, strict=True)
    shape = [size if isinstance(size, int) else sides[axis] for size, axis in fixed]
    names = [output.name for output in session.get_outputs()]
    answers = session.run(names, {style.input.name: np.zeros(shape, np.float32)})
    shapes |= {name: answer.shape for name, answer in zip(names, answers, strict=True)}
    total = sum(
        2.0 * float(np.prod(shapes[node.input[1]])) * float(np.prod(shapes[name][2:]))
        for node, name in zip(convolutions, larger, strict=True)
    )
    return total / (float(np.prod(shape)) / 3)


async def median_of(
    engine: StyleEngine, style: Style, picture: bytes, size: PictureSize
) -> tuple[StyledPicture, float]:
    """A drawn picture with the median wall time of some runs, after one to warm up."""
    await engine.run(style.name, picture, size=size)
    drawn = [await engine.run(style.name, picture, size=size) for _ in range(TRIES)]
    return drawn[-1], statistics.median(one.seconds for one in drawn)


async def measure(catalogue: Catalogue, limits: StyleLimits, rate: float) -> None:
    """Print a line for each style and picture; each pair gets a worker of its own, for its own peak."""
    for style in catalogue.list():
        for title, width, height, size in PICTURES:
            engine = StyleEngine(catalogue, limits)
            try:
                drawn, wall = await median_of(engine, style, picture_file(width, height, kind="JPEG"), size)
            except StyleFailed as error:
                print(f"{style.name:<16}{title:<12}{error}")
                continue
            finally:
                await engine.close()
            floor = operations_per_pixel(style) * drawn.width * drawn.height / rate
            told = f"{floor:9.3f}{wall / floor:7.1f}" if floor else f"{'-':>9}{'-':>7}"
            print(
                f"{style.name:<16}{title:<12}{drawn.width}x{drawn.height:<6}{wall:8.3f}{drawn.cpu_seconds:8.2f}"
                f"{drawn.peak_bytes / 1e6:9.0f}{told}"
            )


async def measure_start(catalogue: Catalogue, limits: StyleLimits) -> None:
    """Print how long a cold start takes, and how soon a cancelled run is gone."""
    name = catalogue.list()[0].name
    engine = StyleEngine(catalogue, limits)
    started = time.perf_counter()
    await engine.warm(name)
    cold = time.perf_counter() - started
    cancel = asyncio.Event()
    photo = picture_file(4000, 3000, kind="JPEG")
    run = asyncio.ensure_future(engine.run(name, photo, size="full", cancel=cancel))
    await asyncio.sleep(CANCEL_AFTER_SECONDS)
    started = time.perf_counter()
    cancel.set()
    await asyncio.gather(run, return_exceptions=True)
    gone = time.perf_counter() - started
    print(f"worker started and {name} loaded in {cold:.2f} s; a run was cancelled in {gone:.3f} s")
    await engine.close()


def main() -> None:
    """Measure the embedded styles and those in the folders named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--threads", type=int, default=StyleLimits().threads)
    parser.add_argument("--memory-mb", type=int, default=StyleLimits().memory_bytes >> 20)
    arguments = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != str(arguments.threads):
        # numpy reads it once, at import.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(arguments.threads)}
        os.execve(sys.executable, [sys.executable, "-m", "bench.styles", *sys.argv[1:]], environment)
    limits = replace(StyleLimits(), threads=arguments.threads, memory_bytes=arguments.memory_mb << 20)
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.folders and not Catalogue([EMBEDDED]).list():
            write_style(Path(folder), "three-layers", convolutions(), size__portrait=512)
        catalogue = Catalogue([EMBEDDED, Path(folder), *arguments.folders])
        rate = product_rate()
        print(f"{describe()}; {limits.threads} threads; matrix product {rate / 1e9:.0f} GFLOP/s")
        print(HEAD)
        asyncio.run(measure(catalogue, limits, rate))
        asyncio.run(measure_start(catalogue, limits))


if __name__ == "__main__":
    main()
