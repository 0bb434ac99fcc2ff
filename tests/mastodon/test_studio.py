"""Our own part of the API: a picture is drawn anew and worn."""

import io

import pytest
from PIL import Image

from fedi.actions import styles
from fedi.jobs.kinds import RunStyle
from fedi.jobs.worker import drain
from fedi.models.media import MediaAttachment
from tests.actions import small_style
from tests.mastodon.pictures import png
from tests.support.styles import picture_file, write_guided

pytestmark = pytest.mark.anyio


@pytest.fixture
async def picture(as_alice, server):
    """A picture of alice's, and a style to draw it in."""
    small_style.install(server)
    answer = await as_alice.post(
        "/api/v2/media", files={"file": ("a.png", png(256, 192), "image/png")}, data={"description": "a face"}
    )
    return answer.json()


async def test_the_styles_are_listed_the_default_first(nobody, server, picture):
    listed = (await nobody.get("/api/fedi/v1/styles")).json()

    assert [each["name"] for each in listed] == ["cel", "negative"]
    assert [each["default"] for each in listed] == [True, False]
    assert {"title", "description", "version", "author", "licence", "licence_url", "commercial_use"} <= set(
        listed[0]
    )


async def test_a_picture_is_drawn_and_worn_with_its_label(as_alice, nobody, server, picture, alice):
    asked = await as_alice.post("/api/fedi/v1/styles/negative/runs", json={"media_id": picture["id"]})
    run = asked.json()
    assert (asked.status_code, run["state"], run["progress"], run["result"]) == (202, "queued", 0.0, None)
    assert run["source"]["id"] == picture["id"]

    await drain(server, {RunStyle: styles.run})

    done = (await as_alice.get(f"/api/fedi/v1/runs/{run['id']}")).json()
    assert (done["state"], done["progress"], done["reason"]) == ("done", 1.0, "")
    assert done["result"]["fedi"]["ai_system"] == "Negative"
    assert done["result"]["fedi"]["source_type"].startswith("http")
    assert done["result"]["description"] == "a face"
    assert [each["id"] for each in (await as_alice.get("/api/fedi/v1/runs")).json()] == [run["id"]]
    change = {"avatar_media_id": done["result"]["id"], "header_media_id": picture["id"]}
    me = (await as_alice.patch("/api/v1/accounts/update_credentials", json=change)).json()
    assert (me["avatar_description"], me["fedi"]["avatar_ai_system"]) == ("a face", "Negative")
    shown = (await nobody.get(f"/api/v1/accounts/{alice.id}")).json()
    assert shown["fedi"]["avatar_source_type"] == done["result"]["fedi"]["source_type"]
    assert shown["fedi"]["header_source_type"] is None


async def test_a_run_is_its_owners_and_is_cancelled(as_alice, as_bob, picture):
    run = (await as_alice.post("/api/fedi/v1/styles/negative/runs", json={"media_id": picture["id"]})).json()
    path = f"/api/fedi/v1/runs/{run['id']}"

    assert (await as_bob.get(path)).status_code == (await as_bob.delete(path)).status_code == 404
    assert (await as_bob.get("/api/fedi/v1/runs")).json() == []
    assert (await as_alice.delete(path)).json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("style", "fields", "status"),
    [
        ("nothing", {}, 404),
        ("negative", {"media_id": "1"}, 404),
        ("negative", {"size": "huge"}, 422),
    ],
)
async def test_what_cannot_be_drawn_is_refused(as_alice, picture, style, fields, status):
    body = {"media_id": picture["id"], **fields}

    answer = await as_alice.post(f"/api/fedi/v1/styles/{style}/runs", json=body)

    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


async def test_anothers_picture_is_neither_drawn_nor_worn(as_bob, picture):
    drawn = await as_bob.post("/api/fedi/v1/styles/negative/runs", json={"media_id": picture["id"]})
    worn = await as_bob.patch("/api/v1/accounts/update_credentials", json={"avatar_media_id": picture["id"]})

    assert (drawn.status_code, worn.status_code) == (404, 404)


async def test_a_picture_is_drawn_like_another_of_ones_own(as_alice, as_bob, server, picture):
    write_guided(server.settings.path(server.settings.studio.folder), "like")
    file = picture_file(64, 64, (250, 100, 50))
    guide = (await as_alice.post("/api/v2/media", files={"file": ("g.png", file, "image/png")})).json()
    theirs = (await as_bob.post("/api/v2/media", files={"file": ("g.png", file, "image/png")})).json()
    path, asked = "/api/fedi/v1/styles/like/runs", {"media_id": picture["id"]}

    refused = [
        (await as_alice.post(path, json={**asked, **more})).status_code
        for more in ({}, {"guide_media_id": theirs["id"]}, {"guide_media_id": "1"})
    ]
    wrong = await as_alice.post(
        "/api/fedi/v1/styles/negative/runs", json={**asked, "guide_media_id": guide["id"]}
    )
    run = (await as_alice.post(path, json={**asked, "guide_media_id": guide["id"]})).json()
    await drain(server, {RunStyle: styles.run})
    done = (await as_alice.get(f"/api/fedi/v1/runs/{run['id']}")).json()

    assert refused == [422, 404, 404]
    assert "guide_media_id" in wrong.json()["error"]
    assert (done["state"], done["reason"]) == ("done", "")
    result = await MediaAttachment.get(id=int(done["result"]["id"]))
    drawn = Image.open(io.BytesIO(await server.store.read(result.original_key))).convert("RGB")
    assert all(abs(a - b) < 6 for a, b in zip(drawn.getpixel((20, 20)), (250, 100, 50), strict=True))


async def test_a_picture_to_draw_like_that_is_gone_fails_the_run(as_alice, server, picture):
    write_guided(server.settings.path(server.settings.studio.folder), "like")
    file = picture_file(64, 64, (250, 100, 50))
    guide = (await as_alice.post("/api/v2/media", files={"file": ("g.png", file, "image/png")})).json()
    asked = {"media_id": picture["id"], "guide_media_id": guide["id"]}
    run = (await as_alice.post("/api/fedi/v1/styles/like/runs", json=asked)).json()

    assert (await as_alice.delete(f"/api/v1/media/{guide['id']}")).status_code == 200
    await drain(server, {RunStyle: styles.run})

    done = (await as_alice.get(f"/api/fedi/v1/runs/{run['id']}")).json()
    assert (done["state"], done["reason"]) == ("failed", "The picture to draw like is not there any more.")
