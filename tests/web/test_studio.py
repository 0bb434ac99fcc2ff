"""The studio: ask, watch, use what came of it; the real engine draws with a model of three layers."""

import json
from pathlib import Path

import pytest

from fedi.actions import choices, media, style_guides, styles
from fedi.jobs.kinds import RunStyle
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, StyleRun
from fedi.styles.controls import Controls
from tests.support.pictures import NOT_A_PICTURE, photo, truncated_photo, vast_png
from tests.support.styles import first_channel_inverted, write_guided, write_style
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def style(styles_folder: Path) -> str:
    """A style that is quick to draw with."""
    write_style(styles_folder, "mirror", first_channel_inverted(), title="Mirror", description="Turns red.")
    return "mirror"


@pytest.fixture
async def picture(site: Site, alice: Account) -> MediaAttachment:
    """A picture of hers."""
    return await media.upload(site.server, alice, photo(200, 150), description="A slope")


async def asked(site: Site, alice: Account, picture: MediaAttachment) -> StyleRun:
    return await styles.ask(site.server, alice, picture, "mirror")


async def drawn(site: Site, alice: Account, picture: MediaAttachment) -> StyleRun:
    run = await asked(site, alice, picture)
    await styles.run(site.server, RunStyle(run_id=run.id))
    return await StyleRun.get(id=run.id).select_related("result")


async def test_an_upload_becomes_a_run(alices: Visitor):
    fields = {"style": "mirror", "size": "picture", "alt": "My garden"}

    done = await alices.post("/studio", fields, files=[("picture", ("g.jpg", photo(), "image/jpeg"))])

    run = await StyleRun.get().select_related("source")
    assert done.headers["location"] == f"/studio/runs/{run.id}"
    assert (run.style, run.size, run.source.description) == ("mirror", "picture", "My garden")


async def test_a_picture_of_ones_own_is_chosen_by_its_card(alices: Visitor, picture: MediaAttachment):
    page = Outline((await alices.get(f"/studio?media={picture.id}")).text)
    card = page.all("input", type="radio", name="media")[0]
    assert card.attributes["value"] == str(picture.id)
    assert "checked" in card.attributes

    await alices.post("/studio", {"media": str(picture.id), "style": "mirror"})

    assert (await StyleRun.get()).source_id == picture.id


async def test_every_style_stands_there_with_its_licence(alices: Visitor):
    page = (await alices.get("/studio")).text

    assert "Mirror" in page
    assert "Turns red." in page
    assert "AGPL-3.0-or-later" in page


@pytest.mark.parametrize(
    "file", [NOT_A_PICTURE, vast_png(), truncated_photo()], ids=["no picture", "30 000 x 30 000", "truncated"]
)
async def test_a_bad_file_says_why_and_keeps_the_choices(alices: Visitor, file: bytes):
    fields = {"style": "mirror", "size": "picture", "alt": "My garden"}

    answer = await alices.post("/studio", fields, files=[("picture", ("x.jpg", file, "image/jpeg"))])

    page = Outline(answer.text)
    assert answer.status_code in {413, 415, 422}
    assert [each for each in page.elements if each.attributes.get("role") == "alert"]
    assert "checked" in page.all("input", value="mirror")[0].attributes
    assert "checked" in page.all("input", value="picture")[0].attributes
    assert page.all("input", name="alt")[0].attributes["value"] == "My garden"
    assert await StyleRun.all().count() == 0


async def test_no_picture_no_style_and_anothers_picture_are_refused(
    site: Site, alices: Visitor, picture, bob: Account
):
    theirs = await media.upload(site.server, bob, photo())

    none = await alices.post("/studio", {"style": "mirror"})
    strange = await alices.post("/studio", {"style": "nothing", "media": str(picture.id)})
    foreign = await alices.post("/studio", {"style": "mirror", "media": str(theirs.id)})

    assert (none.status_code, strange.status_code, foreign.status_code) == (422, 404, 404)
    assert "Choose a picture first" in none.text
    assert "There is no style called nothing." in strange.text
    assert await StyleRun.all().count() == 0


async def test_a_waiting_run_shows_its_progress_and_can_be_cancelled(
    site: Site, alices: Visitor, alice, picture
):
    run = await asked(site, alice, picture)

    waiting = Outline((await alices.get(f"/studio/runs/{run.id}")).text)
    done = await alices.post(f"/studio/runs/{run.id}/cancel")

    assert waiting.all("progress")[0].attributes["value"] == "0"
    assert waiting.all("meta", http_equiv="refresh")[0].around[-1].tag == "noscript"
    assert done.headers["location"] == f"/studio/runs/{run.id}"
    ended = await alices.get(f"/studio/runs/{run.id}")
    assert "You stopped this drawing." in ended.text
    assert "progress" not in [each.tag for each in Outline(ended.text).elements]


