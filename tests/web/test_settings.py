"""What people change about themselves."""

import pytest

from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.users import Session
from tests.support.pictures import NOT_A_PICTURE, photo, truncated_photo, vast_png
from tests.support.servers import PASSWORD
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio


async def test_a_profile_is_changed_in_all_its_parts(alices: Visitor, alice: Account):
    fields = {
        "display_name": "Alice A.",
        "note": "I paint.",
        "field_name_0": "Site",
        "field_value_0": "https://alice.example",
        "locked": "1",
        "is_bot": "1",
        "avatar_alt": "Me, smiling",
    }

    done = await alices.post(
        "/settings/profile", fields, files=[("avatar", ("me.jpg", photo(), "image/jpeg"))]
    )

    assert done.headers["location"] == "/settings/profile?notice=profile"
    now = await Account.get(id=alice.id)
    assert (now.display_name, now.note_text, now.locked, now.is_bot) == ("Alice A.", "I paint.", True, True)
    assert now.fields_list[0]["text"] == "https://alice.example"
    assert now.avatar_key
    assert now.avatar_alt == "Me, smiling"
    page = (await alices.get("/settings/profile?notice=profile")).text
    assert "Your profile is saved." in page
    assert 'value="Alice A."' in page


async def test_a_picture_is_taken_down_again(alices: Visitor, alice: Account):
    await alices.post(
        "/settings/profile", {}, files=[("header", ("h.png", photo(300, 100, "PNG"), "image/png"))]
    )
    assert (await Account.get(id=alice.id)).header_key

    await alices.post("/settings/profile", {"header_remove": "1"})

    assert (await Account.get(id=alice.id)).header_key == ""


@pytest.mark.parametrize(
    "file", [NOT_A_PICTURE, vast_png(), truncated_photo()], ids=["no picture", "30 000 x 30 000", "truncated"]
)
async def test_a_bad_file_says_why_and_what_was_typed_stays(alices: Visitor, alice: Account, file: bytes):
    fields = {"display_name": "New name", "note": "New words", "field_name_2": "Third"}

    answer = await alices.post("/settings/profile", fields, files=[("avatar", ("x.png", file, "image/png"))])

    page = Outline(answer.text)
    assert answer.status_code in {413, 415, 422}
    assert [each for each in page.elements if each.attributes.get("role") == "alert"]
    assert page.all("input", name="display_name")[0].attributes["value"] == "New name"
    assert page.all("input", name="field_name_2")[0].attributes["value"] == "Third"
    assert page.all("textarea", name="note")[0].text.strip() == "New words"
    assert (await Account.get(id=alice.id)).display_name == ""
    assert await MediaAttachment.all().count() == 0


async def test_too_long_a_name_is_told_in_words(alices: Visitor):
    answer = await alices.post("/settings/profile", {"display_name": "x" * 41, "note": "kept"})

    assert answer.status_code == 422
    assert "The name is too long" in answer.text
    assert "kept" in answer.text


async def test_a_new_password_ends_every_other_session(site: Site, alices: Visitor, alice: Account):
    elsewhere = await site.signed_in("alice")
    fields = {"current": PASSWORD, "password": "another long one", "again": "another long one"}

    done = await alices.post("/settings/password", fields)

    assert done.headers["location"] == "/settings/password?notice=password"
    assert (await alices.get("/home")).status_code == 200
    assert (await elsewhere.get("/home")).status_code == 303
    assert await Session.all().count() == 1


async def test_a_password_is_not_changed_without_the_current_one_or_twice_the_new(alices: Visitor):
    right = {"current": PASSWORD, "password": "another long one", "again": "another long one"}
    wrong = {
        "not right": {**right, "current": "guess"},
        "the same both times": {**right, "again": "another"},
        "too short": {**right, "password": "short", "again": "short"},
    }

    for words, fields in wrong.items():
        answer = await alices.post("/settings/password", fields)

        assert answer.status_code == 422
        assert words in answer.text
    assert (await alices.get("/home")).status_code == 200
