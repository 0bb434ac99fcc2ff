"""Several pictures at once, in the studio's pages."""

import pytest

from fedi.actions import batches, choices, media, styles, uploads
from fedi.jobs.kinds import DrawMoving, RunStyle
from fedi.jobs.worker import drain
from fedi.models.media import MediaAttachment, StyleRun
from fedi.styles.controls import Controls
from tests.support import films
from tests.support.pictures import NOT_A_PICTURE, photo
from tests.support.styles import first_channel_inverted, write_style
from tests.support.visitors import Outline

pytestmark = pytest.mark.anyio
TABLE = {RunStyle: styles.run, DrawMoving: styles.run_film}


@pytest.fixture(autouse=True)
def style(styles_folder):
    """A style that is quick to draw with."""
    write_style(styles_folder, "mirror", first_channel_inverted(), title="Mirror", description="Turns red.")


@pytest.fixture
async def pictures(site, alice):
    """Three pictures of hers."""
    return [await media.upload(site.server, alice, photo(60 + n, 48)) for n in range(3)]


async def test_pictures_that_are_ticked_and_uploaded_are_drawn_together(alices, pictures):
    page = Outline((await alices.get("/studio/several")).text)
    assert [box.attributes["value"] for box in page.all("input", type="checkbox", name="media")] == [
        str(each.id) for each in reversed(pictures)
    ]

    fields = {"style": "mirror", "size": "picture", "media": [str(each.id) for each in pictures[:2]]}
    files = [("pictures", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(2)]
    answer = await alices.post("/studio/several", fields, files=files)

    runs = await StyleRun.all().order_by("id")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/studio/several/{runs[0].batch}")
    assert [run.source_id for run in runs[:2]] == [each.id for each in pictures[:2]]
    assert {(run.batch, run.size, run.style) for run in runs} == {(runs[0].batch, "picture", "mirror")}
    assert len(runs) == 4


async def test_what_is_set_holds_for_all_of_them(alices, pictures):
    fields = {
        "style": "mirror", "size": "full", "media": [str(each.id) for each in pictures],
        "strength": "0.6", "detail": "1.5", "proportions": "0", "keep_colours": "on", "crop": "square",
    }  # fmt: skip

    answer = await alices.post("/studio/several", fields)

    assert answer.status_code == 303
    wanted = Controls(strength=0.6, detail=1.5, proportions=0.0, keep_colours=True, crop="square")
    assert {(run.size, choices.controls_of(run)) for run in await StyleRun.all()} == {("full", wanted)}


async def test_a_setting_that_is_wrong_is_said_and_the_others_stay(alices, pictures):
    fields = {"style": "mirror", "media": [str(pictures[0].id)], "strength": "7", "detail": "1.5"}

    answer = await alices.post("/studio/several", fields)

    page = Outline(answer.text)
    assert answer.status_code == 422
    assert not await StyleRun.exists()
    (detail,) = page.all("input", name="detail")
    assert detail.attributes["value"] == "1.5"


async def test_the_page_tells_whose_turn_it_is_and_what_came_of_it(site, alices, alice, pictures):
    bobs = await site.signed_in("bob")
    runs = await batches.ask(site.server, alice, [each.id for each in pictures], "mirror")
    path = f"/studio/several/{runs[0].batch}"

    waiting = (await alices.get(path)).text
    assert "0 of 3 drawn" in waiting
    assert waiting.count("seconds left") >= 2
    assert (await bobs.get(path)).status_code == 404

    await drain(site.server, TABLE)

    done = (await alices.get(path)).text
    made = await MediaAttachment.filter(derived_from_id__isnull=False).order_by("id")
    assert "/compose?" + "&amp;".join(f"media={each.id}" for each in made) in done
    assert "Cancel what is left" not in done


async def test_what_is_left_is_cancelled(site, alices, alice, pictures):
    bobs = await site.signed_in("bob")
    runs = await batches.ask(site.server, alice, [each.id for each in pictures], "mirror")
    path = f"/studio/several/{runs[0].batch}"

    assert (await bobs.post(f"{path}/cancel")).status_code == 404
    await alices.post(f"{path}/cancel")

    assert {run.state for run in await StyleRun.all()} == {"cancelled"}


@pytest.mark.parametrize("wrong", ["nothing", "too many", "no picture"])
async def test_what_cannot_be_drawn_is_said_and_what_was_chosen_stays(alices, pictures, wrong):
    fields = {"style": "mirror", "media": [] if wrong == "nothing" else [str(pictures[0].id)]}
    count = {"nothing": 0, "too many": 10, "no picture": 1}[wrong]
    data = NOT_A_PICTURE if wrong == "no picture" else photo()
    files = [("pictures", (f"{n}.jpg", data, "image/jpeg")) for n in range(count)]

    answer = await alices.post("/studio/several", fields, files=files)

    page = Outline(answer.text)
    assert answer.status_code in {415, 422}
    assert page.all("p", role="alert") or "problem" in answer.text
    ticked = [box for box in page.all("input", type="checkbox", name="media") if "checked" in box.attributes]
    assert len(ticked) == (0 if wrong == "nothing" else 1)
    assert not await StyleRun.exists()


async def test_a_clip_is_asked_for_and_shown_beside_its_drawing(site, alices, alice):
    files = [("picture", ("a.mp4", films.clip(0.2), "video/mp4"))]
    answer = await alices.post("/studio", {"style": "mirror", "alt": "A bar"}, files=files)
    run = await StyleRun.get()
    waiting = (await alices.get(answer.headers["location"])).text
    assert (run.kind, "seconds left" in waiting) == ("clip", True)

    await drain(site.server, TABLE)

    page = Outline((await alices.get(f"/studio/runs/{run.id}")).text)
    assert [each.attributes["aria-label"] for each in page.all("video")] == ["Drawing: A bar", "Clip: A bar"]
    assert not page.all("form", action=f"/studio/runs/{run.id}/avatar")


async def test_a_clip_stands_in_the_studio_with_its_still(site, alices, alice):
    clip = await uploads.receive(site.server, alice, films.clip(0.2))

    page = Outline((await alices.get("/studio")).text)

    assert f"/media/{clip.preview_key}" in [each.attributes.get("src") for each in page.all("img")]
