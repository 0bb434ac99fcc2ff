import asyncio
import io
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from PIL import Image

from fedi.errors import NotFound, StyleFailed
from tests.styles.test_pictures import png_header
from tests.support.styles import (
    convolutions,
    endless,
    first_channel_inverted,
    hungry,
    instance_norm,
    model,
    picture_file,
    waves,
)

pytestmark = pytest.mark.anyio

PHOTO = picture_file(200, 150, (200, 50, 100))
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>trainedAlgorithmicMedia</x:xmpmeta>"
# The promise is 0.2 s; this machine may be busy with other things.
AT_ONCE_SECONDS = 1.5


def pixels_of(styled):
    return np.asarray(Image.open(io.BytesIO(styled.data)))


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def process_of(engine):
    return engine._worker._process


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("values", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
@pytest.mark.parametrize(("channels", "wanted"), [("rgb", (55, 50, 100)), ("bgr", (200, 50, 155))])
async def test_a_picture_is_drawn_in_every_layout_range_and_order(studio, layout, values, channels, wanted):
    swap = studio.add( first_channel_inverted(layout=layout, values=values),
        input__layout=layout, input__range=list(values), input__channels=channels,
    )  # fmt: skip

    styled = await studio.engine.run(swap, PHOTO, size="portrait", output="png")

    assert (styled.width, styled.height) == (128, 96)
    assert (styled.style, styled.version, styled.media_type) == (swap, "1.0.0", "image/png")
    assert np.abs(pixels_of(styled).astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    ("size", "expected"), [("portrait", (128, 96)), ("picture", (256, 192)), ("full", (200, 150))]
)
async def test_each_size_gives_its_own(studio, size, expected):
    blur = studio.add(convolutions())

    styled = await studio.engine.run(blur, PHOTO, size=size)

    assert Image.open(io.BytesIO(styled.data)).size == (styled.width, styled.height) == expected


async def test_full_keeps_to_the_pixels_allowed(add_style, make_engine):
    add_style("blur", convolutions())

    styled = await make_engine(max_pixels_out=10_000).run("blur", PHOTO, size="full")

    assert styled.width * styled.height == pytest.approx(10_000, rel=0.02)


@pytest.mark.parametrize(("output", "kind"), [("webp", "WEBP"), ("png", "PNG"), ("jpeg", "JPEG")])
async def test_the_result_is_marked_and_carries_nothing_of_the_original(studio, output, kind):
    blur = studio.add(convolutions())
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    photo = picture_file(200, 150, kind="JPEG", exif=exif)

    styled = await studio.engine.run(blur, photo, output=output, xmp=XMP)

    assert Image.open(io.BytesIO(styled.data)).format == kind
    assert styled.media_type == f"image/{output}"
    assert b"trainedAlgorithmicMedia" in styled.data
    assert b"SecretCamera" not in styled.data


async def test_the_same_picture_gives_the_same_bytes(add_style, make_engine):
    add_style("blur", convolutions())
    photo = picture_file(200, 150)

    first = await make_engine(threads=1).run("blur", photo)
    second = await make_engine(threads=2).run("blur", photo)

    assert first.data == second.data


async def test_alpha_comes_back(studio):
    blur = studio.add(convolutions())
    image = Image.fromarray(waves(128, 64)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((128, 64)))
    file = io.BytesIO()
    image.save(file, "PNG")

    styled = await studio.engine.run(blur, file.getvalue(), size="full", output="png")

    assert (pixels_of(styled)[..., 3] == np.asarray(image)[..., 3]).all()


async def test_a_picture_taken_sideways_is_drawn_upright(studio):
    blur = studio.add(convolutions())
    exif = Image.Exif()
    exif[0x0112] = 6

    styled = await studio.engine.run(blur, picture_file(200, 150, kind="JPEG", exif=exif), size="full")

    assert (styled.width, styled.height) == (150, 200)


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 2), (17, 17)])
async def test_tiny_and_narrow_pictures_are_drawn(studio, size):
    blur = studio.add(convolutions())

    styled = await studio.engine.run(blur, picture_file(*size), size="full")

    assert (styled.width, styled.height) == size


