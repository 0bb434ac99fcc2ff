"""Animations and clips in the studio: drawn frame by frame, others' pictures between, cancelled at once."""

import asyncio
import io
from dataclasses import replace
from time import perf_counter

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageSequence

from fedi.actions import accounts, clips, media, styles, uploads
from fedi.errors import Invalid, TooLarge
from fedi.jobs import worker
from fedi.jobs.kinds import DrawMoving, RunStyle
from fedi.jobs.worker import drain
from fedi.media.provenance import DigitalSource, read_label
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment, StyleRun
from fedi.queries import style_queue
from tests.actions import small_style
from tests.mastodon.pictures import png
from tests.support import films
from tests.support.pictures import animation

pytestmark = pytest.mark.anyio
TABLE = {RunStyle: styles.run, DrawMoving: styles.run_film}
# Rounds of the small style that make a frame take a while.
SLOW = 30


async def drawn(server, run):
    await drain(server, TABLE)
    return await StyleRun.get(id=run.id).select_related("result")


async def until_running(run, *, progress=0.0):
    async with asyncio.timeout(30):
        while True:
            now = await StyleRun.get(id=run.id)
            if now.state == "running" and now.progress >= progress:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def working(server):
    """A worker that runs while the test does; gives the function that starts it."""
    stop, tasks = asyncio.Event(), []

    def start():
        tasks.append(asyncio.ensure_future(worker.run(server, TABLE, stop)))

    yield start
    stop.set()
    await asyncio.gather(*tasks)


async def test_an_animation_is_drawn_and_labelled(server, alice):
    small_style.install(server)
    source = await media.upload(
        server, alice, animation("GIF", durations=[40, 100, 250]), description="A bar that moves"
    )
    assert (source.kind, source.frames, source.duration_ms) == ("image", 3, 390)

    run = await drawn(server, await styles.ask(server, alice, source, "negative"))

    result = run.result
    assert (run.state, run.kind, run.reason) == ("done", "animation", "")
    assert run.seconds > 0
    assert (result.media_type, result.frames, result.duration_ms) == ("image/webp", 3, 390)
    assert (result.kind, result.description) == ("image", "A bar that moves")
    assert result.source_type == DigitalSource.COMPOSITE_WITH_TRAINED.iri
    data = await server.store.read(result.file_key)
    assert read_label(data).system == "Negative"
    assert read_label(await server.store.read(result.preview_key)).system == "Negative"
    with Image.open(io.BytesIO(data)) as image:
        frames = [np.asarray(each.convert("RGB")) for each in ImageSequence.Iterator(image)]
    # The ramp of greys, turned round: bright above, dark below.
    assert frames[2][:5].mean() > 200 > 60 > frames[2][-5:].mean()


async def test_a_clip_is_drawn_with_its_sound(server, alice):
    small_style.install(server)
    source = await uploads.receive(server, alice, films.clip(0.5, rate=12), description="A bar")
    assert (source.kind, source.state, source.duration_ms) == ("video", "ready", 500)

    run = await drawn(server, await styles.ask(server, alice, source, "negative"))

    assert (run.state, run.kind, run.reason) == ("done", "clip", "")
    assert (run.result.kind, run.result.media_type, run.result.duration_ms) == ("video", "video/mp4", 500)
    data = await server.store.read(run.result.file_key)
    assert films.probe(data)["codecs"] == ["h264", "aac"]
    assert read_label(data).source is DigitalSource.COMPOSITE_WITH_TRAINED
    assert run.result.blurhash


async def test_a_clip_without_sound_is_a_gifv(server, alice):
    source = await uploads.receive(server, alice, films.clip(0.3, sound=False))

    assert source.kind == "gifv"


async def test_more_frames_than_the_owner_allows_are_refused_at_once(server, alice):
    small_style.install(server)
    studio = msgspec.structs.replace(server.settings.studio, max_frames=3)
    strict = replace(server, settings=msgspec.structs.replace(server.settings, studio=studio))
    source = await media.upload(server, alice, animation("WEBP", durations=[40] * 4))

    with pytest.raises(Invalid, match="4 frames; at most 3"):
        await styles.ask(strict, alice, source, "negative")

    assert not await Job.exists()


async def test_progress_and_the_seconds_left_are_told(server, alice, clock):
    small_style.install(server)
    source = await media.upload(server, alice, animation("WEBP", durations=[40] * 8))
    first = await drawn(server, await styles.ask(server, alice, source, "negative"))
    await StyleRun.filter(id=first.id).update(seconds=4.0)
    another = await media.upload(server, alice, animation("WEBP", durations=[40] * 8, size=(52, 32)))
    run = await styles.ask(server, alice, another, "negative")

    assert (await style_queue.standings(server))[run.id] == (1, 4.0)
    with server.pubsub.subscribe(styles.topic(run.id)) as heard:
        await drawn(server, run)

    told = [msgspec.json.decode(heard.get_nowait()[1])["progress"] for _ in range(heard.qsize())]
    assert len(told) >= 3
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


