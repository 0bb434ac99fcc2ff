"""The studio, with the real engine and a style made on the spot."""

import asyncio
import io
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from fedi.actions import choices, media, moderation, styles
from fedi.actions.style_turns import MOST_WAITING
from fedi.clock import TurnableClock
from fedi.config import Settings
from fedi.errors import Forbidden, Invalid, NotFound, StorageFull, TooMany
from fedi.jobs.kinds import RunStyle
from fedi.jobs.worker import drain
from fedi.media.images import label_options
from fedi.media.provenance import DigitalSource, Label, read_label
from fedi.media.sniff import ImageKind
from fedi.media.store import FolderStore
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment, StyleRun
from fedi.queries import studio_use
from fedi.server import Server, open_server
from fedi.styles.controls import Controls
from tests.actions import small_style

pytestmark = pytest.mark.anyio
TABLE = {RunStyle: styles.run}
# Rounds of the small style that take longer than any test waits.
FOR_LONG = 400


def photograph(size: tuple[int, int] = (256, 192), **options: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, "PNG", **options)
    return file.getvalue()


@pytest.fixture
async def source(server: Server, alice: Account) -> MediaAttachment:
    """A picture of alice's with alt text."""
    small_style.install(server)
    return await media.upload(server, alice, photograph(), description="A ramp of greys", focus=(0.5, -0.5))


async def drawn(server: Server, run: StyleRun) -> StyleRun:
    """The run once its job is done."""
    await drain(server, TABLE)
    return await StyleRun.get(id=run.id)


async def while_running(server: Server, run: StyleRun) -> asyncio.Task[int]:
    """Start to draw, and give the task once the drawing is under way."""
    task = asyncio.ensure_future(drain(server, TABLE))
    async with asyncio.timeout(20):
        while (await StyleRun.get(id=run.id)).state != "running" or server.styles._worker is None:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
    return task


def files(server: Server) -> set[Path]:
    folder = server.settings.path(server.settings.media.folder)
    return {path for path in folder.rglob("*") if path.is_file()}


# Drawing