async def test_tiles_are_the_whole_and_progress_rises_to_one(studio):
    blur = studio.add(convolutions())
    hungrier = studio.add(convolutions(), size__memory_mb_per_megapixel=20_000)
    photo = picture_file(700, 500)
    whole, tiled = [], []

    async def on_progress(fraction):
        tiled.append(fraction)

    one = await studio.engine.run(blur, photo, size="full", output="png", on_progress=whole.append)
    many = await studio.engine.run(hungrier, photo, size="full", output="png", on_progress=on_progress)

    assert np.abs(pixels_of(one).astype(int) - pixels_of(many)).max() <= 1
    assert whole == [0.0, 1.0]
    assert len(tiled) > 5
    assert tiled == sorted(tiled)
    assert (tiled[0], tiled[-1]) == (0.0, 1.0)


async def test_an_inexact_style_is_drawn_whole_or_blended(studio):
    norm = studio.add(instance_norm(), tiles__exact=False)
    norm_hungry = studio.add(instance_norm(), tiles__exact=False, size__memory_mb_per_megapixel=20_000)
    photo = picture_file(700, 500)
    engine, steps = studio.engine, []

    whole = await engine.run(norm, photo, size="full", output="png")
    tiled = await engine.run(norm_hungry, photo, size="full", output="png", on_progress=steps.append)

    assert len(steps) > 3
    assert np.abs(pixels_of(whole).astype(int) - pixels_of(tiled)).mean() < 5


async def test_a_model_of_one_size_is_tiled(studio):
    fixed = model([helper.make_node("Identity", ["image"], ["styled"])], {}, sides=(64, 64))
    fixed = studio.add(fixed)
    photo = picture_file(150, 100)

    styled = await studio.engine.run(fixed, photo, size="full", output="png")

    assert (pixels_of(styled) == waves(150, 100)).all()


async def test_an_unknown_style_is_not_found(studio):
    with pytest.raises(NotFound):
        await studio.engine.run("nope", PHOTO)


async def test_a_changed_model_is_never_run(studio):
    blur = studio.add(convolutions())
    (studio.folder / blur / "model.onnx").write_bytes(convolutions(seed=2))

    with pytest.raises(StyleFailed, match="does not match its manifest"):
        await studio.engine.run(blur, PHOTO)


@pytest.mark.parametrize(
    ("content", "changes", "sentence"),
    [
        (b"not a model", {}, "not a sound ONNX file"),
        (model([helper.make_node("Relu", ["image"], ["styled"])], {}, opset=8), {}, "opset"),
        (model([helper.make_node("Steal", ["image"], ["styled"], domain="x.y")], {}), {}, "outside standard"),
        (convolutions(), {"input__name": "photo"}, "manifest names photo"),
        (convolutions(), {"output__name": "drawn"}, "manifest names drawn"),
        (convolutions(), {"input__layout": "nhwc"}, "multiple"),
        (model([helper.make_node("NoSuchOp", ["image"], ["styled"])], {}), {}, "does not run"),
        (model([helper.make_node("Concat", ["image", "image"], ["styled"], axis=2)], {}), {}, "another size"),
    ],
)
async def test_a_model_that_does_not_fit_is_refused(studio, content, changes, sentence):
    bad = studio.add(content, **changes)
    good = studio.add(convolutions())
    engine = studio.engine

    with pytest.raises(StyleFailed, match=sentence):
        await engine.run(bad, PHOTO)

    assert (await engine.run(good, PHOTO)).width == 256


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        (picture_file(200, 150, kind="JPEG")[:2000], "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        (png_header(30_000, 30_000), "30000 x 30000"),
        (b"", "format"),
        (os.urandom(1000), "format"),
    ],
)
async def test_a_bad_picture_is_refused_with_a_sentence_and_the_worker_stays(studio, photo, sentence):
    blur = studio.add(convolutions())
    engine = studio.engine
    await engine.warm(blur)
    worker = process_of(engine).pid

    with pytest.raises(StyleFailed, match=sentence):
        await engine.run(blur, photo)

    assert (await engine.run(blur, PHOTO)).width == 256
    assert process_of(engine).pid == worker