async def test_a_failed_run_says_why(site: Site, alices: Visitor, alice, picture):
    run = await asked(site, alice, picture)
    await StyleRun.filter(id=run.id).update(state="failed", reason="The model took more than two minutes.")

    page = (await alices.get(f"/studio/runs/{run.id}")).text

    assert "The model took more than two minutes." in page
    assert f"/studio?media={picture.id}" in page


async def test_a_drawing_stands_beside_its_photo_with_its_label(site: Site, alices: Visitor, alice, picture):
    run = await drawn(site, alice, picture)

    page = Outline((await alices.get(f"/studio/runs/{run.id}")).text)

    figures = page.all("figure")
    assert [each.text.strip() for each in figures] == ["Drawing", "Photo"]
    badge = page.all("span", class_="badge")[0]
    assert badge.text.strip().startswith("Made with a model · Mirror 1.0.0. Drawn in the studio")
    assert page.all("input", type="range")[0].attributes["aria-label"]
    download = next(each for each in page.all("a") if "download" in each.attributes)
    assert download.attributes["href"] == f"/media/{run.result.original_key}"


async def test_a_drawing_becomes_avatar_and_header(site: Site, alices: Visitor, alice: Account, picture):
    run = await drawn(site, alice, picture)

    avatar = await alices.post(f"/studio/runs/{run.id}/avatar")
    await alices.post(f"/studio/runs/{run.id}/header")

    assert avatar.headers["location"] == "/@alice?notice=avatar"
    now = await Account.get(id=alice.id)
    assert now.avatar_key == run.result.preview_key
    assert now.header_key == run.result.file_key
    assert "Made with a model · Mirror" in (await alices.get("/@alice")).text
    assert (await alices.post(f"/studio/runs/{run.id}/throne")).status_code == 404


async def test_posting_a_drawing_begins_with_its_alt_text_and_label(
    site: Site, alices: Visitor, alice, picture
):
    run = await drawn(site, alice, picture)

    page = Outline((await alices.get(f"/compose?media={run.result.id}")).text)
    await alices.post(
        "/compose", {"text": "look", "media": str(run.result.id), f"alt_{run.result.id}": "A slope"}
    )
    await alices.post(
        "/compose",
        {"text": "look", "media": str(run.result.id), f"alt_{run.result.id}": "A slope", "do": "post"},
    )

    assert page.all("textarea", name=f"alt_{run.result.id}")[0].text.strip() == "A slope"
    assert "Made with a model · Mirror 1.0.0" in (await alices.get("/home")).text


