"""Previews: small, labelled, in a process beside the one that runs, with several styles held at once."""

import asyncio
import io

import pytest
from PIL import Image

from fedi.errors import StyleFailed, TooMany
from fedi.styles import previews as module
from fedi.styles.catalogue import Catalogue
from fedi.styles.controls import Controls
from fedi.styles.engine import StyleEngine
from fedi.styles.previews import Previews
from tests.support.styles import convolutions, endless, first_channel_inverted, picture_file, write_style

pytestmark = pytest.mark.anyio

PHOTO = picture_file(1200, 800, kind="JPEG")
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>trainedAlgorithmicMedia</x:xmpmeta>"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("styles")
    write_style(folder, "blur", convolutions())
    write_style(folder, "other", convolutions(seed=2))
    write_style(folder, "swap", first_channel_inverted())
    write_style(folder, "endless", endless())
    return Catalogue([folder])


@pytest.fixture(scope="module")
async def previews(catalogue):
    one = Previews(catalogue)
    yield one
    await one.close()


async def preview(previews, style="blur", photo=PHOTO, **more):
    return await previews.draw(style, photo, **({"size": "picture", "controls": Controls()} | more))


@pytest.mark.parametrize(("size", "longer"), [("portrait", 128), ("picture", 256), ("full", 400)])
async def test_a_preview_is_a_small_webp_that_says_what_it_is(previews, size, longer):
    shown = await preview(previews, size=size, xmp=XMP)

    image = Image.open(io.BytesIO(shown.data))
    assert (image.format, max(image.size)) == ("WEBP", longer)
    assert b"trainedAlgorithmicMedia" in shown.data


async def test_a_preview_looks_as_the_run_will(previews, catalogue):
    engine = StyleEngine(catalogue)
    shown = await preview(previews, "swap", size="portrait")
    run = await engine.run("swap", PHOTO, size="portrait", output="png")
    await engine.close()

    small, large = (
        Image.open(io.BytesIO(each.data)).convert("RGB").resize((64, 43)) for each in (shown, run)
    )
    difference = sum(abs(a - b) for a, b in zip(small.tobytes(), large.tobytes(), strict=True))
    assert difference / len(small.tobytes()) < 6


async def test_several_styles_are_held_at_once(previews):
    for style in ("blur", "other", "swap"):
        await preview(previews, style)
    worker = previews.engine._worker

    await preview(previews, "blur")

    assert previews.engine._worker is worker
    assert list(worker.held) == ["other", "swap", "blur"]


async def test_a_preview_does_not_wait_behind_a_run(previews, catalogue):
    engine = StyleEngine(catalogue)
    await preview(previews)
    running = asyncio.create_task(engine.run("endless", PHOTO))
    await asyncio.sleep(0.2)

    async with asyncio.timeout(5):
        await preview(previews)

    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await engine.close()


async def test_who_goes_while_waiting_costs_nothing_and_the_process_stays(previews):
    await preview(previews)
    worker, gone = previews.engine._worker, asyncio.Event()
    gone.set()
    first = asyncio.create_task(preview(previews))

    with pytest.raises(StyleFailed, match="cancelled"):
        await preview(previews, cancel=gone)

    await first
    await preview(previews)
    assert previews.engine._worker is worker


async def test_too_many_at_once_are_refused(previews, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    asked = [asyncio.create_task(preview(previews)) for _ in range(5)]

    found = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(isinstance(each, TooMany) for each in found) == 2
