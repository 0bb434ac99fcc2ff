"""Our own part of the API: a picture is drawn anew and worn."""

import base64
import io

import pytest
from PIL import Image

from fedi.actions import styles
from fedi.jobs.kinds import RunStyle
from fedi.jobs.worker import drain
from fedi.media.provenance import read_label
from fedi.models.media import MediaAttachment, StyleRun
from tests.actions import small_style
from tests.mastodon.pictures import png, png_of_claimed_size
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

    assert [each["name"] for each in listed] == ["cel", "ink", "negative", "sky", "soft"]
    assert [each["default"] for each in listed] == [True, *[False] * 4]
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
    assert done["result"]["description"] == "a face (Made with an AI model.)"
    assert [each["id"] for each in (await as_alice.get("/api/fedi/v1/runs")).json()] == [run["id"]]
    change = {"avatar_media_id": done["result"]["id"], "header_media_id": picture["id"]}
    me = (await as_alice.patch("/api/v1/accounts/update_credentials", json=change)).json()
    assert (me["avatar_description"], me["fedi"]["avatar_ai_system"]) == (
        "a face (Made with an AI model.)",
        "Negative",
    )
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


async def test_controls_come_as_fields_or_json_and_stand_in_the_run(as_alice, picture):
    path, chosen = (
        "/api/fedi/v1/styles/negative/runs",
        {"strength": 0.5, "keep_colours": True, "crop": "square"},
    )

    json = await as_alice.post(path, json={"media_id": picture["id"], **chosen})
    form = await as_alice.post(
        path, data={"media_id": picture["id"], "strength": "0.5", "keep_colours": "on", "crop": "square"}
    )

    assert json.json()["controls"] == form.json()["controls"]
    assert chosen.items() <= json.json()["controls"].items()
    assert json.json()["controls"]["proportions"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"strength": 1.5}, {"strength": "much"}, {"strength": "nan"}, {"strength": [1]}, {"detail": 0.1},
        {"keep_colours": "maybe"}, {"proportions": -1}, {"crop": "round"}, {"line_weight": 2},
        {"variant": "x" * 65}, {"variant": "none"}, {"size": "huge"}, {"guide_media_id": None},
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_control_is_named(as_alice, picture, wrong):
    field = next(iter(wrong))
    if field == "guide_media_id":
        wrong = {field: picture["id"]}

    for path in ("runs", "preview"):
        answer = await as_alice.post(
            f"/api/fedi/v1/styles/negative/{path}", json={"media_id": picture["id"], **wrong}
        )
        assert answer.status_code == 422
        assert field.replace("_", " ") in answer.json()["error"].lower().replace("_", " ")


async def test_a_style_says_which_controls_it_knows(nobody, picture):
    listed = {each["name"]: each for each in (await nobody.get("/api/fedi/v1/styles")).json()}

    assert {"strength", "keep_colours", "detail", "crop"} <= set(listed["negative"]["controls"])
    assert "line_weight" not in listed["negative"]["controls"]


async def test_the_same_again_is_done_at_once(as_alice, server, picture):
    path, body = "/api/fedi/v1/styles/negative/runs", {"media_id": picture["id"]}
    await as_alice.post(path, json=body)
    await drain(server, {RunStyle: styles.run})

    again = await as_alice.post(path, json=body)

    assert (again.status_code, again.json()["state"]) == (200, "done")
    assert again.json()["result"]["fedi"]["ai_system"] == "Negative"


async def test_a_preview_is_labelled_and_kept_nowhere(as_alice, server, picture):
    before = await MediaAttachment.all().count()

    answer = await as_alice.post(
        "/api/fedi/v1/styles/negative/preview", json={"media_id": picture["id"], "strength": 0.5}
    )

    shown = answer.json()
    assert (answer.status_code, shown["style"], shown["width"], shown["error"]) == (200, "negative", 256, "")
    kind, _, data = shown["url"].partition(";base64,")
    assert kind == "data:image/webp"
    assert read_label(base64.b64decode(data)).system == "Negative"
    assert await MediaAttachment.all().count() == before
    assert not await StyleRun.exists()


async def test_previews_show_a_file_in_every_style(as_alice, picture):
    answer = await as_alice.post(
        "/api/fedi/v1/previews",
        files={"picture": ("a.png", png(256, 192), "image/png")},
        data={"line_weight": "2"},
    )

    assert [(each["style"], bool(each["url"]), each["error"]) for each in answer.json()] == [
        (name, True, "") for name in ("cel", "ink", "negative", "sky", "soft")
    ]


@pytest.mark.parametrize(
    ("file", "status"), [(b"no picture", 422), (png_of_claimed_size(30_000, 30_000), 422)]
)
async def test_a_file_that_cannot_be_shown_says_why(as_alice, picture, file, status):
    answer = await as_alice.post(
        "/api/fedi/v1/styles/negative/preview", files={"picture": ("a.png", file, "image/png")}
    )

    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


async def test_previews_of_anothers_picture_or_of_nothing_are_refused(as_bob, picture):
    path = "/api/fedi/v1/styles/negative/preview"

    assert (await as_bob.post(path, json={"media_id": picture["id"]})).status_code == 404
    assert (await as_bob.post(path)).status_code == 422
    assert (await as_bob.post("/api/fedi/v1/previews", json={})).status_code == 422