async def test_events_tell_each_change_until_the_end(site: Site, alices: Visitor, alice: Account, picture):
    run = await drawn(site, alice, picture)

    answer = await alices.get(f"/studio/runs/{run.id}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "private, no-store"
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    told = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert told == [{"state": "done", "progress": 1.0, "words": "Done", "turn": ""}]


async def test_another_persons_run_is_not_there(
    site: Site, alices: Visitor, stranger: Visitor, alice, picture, bob: Account
):
    run = await drawn(site, alice, picture)
    bobs = await site.signed_in("bob")

    for path in ("", "/events"):
        assert (await bobs.get(f"/studio/runs/{run.id}{path}")).status_code == 404
    for deed in ("cancel", "avatar", "header"):
        assert (await bobs.post(f"/studio/runs/{run.id}/{deed}")).status_code == 404
    assert (await alices.get("/studio/runs/0")).status_code == 404
    assert (await stranger.get(f"/studio/runs/{run.id}")).status_code == 303


# Previews and controls


async def test_controls_of_the_form_are_kept_with_the_run(alices: Visitor, picture: MediaAttachment):
    fields = {
        "media": str(picture.id), "style": "mirror", "strength": "0.5", "keep_colours": "on",
        "crop": "square", "detail": "1", "proportions": "-0.05", "variant": "",
    }  # fmt: skip

    await alices.post("/studio", fields)

    assert choices.controls_of(await StyleRun.get()) == Controls(
        strength=0.5, keep_colours=True, crop="square"
    )


async def test_a_wrong_control_says_why_and_keeps_what_was_chosen(alices: Visitor, picture: MediaAttachment):
    fields = {"media": str(picture.id), "style": "mirror", "strength": "7", "detail": "1.5"}

    answer = await alices.post("/studio", fields)

    page = Outline(answer.text)
    assert answer.status_code == 422
    assert [each for each in page.elements if each.attributes.get("role") == "alert"]
    assert page.all("input", name="detail")[0].attributes["value"] == "1.5"
    assert not await StyleRun.exists()


async def test_without_a_script_the_page_comes_again_with_the_picture_in_every_style(alices: Visitor):
    fields = {"style": "mirror", "strength": "0.5", "alt": "My garden"}

    answer = await alices.post(
        "/studio/preview", fields, files=[("picture", ("g.jpg", photo(), "image/jpeg"))]
    )

    page, kept = Outline(answer.text), await MediaAttachment.get()
    assert kept.description == "My garden"
    assert "checked" in page.all("input", type="radio", name="media")[0].attributes
    assert page.all("input", name="strength")[0].attributes["value"] == "0.5"
    shown = page.all("img", class_="style-own")
    assert len(shown) == len(page.all("input", name="style"))
    assert all(each.attributes["src"].startswith("data:image/webp;base64,") for each in shown)
    assert not await StyleRun.exists()


@pytest.mark.parametrize(("of", "count"), [("", 1), ("all", 5)])
async def test_a_script_gets_previews_of_a_file_that_is_not_kept(alices: Visitor, of: str, count: int):
    answer = await alices.post(
        "/studio/preview",
        {"style": "mirror", "of": of},
        files=[("picture", ("g.jpg", photo(), "image/jpeg"))],
        **{"X-Part": "previews"},
    )

    found = answer.json()["previews"]
    assert len(found) == count
    assert all(each["url"].startswith("data:image/webp;base64,") for each in found)
    assert not await MediaAttachment.exists()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"style": "mirror"}, 422),
        ({"style": "nothing", "media": "1"}, 404),
        ({"style": "mirror", "media": "1"}, 404),
    ],
)
async def test_a_preview_that_cannot_be_says_why(alices: Visitor, fields: dict[str, str], status: int):
    answer = await alices.post("/studio/preview", fields, **{"X-Part": "previews"})

    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


async def test_a_drawing_says_how_it_was_made_and_leads_back_with_all_of_it(
    site: Site, alices: Visitor, alice: Account, picture: MediaAttachment
):
    controls = Controls(strength=0.5, keep_colours=True, proportions=0.0)
    run = await styles.ask(site.server, alice, picture, "mirror", size="picture", controls=controls)
    await styles.run(site.server, RunStyle(run_id=run.id))

    text = (await alices.get(f"/studio/runs/{run.id}")).text
    again = next(
        each.attributes["href"]
        for each in Outline(text).all("a")
        if each.text.strip() == "Try other settings"
    )
    page = Outline((await alices.get(again)).text)

    assert "50% of the drawing" in text
    assert page.all("input", name="strength")[0].attributes["value"] == "0.5"
    assert page.all("input", name="proportions")[0].attributes["value"] == "0.0"
    assert "checked" in page.all("input", name="keep_colours")[0].attributes
    assert "checked" in page.all("input", value="picture")[0].attributes
    assert "checked" in page.all("input", value=str(picture.id))[0].attributes


async def test_a_style_draws_like_a_second_picture_that_was_chosen(
    site: Site, alices: Visitor, picture: MediaAttachment, styles_folder: Path
):
    assert not Outline((await alices.get("/studio")).text).all("input", name="guide")
    write_guided(styles_folder, "like")
    chosen = {"media": str(picture.id), "style": "like", "guide": str(picture.id)}

    offered = Outline((await alices.get("/studio")).text).all("input", name="guide")
    without = await alices.post("/studio", {**chosen, "guide": ""})
    done = await alices.post("/studio", chosen)

    assert [each.attributes["value"] for each in offered] == ["", str(picture.id)]
    assert (without.status_code, "like a second picture" in without.text) == (422, True)
    await styles.run(site.server, RunStyle(run_id=(await StyleRun.get()).id))
    page = (await alices.get(done.headers["location"])).text
    assert f"guide={picture.id}" in page
    assert "drawn like another picture" in page


async def test_a_style_that_takes_no_second_picture_is_drawn_without(
    alices: Visitor, picture: MediaAttachment
):
    done = await alices.post(
        "/studio", {"media": str(picture.id), "style": "mirror", "guide": str(picture.id)}
    )

    assert done.status_code == 303
    assert style_guides.chosen(await StyleRun.get()) is None
