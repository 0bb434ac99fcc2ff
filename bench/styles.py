"""How fast styles draw, beside what the processor could do: `python -m bench.styles [FOLDER OF STYLES ...]`.

An avatar of 400 x 400 and photos of 1, 4 and 16 megapixels ("full") through each style, by the real engine:
wall time, processor time and the worker's largest memory, each pair in a process of its own. The model alone
is timed on 400 x 400 and 1 megapixel as they are. The floor is the float operations of its convolutions over
the rate of a large float32 matrix product, measured in the same run on as many threads. Where ../shared has
them, AnimeGANv3's models are measured too. The web beside the studio: `python -m bench.styles_web`.
"""

import argparse
import asyncio
import io
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from PIL import Image, ImageOps

from bench.machine import describe
from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles.catalogue import EMBEDDED, Catalogue, Style
from fedi.styles.controls import Controls
from fedi.styles.drawing import LoadedStyle
from fedi.styles.engine import StyledPicture, StyleEngine, StyleLimits
from fedi.styles.framing import frame
from fedi.styles.messages import Load, PictureSize
from fedi.styles.previews import Previews
from tests.support.styles import picture_file, write_style

PICTURES: tuple[tuple[str, int, int, PictureSize], ...] = (
    ("avatar", 400, 400, "full"),
    ("1 MP", 1224, 816, "full"),
    ("4 MP", 2450, 1632, "full"),
    ("16 MP", 4899, 3265, "full"),
)
# The model alone, at these sizes as they are.
ALONE = {"avatar", "1 MP"}
OTHERS = {
    "tiny_cute": ("AnimeGANv3_tiny_Cute.onnx", 16, 700),
    "shinkai": ("AnimeGANv3_Shinkai_37_f16.onnx", 8, 1600),
}
SHARED = Path(__file__).parents[2] / "shared" / "studio" / "models-noncommercial"
PHOTOS = Path(__file__).parents[2] / "shared" / "studio" / "photos" / "scenes-1024"
CANCEL_AFTER_SECONDS = 0.3
PREVIEWS = 5
HEAD = (
    f"{'style':<12}{'picture':<9}{'drawn at':<11}{'wall s':>8}{'cpu s':>8}{'peak MB':>9}"
    f"{'model s':>9}{'floor s':>9}{'ratio':>7}"
)


def add_others(folder: Path) -> None:
    """Style folders around the models that are there to compare with."""
    for name, (file, multiple, memory) in OTHERS.items():
        if not (SHARED / file).is_file():
            continue
        content = (SHARED / file).read_bytes()
        graph = onnx.load_from_string(content).graph
        write_style(
            folder, name, content,
            input__name=graph.input[0].name, input__layout="nhwc", input__range=[-1.0, 1.0],
            input__multiple=multiple, output__name=graph.output[0].name,
            tiles__exact=False, tiles__halo=64, size__portrait=512, size__picture=1024,
            size__memory_mb_per_megapixel=memory,
        )  # fmt: skip


def model_seconds(
    catalogue: Catalogue, style: Style, limits: StyleLimits, sides: tuple[int, int], tries: int
) -> float:
    """The median time of the model alone, tiles included, on a picture of these sides."""
    begin = Begin(
        parent=os.getpid(), threads=limits.threads, seconds=limits.seconds, memory_bytes=limits.memory_bytes,
        max_pixels_in=limits.max_pixels_in, max_pixels_out=limits.max_pixels_out,
    )  # fmt: skip
    load = Load(
        name=style.name, model=catalogue.read_model(style), input=style.input, output=style.output,
        tiles=style.tiles, size=style.size, extra=style.extra,
        guide=style.guide, guide_model=catalogue.read_guide(style),
    )  # fmt: skip
    loaded = LoadedStyle(load, begin)
    pixels = np.random.default_rng(1).integers(0, 256, (sides[1], sides[0], 3), np.uint8)
    spent = []
    for _ in range(tries + 1):
        started = time.perf_counter()
        loaded.paint(pixels, controls=Controls(), guide=None, maps=None, on_progress=lambda _: None)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent[1:])


async def drawn(
    engine: StyleEngine, style: Style, picture: bytes, size: PictureSize, tries: int
) -> tuple[StyledPicture, float]:
    """A drawn picture with the median wall time of some runs, after one to warm up."""
    await engine.run(style.name, picture, size=size)
    found = [await engine.run(style.name, picture, size=size) for _ in range(tries)]
    return found[-1], statistics.median(one.seconds for one in found)