async def test_cancelling_stops_a_film_at_once(server, alice, working):
    small_style.install(server, rounds=SLOW)
    source = await media.upload(server, alice, animation("WEBP", durations=[40] * 30, size=(256, 192)))
    run = await styles.ask(server, alice, source, "negative")
    working()
    await until_running(run, progress=0.05)

    began = perf_counter()
    await styles.cancel(server, run)
    while server.styles._turn.locked() or await Job.exists():
        # Wanted is a fifth of a second, which bench/styles.py measures; a machine may pause for longer.
        assert perf_counter() - began < 1.5
        await asyncio.sleep(0.005)

    assert await MediaAttachment.all().count() == 1


async def test_a_picture_is_drawn_between_the_frames_of_a_film(server, alice, bob, working):
    small_style.install(server, rounds=SLOW)
    film = await media.upload(server, alice, animation("WEBP", durations=[40] * 40, size=(256, 192)))
    picture = await media.upload(server, bob, png(64, 64))
    run = await styles.ask(server, alice, film, "negative")
    working()
    await until_running(run, progress=0.02)

    portrait = await styles.ask(server, bob, picture, "negative")
    async with asyncio.timeout(20):
        while (await StyleRun.get(id=portrait.id)).state != "done":
            await asyncio.sleep(0.05)

    assert (await StyleRun.get(id=run.id)).state == "running"
    await styles.cancel(server, run)


async def test_a_film_whose_file_was_lost_fails_with_a_reason(server, alice):
    small_style.install(server)
    source = await media.upload(server, alice, animation("WEBP", durations=[40, 40]))
    run = await styles.ask(server, alice, source, "negative")
    await server.store.delete(source.original_key)

    run = await drawn(server, run)

    assert (run.state, "not there any more" in run.reason) == ("failed", True)


async def test_a_film_that_turns_out_broken_fails_with_a_reason(server, alice):
    small_style.install(server)
    source = await media.upload(server, alice, animation("WEBP", durations=[40] * 4))
    run = await styles.ask(server, alice, source, "negative")
    data = bytearray(await server.store.read(source.original_key))
    third = data.index(b"ANMF", data.index(b"ANMF", data.index(b"ANMF") + 4) + 4)
    data[third + 40 : third + 60] = bytes(20)
    await server.store.put(source.original_key, bytes(data))

    run = await drawn(server, run)

    assert (run.state, "damaged" in run.reason) == ("failed", True)
    assert await MediaAttachment.all().count() == 1


async def test_a_header_is_cut_drawn_and_worn(server, alice):
    small_style.install(server)
    source = await media.upload(server, alice, png(900, 700), description="Hills")

    run = await drawn(server, await styles.ask(server, alice, source, "negative", size="header"))
    worn = await accounts.set_header(server, alice, run.result)

    assert (run.result.width, run.result.height) == (1500, 500)
    assert (worn.header_key, worn.header_alt) == (run.result.file_key, "Hills")
    assert worn.header_source_type == DigitalSource.COMPOSITE_WITH_TRAINED.iri


async def test_a_film_is_no_header(server, alice):
    small_style.install(server)
    source = await media.upload(server, alice, animation("WEBP", durations=[40, 40]))

    with pytest.raises(Invalid, match="stand still"):
        await styles.ask(server, alice, source, "negative", size="header")


# Uploads


async def test_without_the_extra_a_clip_is_refused_in_words(server, alice, monkeypatch):
    monkeypatch.setattr(clips, "are_read", lambda: False)

    with pytest.raises(Invalid, match="is a video; this server takes pictures only"):
        await uploads.begin(server, alice, films.clip(0.2))

    assert not await MediaAttachment.exists()


async def test_a_clip_of_too_many_bytes_is_refused(server, alice):
    few = msgspec.structs.replace(server.settings.media, max_clip_bytes=1000)
    strict = replace(server, settings=msgspec.structs.replace(server.settings, media=few))

    with pytest.raises(TooLarge):
        await uploads.begin(strict, alice, films.clip(0.2))


async def test_a_clip_that_is_too_long_is_refused_and_forgotten(server, alice):
    studio = msgspec.structs.replace(server.settings.studio, clip_seconds=1)
    strict = replace(server, settings=msgspec.structs.replace(server.settings, studio=studio))

    with pytest.raises(Invalid, match="longer than 1 seconds"):
        await uploads.receive(strict, alice, films.clip(3))

    assert not await MediaAttachment.exists()
    folder = server.settings.path(server.settings.media.folder)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_label_in_an_uploaded_clip_stays(server, alice):
    small_style.install(server)
    source = await uploads.receive(server, alice, films.clip(0.3))
    run = await drawn(server, await styles.ask(server, alice, source, "negative"))
    labelled = await server.store.read(run.result.file_key)

    again = await uploads.receive(server, alice, labelled)

    assert (again.source_type, again.ai_system) == (DigitalSource.COMPOSITE_WITH_TRAINED.iri, "Negative")
