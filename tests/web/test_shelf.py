"""The owner's pages about the studio, without a script; for everybody else there are none."""

import hashlib
import re

import pytest

from fedi.actions import media, styles
from fedi.models.accounts import Account
from fedi.models.media import StyleChoice, StyleRun
from fedi.models.users import User
from fedi.queries import offers
from tests.support.styles import convolutions, picture_file, write_style
from tests.support.visitors import Outline, Site, Visitor

# The styles that ship with the program.
OURS = ["cel", "ink", "sky", "soft"]

pytestmark = pytest.mark.anyio

MODEL = convolutions()
TOLD = {
    "author": "Ada",
    "licence": "Apache-2.0",
    "licence_text": "Do what you <b>like</b>.",
    "title": "Waves",
}
HERE = "/settings/styles"


@pytest.fixture
async def owners(alice: Account, alices: Visitor) -> Visitor:
    """Alice's browser; the place is hers."""
    await User.filter(account_id=alice.id).update(role="owner")
    return alices


def main_of(answer) -> str:
    return Outline(answer.text).all("main")[0].text


async def added(owners: Visitor, model: bytes = MODEL, **fields: str):
    files = [("model", ("wave.onnx", model, "application/octet-stream"))]
    return await owners.post(HERE, {**TOLD, **fields}, files=files)


@pytest.mark.parametrize("role", ["member", "moderator", ""])
async def test_for_everybody_else_there_is_nothing(
    site: Site, alice: Account, alices: Visitor, stranger: Visitor, role: str
):
    await User.filter(account_id=alice.id).update(role=role or "member")
    who = alices if role else stranger

    assert (await who.get(HERE)).status_code == 404
    assert (await who.get(f"{HERE}/waiting/{'0' * 32}")).status_code == 404
    if role:
        assert (await added(who)).status_code == 404
        for path in ("cel/disable", "cel/remove", f"waiting/{'0' * 32}/agree"):
            assert (await who.post(f"{HERE}/{path}", {"agree": "1"})).status_code == 404
        assert HERE not in (await who.get("/settings/profile")).text
    assert [offer.style.name for offer in await offers.offered(site.server)] == OURS


async def test_a_form_of_another_site_does_nothing(site: Site, owners: Visitor):
    answer = await owners.client.post(f"{HERE}/cel/disable", data={"form_token": "0" * 64})

    assert answer.status_code == 403
    assert (await owners.post(f"{HERE}/cel/disable", origin="https://evil.example")).status_code == 403


async def test_a_model_is_tried_its_licence_read_and_then_it_is_there(
    site: Site, alice: Account, owners: Visitor
):
    asked = await added(owners)
    page = await owners.get(asked.headers["location"])
    before = await offers.offered(site.server)
    agreed = await owners.post(f"{asked.headers['location']}/agree", {"agree": "1"})

    assert "Do what you &lt;b&gt;like&lt;/b&gt;." in page.text
    assert hashlib.sha256(MODEL).hexdigest() in page.text
    assert len(before) == len(OURS)
    assert agreed.headers["location"] == f"{HERE}?notice=style-added"
    choice = await StyleChoice.get(name="wave")
    assert (choice.agreed_by_id, choice.agreed_at is not None) == (alice.id, True)
    shown = main_of(await owners.get(HERE))
    assert "Waves" in shown
    assert "agreed to on" in shown


async def test_without_the_tick_or_with_a_no_nothing_is_added(site: Site, owners: Visitor, styles_folder):
    waiting = (await added(owners)).headers["location"]

    assert (await owners.post(f"{waiting}/agree")).status_code == 404
    said = await owners.post(f"{waiting}/decline")

    assert said.headers["location"] == f"{HERE}?notice=style-declined"
    assert (await owners.get(waiting)).status_code == 404
    assert list(styles_folder.iterdir()) == []
    assert await StyleChoice.all().count() == 0


@pytest.mark.parametrize(
    ("model", "fields", "said"),
    [
        (b"nonsense", {}, "not a sound ONNX file"),
        (MODEL, {"author": ""}, "Author must be told"),
        (MODEL, {"sha256": "0" * 64}, "Sha256 is not that of the file"),
        (MODEL, {"name": "cel"}, "There is a style called cel already"),
        (b"", {}, "not a sound ONNX file"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_kept(owners: Visitor, model, fields, said):
    answer = await added(owners, model, **fields)

    assert answer.status_code in (409, 422)
    assert said in main_of(answer)
    assert Outline(answer.text).all("input", name="title")[0].attributes["value"] == "Waves"


async def test_a_style_is_chosen_switched_off_and_removed(site: Site, owners: Visitor, styles_folder):
    write_style(styles_folder, "mirror", MODEL)
    assert "put there by hand" in main_of(await owners.get(HERE))

    await owners.post(f"{HERE}/mirror/default")
    assert await offers.default_name(site.server) == "mirror"
    refused = await owners.post(f"{HERE}/mirror/disable")
    await owners.post(f"{HERE}/cel/disable")
    ticked = Outline((await owners.get("/studio")).text).all("input", name="style")
    await owners.post(f"{HERE}/cel/enable")
    kept = await owners.post(f"{HERE}/cel/remove")
    await owners.post(f"{HERE}/mirror/remove")

    assert (refused.status_code, kept.status_code) == (409, 403)
    assert [each.attributes["value"] for each in ticked] == ["mirror", "ink", "sky", "soft"]
    assert [offer.style.name for offer in await offers.everything(site.server)] == OURS
    assert await offers.default_name(site.server) == "cel"
    assert (await owners.post(f"{HERE}/cel/dance")).status_code == 404
    assert (await owners.post(f"{HERE}/nope/default")).status_code == 404


async def test_a_style_that_is_switched_off_cannot_be_drawn_in(site: Site, owners: Visitor, alice: Account):
    await owners.post(f"{HERE}/cel/default")
    write_style(site.server.settings.path("data/styles"), "mirror", MODEL)
    await owners.post(f"{HERE}/mirror/disable")
    picture = await media.upload(site.server, alice, picture_file(40, 30))

    answer = await owners.post("/studio", {"media": str(picture.id), "style": "mirror"})

    assert answer.status_code == 404
    assert await StyleRun.all().count() == 0


async def test_who_waits_and_what_was_drawn_is_shown(site: Site, owners: Visitor, alice: Account):
    picture = await media.upload(site.server, alice, picture_file(40, 30))
    done = await styles.ask(site.server, alice, picture, "cel")
    await StyleRun.filter(id=done.id).update(state="done", seconds=1.5)
    await styles.ask(site.server, alice, picture, "cel")

    shown = re.sub(r"\s+", " ", main_of(await owners.get(HERE)))

    assert "alice cel queued 0" in shown or "alicecelqueued0" in shown.replace(" ", "")
    assert "1.5" in shown
