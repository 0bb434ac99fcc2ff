"""Uploads that take their time: answered before they are ready, made once, never shown raw."""

import asyncio

import pytest

from fedi.actions import uploads
from fedi.errors import NotFound
from fedi.jobs.kinds import ProcessMedia
from fedi.mastodon import uploads as face
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio


@pytest.fixture
async def busy(server):
    """Have no process free for pictures until the test says so."""
    turns = server.pictures._turns
    held = 0
    while not turns.locked():
        await turns.acquire()
        held += 1

    def free():
        nonlocal held
        for _ in range(held):
            turns.release()
        held = 0

    yield free
    free()


@pytest.fixture
def impatient(monkeypatch):
    """Have requests wait a moment only."""
    monkeypatch.setattr(face, "_PATIENCE", 0.05)


def sent(client, data=None, version="v2", **fields):
    file = {"file": ("a.png", png() if data is None else data, "image/png")}
    return client.post(f"/api/{version}/media", files=file, data=fields)


async def finished(server):
    tasks = server.memory.of(uploads.Making).tasks.values()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_is_not_ready_soon_is_asked_for_again(server, as_alice, busy, impatient):
    answer = await sent(as_alice, description="a")
    path = f"/api/v1/media/{answer.json()['id']}"

    waiting = await as_alice.get(path)
    busy()
    await finished(server)
    ready = await as_alice.get(path)

    assert (answer.status_code, answer.json()["url"], waiting.status_code) == (202, None, 206)
    assert (ready.status_code, ready.json()["description"]) == (200, "a")
    assert ready.json()["url"]


async def test_a_file_that_is_not_ready_cannot_be_posted(server, as_alice, busy, impatient):
    media = (await sent(as_alice)).json()

    answer = await as_alice.post("/api/v1/statuses", json={"status": "x", "media_ids": [media["id"]]})

    assert answer.status_code == 422
    assert "finished processing" in answer.json()["error"]


async def test_raw_bytes_are_gone_once_the_picture_is_made_and_never_served(
    server, as_alice, nobody, busy, impatient
):
    media = (await sent(as_alice)).json()
    row = await MediaAttachment.get(id=int(media["id"]))
    raw = row.original_key

    refused = await nobody.get(f"/media/{raw}")
    there = await server.store.read(raw)
    busy()
    await finished(server)

    assert (refused.status_code, there) == (404, png())
    with pytest.raises(NotFound):
        await server.store.read(raw)


async def test_the_job_makes_what_a_dead_server_left(server, as_alice, busy, impatient):
    media = (await sent(as_alice)).json()
    for task in server.memory.of(uploads.Making).tasks.values():
        task.cancel()
    await finished(server)
    busy()

    await uploads.run(server, ProcessMedia(media_id=int(media["id"])))

    assert (await as_alice.get(f"/api/v1/media/{media['id']}")).status_code == 200
    assert await Job.filter(kind="ProcessMedia").count() == 1


async def test_the_job_does_nothing_with_what_is_ready(server, as_alice):
    media = (await sent(as_alice)).json()
    before = await MediaAttachment.get(id=int(media["id"]))

    await uploads.run(server, ProcessMedia(media_id=before.id))

    assert (await MediaAttachment.get(id=before.id)).file_key == before.file_key


async def test_what_turns_out_broken_later_says_so(server, as_alice, busy, impatient):
    broken = png(64, 64)[:-40]
    answer = await sent(as_alice, broken)
    if answer.status_code == 422:
        pytest.skip("seen at once")
    busy()
    await finished(server)

    failed = await as_alice.get(f"/api/v1/media/{answer.json()['id']}")

    assert failed.status_code == 422
    assert failed.json()["error"]


async def test_a_description_is_changed_by_the_post_once_it_is_posted(as_alice):
    media = (await sent(as_alice)).json()
    made = await as_alice.post("/api/v1/statuses", json={"media_ids": [media["id"]]})

    answer = await as_alice.put(f"/api/v1/media/{media['id']}", json={"description": "new"})

    assert (made.status_code, answer.status_code) == (200, 404)


async def test_a_thumbnail_is_taken_and_not_needed(as_alice):
    files = {"file": ("a.png", png(), "image/png"), "thumbnail": ("t.png", png(), "image/png")}

    assert (await as_alice.post("/api/v2/media", files=files)).status_code == 200


async def test_sixteen_files_stand_in_a_post_and_not_one_more(server, alice, as_alice):
    rows = [
        await MediaAttachment.create(
            id=server.new_id(), account=alice, created_at=server.clock.now(), file_key=f"media/aa/{n}.png"
        )
        for n in range(17)
    ]
    ids = [str(row.id) for row in rows]

    many = await as_alice.post("/api/v1/statuses", json={"media_ids": ids})
    made = await as_alice.post("/api/v1/statuses", json={"media_ids": ids[:16]})

    assert (many.status_code, made.status_code) == (422, 200)
    assert [each["id"] for each in made.json()["media_attachments"]] == ids[:16]