async def test_too_many_bytes_are_refused_before_a_worker_is_started(add_style, make_engine):
    add_style("blur", convolutions())
    engine = make_engine()

    with pytest.raises(StyleFailed, match="larger than"):
        await engine.run("blur", bytes(100_000_000))

    assert engine._worker is None


async def test_an_endless_model_is_stopped_in_time_and_the_loop_goes_on(add_style, make_engine):
    add_style("endless", endless())
    add_style("blur", convolutions())
    engine = make_engine(seconds=2)
    beats = []

    async def beat():
        while True:
            beats.append(time.perf_counter())
            await asyncio.sleep(0.01)

    heart = asyncio.ensure_future(beat())
    with pytest.raises(StyleFailed, match="longer than 2 seconds"):
        await engine.run("endless", PHOTO)
    heart.cancel()

    assert np.diff(beats).max() < 0.5
    assert (await engine.run("blur", PHOTO)).width == 256


async def test_a_hungry_model_is_stopped_and_the_next_picture_is_drawn(add_style, make_engine):
    add_style("hungry", hungry(), size__picture=512)
    add_style("blur", convolutions())
    engine = make_engine()

    with pytest.raises(StyleFailed, match="more memory"):
        await engine.run("hungry", picture_file(512, 512))

    assert (await engine.run("blur", PHOTO)).width == 256


async def test_a_cancelled_run_ends_at_once(add_style, make_engine):
    add_style("endless", endless())
    add_style("blur", convolutions())
    engine, cancel = make_engine(), asyncio.Event()
    await engine.warm("endless")
    process = process_of(engine)
    run = asyncio.ensure_future(engine.run("endless", PHOTO, cancel=cancel))
    await asyncio.sleep(0.5)

    asked = time.perf_counter()
    cancel.set()
    with pytest.raises(StyleFailed, match="cancelled"):
        await run
    await process.wait()

    assert time.perf_counter() - asked < AT_ONCE_SECONDS
    assert (await engine.run("blur", PHOTO, cancel=asyncio.Event())).width == 256


async def test_a_run_cancelled_in_the_queue_leaves_the_one_before_it_alone(add_style, make_engine):
    add_style("blur", convolutions())
    engine, cancel = make_engine(), asyncio.Event()
    cancel.set()

    first = asyncio.ensure_future(engine.run("blur", PHOTO))
    await asyncio.sleep(0)
    with pytest.raises(StyleFailed, match="cancelled"):
        await engine.run("blur", PHOTO, cancel=cancel)

    assert (await first).width == 256


async def test_a_cancelled_task_ends_its_worker(add_style, make_engine):
    add_style("endless", endless())
    engine = make_engine()
    await engine.warm("endless")
    process = process_of(engine)
    task = asyncio.ensure_future(engine.run("endless", PHOTO))
    await asyncio.sleep(0.3)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await asyncio.wait_for(process.wait(), AT_ONCE_SECONDS) == -signal.SIGKILL


async def test_a_worker_killed_in_the_middle_is_a_clear_failure_and_the_next_run_works(
    add_style, make_engine
):
    add_style("endless", endless())
    add_style("blur", convolutions())
    engine = make_engine()
    await engine.warm("endless")
    run = asyncio.ensure_future(engine.run("endless", PHOTO))
    await asyncio.sleep(0.3)

    os.kill(process_of(engine).pid, signal.SIGKILL)
    with pytest.raises(StyleFailed, match="SIGKILL"):
        await run

    assert (await engine.run("blur", PHOTO)).width == 256


