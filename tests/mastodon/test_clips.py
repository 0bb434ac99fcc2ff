"""Clips over the API: what apps are told of them, with and without the extra `video`."""

import asyncio

import pytest

from fedi.actions import clips, uploads
from fedi.mastodon import instances
from tests.support import films

pytestmark = pytest.mark.anyio


def sent(client, data, **fields):
    return client.post("/api/v1/media", files={"file": ("a.mp4", data, "video/mp4")}, data=fields)


async def test_an_uploaded_clip_is_told_as_mastodon_tells_it(as_alice, nobody, server):
    answer = await sent(as_alice, films.clip(2, size=(320, 180), rate=24), description="A bar that crosses")
    shown = answer.json()

    assert (answer.status_code, shown["type"], shown["description"]) == (200, "video", "A bar that crosses")
    meta = shown["meta"]
    assert {name: meta[name] for name in ("length", "duration", "fps", "size", "width", "height")} == {
        "length": "0:00:02.00",
        "duration": 2.0,
        "fps": 24,
        "size": "320x180",
        "width": 320,
        "height": 180,
    }
    assert (meta["original"]["frame_rate"], meta["original"]["duration"]) == ("24/1", 2.0)
    assert meta["original"]["bitrate"] > 1000
    assert meta["small"]["width"] == 320
    assert shown["blurhash"]
    file = await nobody.get(shown["url"].removeprefix(server.uris.base_url))
    assert (file.status_code, file.headers["content-type"]) == (200, "video/mp4")
    part = await nobody.get(shown["url"].removeprefix(server.uris.base_url), headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    preview = await nobody.get(shown["preview_url"].removeprefix(server.uris.base_url))
    assert preview.headers["content-type"] == "image/webp"


async def test_a_clip_is_posted_and_shown_on_our_pages(as_alice, nobody, server):
    media = (await sent(as_alice, films.clip(0.4, rate=10), description="A bar")).json()
    post = (
        await as_alice.post("/api/v1/statuses", json={"status": "look", "media_ids": [media["id"]]})
    ).json()

    page = (await nobody.get(f"/@alice/{post['id']}", headers={"Accept": "text/html"})).text
    note = (await nobody.get(f"/@alice/{post['id']}", headers={"Accept": "application/activity+json"})).json()

    assert post["media_attachments"][0]["type"] == "video"
    assert '<video src="/media/' in page
    assert 'preload="none" poster="/media/' in page
    assert note["attachment"][0]["mediaType"] == "video/mp4"


async def test_apps_are_told_of_videos_where_they_are_taken(nobody):
    told = (await nobody.get("/api/v2/instance")).json()["configuration"]["media_attachments"]

    assert {"video/mp4", "video/webm", "video/quicktime"} < set(told["supported_mime_types"])
    assert told["video_size_limit"] > 0


async def test_without_the_extra_apps_are_not_told_of_videos_and_none_is_taken(as_alice, nobody, monkeypatch):
    for module in (clips, instances):
        monkeypatch.setattr(module, "are_read", lambda: False)

    told = (await nobody.get("/api/v2/instance")).json()["configuration"]["media_attachments"]
    refused = await sent(as_alice, films.clip(0.2))

    assert [kind for kind in told["supported_mime_types"] if kind.startswith("video/")] == []
    assert told["video_size_limit"] == 0
    assert refused.status_code == 422
    assert refused.json()["error"].endswith("is a video; this server takes pictures only")


async def test_a_clip_is_waited_for(as_alice):
    answer = await as_alice.post(
        "/api/v2/media", files={"file": ("a.webm", films.clip(0.4, container="webm"))}
    )

    assert answer.status_code in {200, 202}
    assert answer.json()["id"]
    while (shown := await as_alice.get(f"/api/v1/media/{answer.json()['id']}")).status_code == 206:
        await asyncio.sleep(0.2)
    assert shown.json()["type"] == "video"


async def test_what_only_says_that_it_is_a_clip_is_refused_and_forgotten(as_alice, server):
    fake = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 500

    answer = await sent(as_alice, fake)

    assert answer.status_code == 422
    assert "cut off or broken" in answer.json()["error"]
    assert not server.memory.of(uploads.Making).tasks
