"""Uploads: pictures are taken, all else is refused in words."""

import asyncio

import pytest
import requests

from fedi.models.media import MediaAttachment
from tests.mastodon.pictures import png, png_of_claimed_size
from tests.support.servers import running_server

pytestmark = pytest.mark.anyio


def file(data, name="a.png", kind="image/png"):
    return {"files": {"file": (name, data, kind)}}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_picture_is_ready_when_its_upload_is_answered(as_alice, server, version):
    answer = await as_alice.post(
        f"/api/{version}/media", **file(png(640, 480)), data={"description": "violet", "focus": "0.5,-0.25"}
    )

    media = answer.json()
    assert answer.status_code == 200
    assert (media["type"], media["description"], media["remote_url"]) == ("image", "violet", None)
    assert media["url"].startswith(f"{server.uris.base_url}/media/")
    assert media["meta"]["original"] == {"width": 640, "height": 480, "size": "640x480", "aspect": 640 / 480}
    assert media["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert media["blurhash"]
    assert media["fedi"] == {
        **dict.fromkeys(("source_type", "origin", "based_on", "licence")),
        "ai_system": "",
        "ai_version": "",
    }
    shown = await as_alice.get(media["url"].removeprefix(server.uris.base_url))
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/png")


async def test_a_picture_is_described_and_deleted_by_its_owner_alone(as_alice, as_bob):
    media = (await as_alice.post("/api/v2/media", **file(png()))).json()
    path = f"/api/v1/media/{media['id']}"

    for method in ("GET", "PUT", "DELETE"):
        assert (await as_bob.request(method, path)).status_code == 404
    changed = (await as_alice.put(path, data={"description": "new", "focus": "1,1"})).json()
    assert (changed["description"], changed["meta"]["focus"]) == ("new", {"x": 1.0, "y": 1.0})
    assert (await as_alice.put(path, data={"description": ""})).json()["description"] is None
    assert (await as_alice.delete(path)).json() == {}
    assert (await as_alice.get(path)).status_code == 404


async def test_a_picture_in_a_post_is_not_deleted(as_alice):
    media = (await as_alice.post("/api/v2/media", **file(png()))).json()
    await as_alice.post("/api/v1/statuses", json={"media_ids": [media["id"]]})

    assert (await as_alice.delete(f"/api/v1/media/{media['id']}")).status_code == 422


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        png()[:60],
        png_of_claimed_size(30_000, 30_000),
        png_of_claimed_size(2**31 - 1, 2**31 - 1),
    ],
    ids=["empty", "text", "svg", "html", "pdf", "cut off", "30000 pixels square", "absurd"],
)
async def test_what_is_no_picture_is_refused_in_words(as_alice, data):
    answer = await as_alice.post("/api/v2/media", **file(data))

    assert answer.status_code in {413, 422}
    assert answer.json()["error"]
    assert await MediaAttachment.all().count() == 0


@pytest.mark.parametrize("sent", [{}, {"data": {"file": "text"}}, {"json": {"file": "text"}}])
async def test_an_upload_without_a_file_is_refused(as_alice, sent):
    answer = await as_alice.post("/api/v2/media", **sent)

    assert (answer.status_code, answer.json()["error"]) == (422, "Validation failed: file can't be blank")


@pytest.mark.parametrize(
    "body", [b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", b"x" * 500]
)
async def test_a_broken_form_is_refused(as_alice, body):
    answer = await as_alice.post(
        "/api/v2/media", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert answer.status_code in {400, 422}
    assert answer.json()["error"]


async def test_an_upload_over_the_limit_is_refused_before_it_is_sent(fresh_folder):
    async with running_server(fresh_folder, embedded=False) as one:
        host, port = one.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /api/v2/media HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n")

        answer = await asyncio.wait_for(reader.read(), 10)

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'{"error":"' in answer
        writer.close()


async def test_a_client_that_sends_a_hundred_megabytes_reads_why_it_may_not(fresh_folder):
    async with running_server(fresh_folder, embedded=False) as one:
        client = await one.client(await one.person("alice"))
        sent = {"file": ("large.png", b"x" * 100 * 1024 * 1024, "image/png")}
        headers = {"Authorization": client.headers["Authorization"]}

        answer = await asyncio.to_thread(
            requests.post, f"{one.url}/api/v2/media", files=sent, headers=headers, timeout=60
        )

        assert answer.status_code == 413
        assert "larger" in answer.json()["error"]
        await client.aclose()


async def test_a_hundred_megabytes_sent_all_the_same_end_in_words(fresh_folder):
    async with running_server(fresh_folder, embedded=False) as one:
        client = await one.client(await one.person("alice"))

        async def endless():
            for _ in range(100):
                yield b"x" * 1024 * 1024

        answer = await client.post(
            "/api/v2/media", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        )

        assert answer.status_code in {400, 413}
        assert answer.json()["error"]
        await client.aclose()