async def test_a_worker_killed_while_idle_is_not_noticed(add_style, make_engine):
    add_style("blur", convolutions())
    engine = make_engine()
    await engine.run("blur", PHOTO)

    os.kill(process_of(engine).pid, signal.SIGKILL)
    await process_of(engine).wait()

    assert (await engine.run("blur", PHOTO)).width == 256


async def test_a_progress_that_raises_is_told_and_the_next_run_works(add_style, make_engine):
    add_style("blur", convolutions())
    engine = make_engine()

    def fail(_):
        raise LookupError("the caller's own")

    for cancel in (None, asyncio.Event()):
        with pytest.raises(LookupError):
            await engine.run("blur", PHOTO, on_progress=fail, cancel=cancel)

    assert (await engine.run("blur", PHOTO)).width == 256


async def test_an_idle_worker_goes_and_comes_back(add_style, make_engine):
    add_style("blur", convolutions())
    engine = make_engine(idle_seconds=0.05)
    await engine.run("blur", PHOTO)
    process = process_of(engine)

    assert await asyncio.wait_for(process.wait(), 5) == -signal.SIGKILL
    assert engine._worker is None
    assert (await engine.run("blur", PHOTO)).width == 256


async def test_a_warm_worker_is_used_again_for_another_style(add_style, make_engine):
    add_style("blur", convolutions())
    add_style("swap", first_channel_inverted())
    engine = make_engine()
    await engine.warm("blur")
    worker = process_of(engine).pid

    await engine.run("blur", PHOTO)
    await engine.run("swap", PHOTO)

    assert process_of(engine).pid == worker


async def test_two_engines_draw_at_the_same_time(add_style, make_engine):
    add_style("blur", convolutions())
    one, other = make_engine(threads=1), make_engine(threads=1)

    drawn = await asyncio.gather(*(engine.run("blur", PHOTO) for engine in (one, other, one, other)))

    assert process_of(one).pid != process_of(other).pid
    assert len({styled.data for styled in drawn}) == 1


async def test_the_worker_dies_with_its_server(add_style, tmp_path):
    add_style("blur", convolutions())
    script = (
        "import asyncio, os, pathlib\n"
        "from fedi.styles.catalogue import Catalogue\n"
        "from fedi.styles.engine import StyleEngine\n"
        "async def main():\n"
        f"    engine = StyleEngine(Catalogue([pathlib.Path({str(tmp_path)!r})]))\n"
        "    await engine.warm('blur')\n"
        "    print(engine._worker._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    import sys

    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    worker = int((await server.stdout.read()).splitlines()[-1])
    await server.wait()

    for _ in range(200):
        if not lives(worker):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the worker outlived its server")


async def test_the_server_itself_never_loads_onnxruntime(tmp_path):
    import subprocess
    import sys

    script = (
        "import sys, fedi.styles.engine; print(sorted({'onnxruntime', 'numpy', 'PIL'} & set(sys.modules)))"
    )

    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"  # noqa: ASYNC221


async def test_a_style_is_described(studio):
    blur = studio.add(convolutions())

    told = await studio.engine.describe(blur)

    assert (told["name"], told["licence"]) == (blur, "AGPL-3.0-or-later")
    assert told["folder"] == str(studio.folder / blur)
    assert told["input"]["range"] == (0.0, 1.0)
    assert told["model"]["operators"] == ["Conv", "Relu", "Sigmoid"]
    assert told["model"]["inputs"] == {"image": [1, 3, "h", "w"]}


async def test_the_limits_in_force_are_told(studio):
    limits = await studio.engine.limits_in_force()

    assert limits["memory"] is True
    assert "no network, no programs" in limits


async def test_a_closed_engine_has_no_process(add_style, make_engine):
    add_style("blur", convolutions())
    engine = make_engine()
    await engine.close()
    await engine.warm("blur")
    process = process_of(engine)

    await engine.close()

    assert process.returncode == -signal.SIGKILL