async def test_a_drawing_is_a_picture_of_its_own_beside_the_original(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")
    assert (run.state, run.progress, run.style_version) == ("queued", 0.0, "1.2")

    run = await drawn(server, run)

    assert (run.state, run.progress, run.reason, run.attempts) == ("done", 1.0, "", 1)
    result = await MediaAttachment.get(id=run.result_id)
    assert (result.account_id, result.post_id, result.derived_from_id) == (alice.id, None, source.id)
    assert (result.state, result.media_type, result.width, result.height) == ("ready", "image/webp", 256, 192)
    assert result.blurhash
    assert result.blurhash != source.blurhash
    before = np.asarray(Image.open(io.BytesIO(await server.store.read(source.file_key))).convert("RGB"))
    after = np.asarray(Image.open(io.BytesIO(await server.store.read(result.file_key))).convert("RGB"))
    assert np.abs(255 - before.astype(int) - after).mean() < 6


async def test_alt_text_and_focus_are_carried_over(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")
    await media.describe(server, source, description="A better description")

    run = await drawn(server, run)

    result = await MediaAttachment.get(id=run.result_id)
    assert (result.description, result.focus_x, result.focus_y) == ("A better description", 0.5, -0.5)


async def test_a_drawing_is_labelled_in_its_row_and_in_every_file(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    before = files(server)

    run = await drawn(server, await styles.ask(server, alice, source, "negative"))

    result = await MediaAttachment.get(id=run.result_id)
    assert result.source_type == DigitalSource.COMPOSITE_WITH_TRAINED.iri
    assert (result.ai_system, result.ai_version) == ("Negative", "1.2")
    made = files(server) - before
    assert len(made) == 2
    for path in made:
        label = read_label(path.read_bytes())
        assert label is not None
        assert label.source is DigitalSource.COMPOSITE_WITH_TRAINED
        assert (label.system, label.system_version) == ("Negative", "1.2")
        assert label.tool.startswith("fedi ")


async def test_a_drawing_of_what_a_model_made_alone_says_so(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    label = Label(source=DigitalSource.TRAINED, system="Another model")
    generated = await media.upload(server, alice, photograph(**label_options(ImageKind.PNG, label)))

    run = await drawn(server, await styles.ask(server, alice, generated, "negative"))

    result = await MediaAttachment.get(id=run.result_id)
    assert (result.source_type, result.ai_system) == (DigitalSource.TRAINED.iri, "Negative")


async def test_the_original_stays_as_it_was(server: Server, alice: Account, source: MediaAttachment) -> None:
    before = await server.store.read(source.original_key)

    await drawn(server, await styles.ask(server, alice, source, "negative"))

    assert await server.store.read(source.original_key) == before
    unchanged = await MediaAttachment.get(id=source.id)
    assert (unchanged.source_type, unchanged.ai_system) == ("", "")


async def test_progress_is_told_and_never_falls(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")

    with server.pubsub.subscribe(styles.topic(run.id)) as heard:
        await drawn(server, run)

    told = [json.loads(heard.get_nowait()[1]) for _ in range(heard.qsize())]
    assert told[0] == {"state": "running", "progress": 0.0}
    assert told[-1] == {"state": "done", "progress": 1.0}
    assert [each["progress"] for each in told] == sorted(each["progress"] for each in told)


async def test_a_second_run_of_the_same_job_draws_nothing_more(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await drawn(server, await styles.ask(server, alice, source, "negative"))

    await styles.run(server, RunStyle(run_id=run.id))
    await styles.run(server, RunStyle(run_id=404))

    assert await MediaAttachment.all().count() == 2


async def test_a_drawing_larger_than_what_is_shown_is_kept_for_the_studio(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    settings = server.settings
    small = replace(
        server,
        settings=msgspec.structs.replace(
            settings, media=msgspec.structs.replace(settings.media, max_pixels_kept=20_000)
        ),
    )

    run = await drawn(small, await styles.ask(small, alice, source, "negative"))

    result = await MediaAttachment.get(id=run.result_id)
    assert result.width * result.height <= 20_000
    full = await server.store.read(result.original_key)
    assert Image.open(io.BytesIO(full)).size == (256, 192)
    assert read_label(full) == read_label(await server.store.read(result.file_key))


# Asking


async def test_only_ones_own_ready_pictures_are_drawn(
    server: Server, alice: Account, bob: Account, source: MediaAttachment
) -> None:
    with pytest.raises(NotFound):
        await styles.ask(server, bob, source, "negative")
    source.state = "processing"
    with pytest.raises(Invalid):
        await styles.ask(server, alice, source, "negative")

    assert not await StyleRun.exists()
    assert not await Job.exists()


@pytest.mark.parametrize("style", ["unknown", "", "../negative", "negative\0"])
async def test_a_style_that_is_not_there_is_not_found(
    server: Server, alice: Account, source: MediaAttachment, style: str
) -> None:
    with pytest.raises(NotFound):
        await styles.ask(server, alice, source, style)


async def test_a_size_that_does_not_exist_is_refused(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    with pytest.raises(Invalid, match="portrait, picture, header, full"):
        await styles.ask(server, alice, source, "negative", size="huge")


def with_studio(settings: Settings, **changes: object) -> Settings:
    return msgspec.structs.replace(settings, studio=msgspec.structs.replace(settings.studio, **changes))


async def test_a_studio_that_is_off_draws_nothing(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    closed = replace(server, settings=with_studio(server.settings, enabled=False))

    with pytest.raises(Forbidden):
        await styles.ask(closed, alice, source, "negative")


async def test_a_day_has_its_quota(
    server: Server, alice: Account, bob: Account, source: MediaAttachment, clock: TurnableClock
) -> None:
    strict = replace(server, settings=with_studio(server.settings, runs_per_day=2))
    for _ in range(2):
        await styles.cancel(server, await styles.ask(strict, alice, source, "negative"))

    with pytest.raises(TooMany) as refused:
        await styles.ask(strict, alice, source, "negative")
    assert 86_000 < refused.value.retry_after_seconds <= 86_400
    theirs = await media.upload(server, bob, photograph())
    assert await styles.ask(strict, bob, theirs, "negative")
    clock.turn(hours=24, seconds=1)
    assert await styles.ask(strict, alice, source, "negative")


async def test_nobody_fills_the_queue_and_who_asks_for_one_goes_before_an_album(
    server: Server, alice: Account, bob: Account, source: MediaAttachment
) -> None:
    album = [await styles.ask(server, alice, source, "negative") for _ in range(MOST_WAITING)]
    with pytest.raises(TooMany):
        await styles.ask(server, alice, source, "negative")
    theirs = await media.upload(server, bob, photograph())
    portrait = await styles.ask(server, bob, theirs, "negative")

    with server.pubsub.subscribe(*(styles.topic(run.id) for run in (*album, portrait))) as heard:
        await drain(server, TABLE)

    done = [topic for topic, said in (heard.get_nowait() for _ in range(heard.qsize())) if "done" in said]
    assert len(done) == MOST_WAITING + 1
    assert done.index(styles.topic(portrait.id)) <= 1


async def test_anothers_run_is_as_if_it_were_not_there(
    server: Server, alice: Account, bob: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")

    assert (await styles.own(alice, run.id)).id == run.id
    with pytest.raises(NotFound):
        await styles.own(bob, run.id)


# Failing


async def test_a_model_that_was_tampered_with_is_not_run(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")
    model = server.settings.path(server.settings.studio.folder) / "negative" / "model.onnx"
    model.write_bytes(model.read_bytes() + b"\0")

    run = await drawn(server, run)

    assert run.state == "failed"
    assert "does not match its manifest" in run.reason
    assert await MediaAttachment.all().count() == 1
    assert not await Job.exists()


async def test_a_style_that_was_removed_meanwhile_fails_with_a_reason(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")
    (server.settings.path(server.settings.studio.folder) / "negative" / "style.toml").unlink()

    run = await drawn(server, run)

    assert (run.state, run.reason) == ("failed", "There is no style called negative.")


async def test_a_file_that_was_lost_fails_with_a_reason(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")
    await server.store.delete(source.original_key)

    run = await drawn(server, run)

    assert (run.state, run.reason) == ("failed", "The picture's file is not there any more.")


class FullStore(FolderStore):
    async def put(self, key: str, data: bytes) -> None:
        raise StorageFull


async def test_a_full_disk_fails_the_run_and_leaves_nothing(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run, before = await styles.ask(server, alice, source, "negative"), files(server)

    run = await drawn(replace(server, store=FullStore(server.store.root)), run)

    assert run.state == "failed"
    assert "disk is full" in run.reason
    assert files(server) == before
    assert await MediaAttachment.all().count() == 1


async def test_a_picture_that_ends_the_worker_twice_is_parked_and_the_next_is_drawn(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    small_style.install(server, "slow", rounds=FOR_LONG)
    run = await styles.ask(server, alice, source, "slow")
    task = await while_running(server, run)

    first = server.styles._worker._process.pid
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        while (worker := server.styles._worker) is None or worker._process.pid == first or not worker.held:
            await asyncio.sleep(0.02)
    assert (await StyleRun.get(id=run.id)).state == "running"
    os.kill(worker._process.pid, signal.SIGKILL)
    await task

    run = await StyleRun.get(id=run.id)
    assert (run.state, run.attempts) == ("failed", 2)
    assert "SIGKILL" in run.reason
    assert [(row["id"], row["state"]) for row in await studio_use.queue(server, limit=9)] == [
        (run.id, "parked")
    ]
    assert (await drawn(server, await styles.ask(server, alice, source, "negative"))).state == "done"


async def test_a_run_under_which_the_server_died_is_drawn_once_more_then_given_up(
    server: Server, alice: Account, source: MediaAttachment, settings: Settings, clock: TurnableClock
) -> None:
    small_style.install(server, "slow", rounds=FOR_LONG)
    once = await styles.ask(server, alice, source, "negative")
    twice = await styles.ask(server, alice, source, "slow")
    # What a killed process leaves behind: the row says running, the job's lease lapses.
    await StyleRun.filter(id=once.id).update(state="running", attempts=1)
    await StyleRun.filter(id=twice.id).update(state="running", attempts=2)
    await Job.filter(state="ready").update(state="running", attempts=1, leased_until=0)

    async with open_server(settings, clock=clock) as reopened:
        with reopened.db.activate():
            await drain(reopened, TABLE)

    assert (await StyleRun.get(id=once.id)).state == "done"
    assert (await StyleRun.get(id=twice.id)).reason == "The server stopped twice while it drew this."
    assert not await Job.exists()


async def test_a_run_whose_job_was_given_up_is_ended_a_day_later(
    server: Server, alice: Account, source: MediaAttachment, clock: TurnableClock
) -> None:
    lost, waiting = [await styles.ask(server, alice, source, "negative") for _ in range(2)]
    await Job.filter(unique_key=f"style:{lost.id}").update(state="buried")

    assert await styles.end_lost(server) == 0
    clock.turn(hours=25)
    assert await styles.end_lost(server) == 1

    assert (await StyleRun.get(id=lost.id)).state == "failed"
    assert (await StyleRun.get(id=waiting.id)).state == "queued"


# Cancelling


async def test_a_run_is_cancelled_at_once_while_it_is_drawn(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    small_style.install(server, "slow", rounds=FOR_LONG)
    run, before = await styles.ask(server, alice, source, "slow"), files(server)
    task = await while_running(server, run)

    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert (await styles.cancel(server, run)).state == "cancelled"
    await task

    # A tenth of a second until it is seen, and slack for a loaded machine.
    assert loop.time() - begun < 1.0
    assert (await StyleRun.get(id=run.id)).state == "cancelled"
    assert files(server) == before
    assert not await Job.exists()
    assert (await drawn(server, await styles.ask(server, alice, source, "negative"))).state == "done"


async def test_a_run_that_waits_is_cancelled_and_never_drawn(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")

    await styles.cancel(server, run)

    assert (await drawn(server, run)).state == "cancelled"
    assert server.styles._worker is None


async def test_cancelling_what_is_done_changes_nothing(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await drawn(server, await styles.ask(server, alice, source, "negative"))

    run = await styles.cancel(server, run)

    assert run.state == "done"
    assert run.result_id is not None


async def test_dropping_the_original_ends_its_run(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    small_style.install(server, "slow", rounds=FOR_LONG)
    run = await styles.ask(server, alice, source, "slow")
    task = await while_running(server, run)

    await media.drop(server, source)
    await task

    assert not await StyleRun.exists()
    assert not await MediaAttachment.exists()
    assert files(server) == set()


async def test_nothing_is_drawn_for_a_suspended_account(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    run = await styles.ask(server, alice, source, "negative")
    await moderation.suspend(server, alice, by="cli")

    assert (await drawn(server, run)).state == "cancelled"


# Choosing


async def test_controls_are_kept_with_the_run_and_drawn(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    photo = Controls(strength=0.0)

    run = await drawn(server, await styles.ask(server, alice, source, "negative", controls=photo))

    assert choices.controls_of(await StyleRun.get(id=run.id)) == photo
    result = await MediaAttachment.get(id=run.result_id)
    before = np.asarray(Image.open(io.BytesIO(await server.store.read(source.file_key))).convert("RGB"))
    after = np.asarray(Image.open(io.BytesIO(await server.store.read(result.file_key))).convert("RGB"))
    assert np.abs(before.astype(int) - after).mean() < 6


@pytest.mark.parametrize(
    ("controls", "field"),
    [(Controls(line_weight=2.0), "line_weight"), (Controls(variant="mosaic"), "variant")],
)
async def test_what_a_style_does_not_know_is_refused(
    server: Server, alice: Account, source: MediaAttachment, controls: Controls, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await styles.ask(server, alice, source, "negative", controls=controls)

    assert refused.value.field == field
    assert not await StyleRun.exists()


# Asking again


async def test_the_same_again_is_done_at_once_with_files_of_its_own(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    first = await drawn(server, await styles.ask(server, alice, source, "negative"))

    again = await styles.ask(server, alice, source, "negative")

    assert (again.state, again.progress) == ("done", 1.0)
    assert not await Job.exists()
    one, other = [await MediaAttachment.get(id=run.result_id) for run in (first, again)]
    assert one.id != other.id
    assert {one.file_key, one.preview_key}.isdisjoint({other.file_key, other.preview_key})
    assert await server.store.read(one.file_key) == await server.store.read(other.file_key)
    assert (other.source_type, other.ai_system, other.derived_from_id) == (
        one.source_type,
        "Negative",
        source.id,
    )


async def test_the_same_picture_uploaded_twice_is_the_same(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    await drawn(server, await styles.ask(server, alice, source, "negative"))
    twin = await media.upload(server, alice, photograph())

    assert (await styles.ask(server, alice, twin, "negative")).state == "done"


async def test_two_of_the_same_that_wait_are_drawn_once(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    runs = [await styles.ask(server, alice, source, "negative") for _ in range(2)]

    await drain(server, TABLE)

    first, second = [await StyleRun.get(id=run.id) for run in runs]
    assert (first.state, second.state) == ("done", "done")
    assert first.seconds > 0 == second.seconds
    assert first.result_id != second.result_id


@pytest.mark.parametrize("change", ["settings", "size", "style", "result", "person"])
async def test_anything_else_is_drawn(
    server: Server, alice: Account, bob: Account, source: MediaAttachment, change: str
) -> None:
    first = await drawn(server, await styles.ask(server, alice, source, "negative"))
    small_style.install(server, "other", rounds=1)
    if change == "result":
        await media.drop(server, await MediaAttachment.get(id=first.result_id))
    person, picture = (
        (bob, await media.upload(server, bob, photograph())) if change == "person" else (alice, source)
    )

    again = await styles.ask(
        server,
        person,
        picture,
        "other" if change == "style" else "negative",
        size="picture" if change == "size" else "portrait",
        controls=Controls(strength=0.5) if change == "settings" else Controls(),
    )

    assert again.state == "queued"


async def test_a_refused_request_leaves_no_copies(
    server: Server, alice: Account, source: MediaAttachment
) -> None:
    await drawn(server, await styles.ask(server, alice, source, "negative"))
    strict, before = replace(server, settings=with_studio(server.settings, runs_per_day=1)), files(server)

    with pytest.raises(TooMany):
        await styles.ask(strict, alice, source, "negative")

    assert files(server) == before