async def measure(catalogue: Catalogue, limits: StyleLimits, only: list[str], tries: int) -> None:
    """Print a line for each style and picture."""
    for style in catalogue.list():
        if only and style.name not in only:
            continue
        engine = StyleEngine(catalogue, limits)
        cost = await engine.measure(style.name)
        await engine.close()
        for title, width, height, size in PICTURES:
            engine = StyleEngine(catalogue, limits)
            try:
                picture, wall = await drawn(
                    engine, style, picture_file(width, height, kind="JPEG", quality=92), size, tries
                )
            except StyleFailed as error:
                print(f"{style.name:<12}{title:<9}{error}", flush=True)
                continue
            finally:
                await engine.close()
            at = frame(
                (width, height), size, style.size,
                detail=1.0, max_pixels=limits.max_pixels_out, is_preview=False,
            ).working  # fmt: skip
            told = ""
            if title in ALONE:
                alone = model_seconds(catalogue, style, limits, (width, height), tries)
                floor = cost.operations_per_pixel * width * height / cost.operations_per_second
                told = f"{alone:9.3f}{floor:9.3f}" + (f"{alone / floor:7.1f}" if floor else f"{'-':>7}")
            print(
                f"{style.name:<12}{title:<9}{f'{at[0]}x{at[1]}':<11}{wall:8.2f}{picture.cpu_seconds:8.2f}"
                f"{picture.peak_bytes / 1e6:9.0f}{told}",
                flush=True,
            )
        print(f"{style.name:<12}matrix product {cost.operations_per_second / 1e9:.0f} GFLOP/s", flush=True)


async def measure_previews(catalogue: Catalogue, limits: StyleLimits) -> None:
    """Print how long a preview takes once its style is loaded, and all of the embedded styles together."""
    previews = Previews(catalogue, limits)
    photo = picture_file(3000, 2000, kind="JPEG", quality=92)
    names = [style.name for style in catalogue.list() if style.folder.parent == EMBEDDED]
    for name in names:
        await previews.draw(name, photo, size="portrait", controls=Controls())
    for size in ("portrait", "picture"):
        together = []
        for _ in range(PREVIEWS):
            each = {}
            for name in names:
                started = time.perf_counter()
                await previews.draw(name, photo, size=size, controls=Controls())
                each[name] = time.perf_counter() - started
            together.append(each)
        medians = {name: statistics.median(each[name] for each in together) for name in names}
        whole = statistics.median(sum(each.values()) for each in together)
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in medians.items())
        print(f"preview, {size}: {told}; all together {whole:.2f} s", flush=True)
    fresh = picture_file(3001, 2000, kind="JPEG", quality=92)
    started = time.perf_counter()
    shown = await previews.draw(names[0], fresh, size="portrait", controls=Controls())
    spent = time.perf_counter() - started
    print(f"preview of a new photo of 6 MP: {spent:.2f} s; {shown.peak_bytes / 1e6:.0f} MB")
    await previews.close()


def a_photo(width: int, height: int) -> bytes:
    """A photo where ../shared has one: a pattern has edges everywhere, and drawing those again costs most."""
    file = next(iter(sorted(PHOTOS.glob("*.jpg"))), None)
    if file is None:
        return picture_file(width, height, kind="JPEG", quality=92)
    data = io.BytesIO()
    ImageOps.fit(Image.open(file).convert("RGB"), (width, height)).save(data, "JPEG", quality=92)
    return data.getvalue()


async def measure_beside(catalogue: Catalogue, limits: StyleLimits, tries: int) -> None:
    """Print how many times faster whole runs of our styles are than others', in turns: machines are noisy."""
    title, width, height, size = PICTURES[1]
    photo = a_photo(width, height)
    others = [name for name in OTHERS if name in {style.name for style in catalogue.list()}]
    if not others:
        return
    embedded = [style.name for style in catalogue.list() if style.folder.parent == EMBEDDED]
    engines = {name: StyleEngine(catalogue, limits) for name in (*embedded, *others)}
    spent: dict[str, list[StyledPicture]] = {name: [] for name in engines}
    for turn in range(tries + 1):
        for name, engine in engines.items():
            picture = await engine.run(name, photo, size=size)
            if turn:
                spent[name].append(picture)
    for name in embedded:
        told = ", ".join(
            f"{statistics.median(b.seconds / a.seconds for a, b in pairs):.1f} times {other}'s speed"
            f" ({statistics.median(b.cpu_seconds / a.cpu_seconds for a, b in pairs):.1f} in CPU)"
            for other in others
            if (pairs := list(zip(spent[name], spent[other], strict=True)))
        )
        print(f"{title} in turns: {name} has {told}", flush=True)
    for engine in engines.values():
        await engine.close()


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
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--only", action="append", default=[], metavar="STYLE")
    asked = parser.parse_args()
    limits = replace(StyleLimits(), threads=asked.threads, memory_bytes=asked.memory_mb << 20)
    with tempfile.TemporaryDirectory() as folder:
        add_others(Path(folder))
        catalogue = Catalogue([EMBEDDED, Path(folder), *asked.folders])
        print(f"{describe()}; {limits.threads} threads\n{HEAD}")
        asyncio.run(measure(catalogue, limits, asked.only, asked.tries))
        asyncio.run(measure_beside(catalogue, limits, asked.tries))
        asyncio.run(measure_previews(catalogue, limits))
        asyncio.run(measure_start(catalogue, limits))


if __name__ == "__main__":
    main()
