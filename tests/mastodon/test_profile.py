"""One's own profile as apps edit it, in every encoding that they use."""

import pytest

from fedi.actions import preferences
from fedi.models.accounts import Account
from fedi.models.users import User
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio

PROFILE, CREDENTIALS = "/api/v1/profile", "/api/v1/accounts/update_credentials"


async def test_a_profile_is_shown_as_it_was_typed(as_alice, alice):
    await as_alice.patch(
        CREDENTIALS,
        json={"note": "I *paint* <b>", "fields_attributes": [{"name": "Site", "value": "https://a.example"}]},
    )

    shown = (await as_alice.get(PROFILE)).json()

    assert (shown["id"], shown["note"]) == (str(alice.id), "I *paint* <b>")
    assert shown["fields"] == [{"name": "Site", "value": "https://a.example", "verified_at": None}]
    assert (shown["avatar"], shown["header_static"], shown["avatar_description"]) == (None, None, "")
    assert (shown["show_media"], shown["show_media_replies"], shown["show_featured"]) == (True, True, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("encoding", ["json", "data"])
async def test_all_of_a_profile_is_changed(as_alice, alice, method, encoding):
    words = {
        "display_name": "Alice A.",
        "note": "hello",
        "locked": "true",
        "bot": "true",
        "discoverable": "true",
        "indexable": "true",
        "hide_collections": "true",
        "show_media": "false",
        "show_media_replies": "false",
        "show_featured": "false",
        "attribution_domains": ["a.example", "b.example"],
    }
    if encoding == "data":
        words["attribution_domains[]"] = words.pop("attribution_domains")

    changed = (await as_alice.request(method, PROFILE, **{encoding: words})).json()

    assert changed == (await as_alice.get(PROFILE)).json()
    assert (changed["display_name"], changed["note"]) == ("Alice A.", "hello")
    assert all(changed[name] for name in ("locked", "bot", "discoverable", "indexable", "hide_collections"))
    assert not any(changed[name] for name in ("show_media", "show_media_replies", "show_featured"))
    assert changed["attribution_domains"] == ["a.example", "b.example"]
    public = (await as_alice.get(f"/api/v1/accounts/{alice.id}")).json()
    assert (public["show_media"], public["show_media_replies"], public["show_featured"]) == (False,) * 3


@pytest.mark.parametrize("path", [PROFILE, CREDENTIALS])
async def test_pictures_come_with_their_alt_texts_which_change_alone(as_alice, alice, path):
    files = {"avatar": ("a.png", png(), "image/png"), "header": ("h.png", png(), "image/png")}
    said = {"avatar_description": "My face", "header_description": "Hills"}
    await as_alice.patch(path, data=said, files=files)
    first = (await as_alice.get(PROFILE)).json()

    await as_alice.patch(path, json={"avatar_description": "My tired face"})

    now = (await as_alice.get(PROFILE)).json()
    assert (first["avatar_description"], first["header_description"]) == ("My face", "Hills")
    assert (now["avatar_description"], now["header_description"]) == ("My tired face", "Hills")
    assert now["avatar"] == first["avatar"]
    account = (await as_alice.get("/api/v1/accounts/verify_credentials")).json()
    assert (account["avatar_description"], account["avatar"]) == ("My tired face", now["avatar"])


async def test_an_alt_text_of_no_picture_is_not_kept(as_alice):
    changed = (await as_alice.put(PROFILE, json={"avatar_description": "nothing to see"})).json()

    assert changed["avatar_description"] == ""


async def test_pictures_are_taken_down_one_by_one(as_alice):
    files = {"avatar": ("a.png", png(), "image/png"), "header": ("h.png", png(), "image/png")}
    await as_alice.put(PROFILE, files=files)

    without = (await as_alice.delete(f"{PROFILE}/avatar")).json()
    neither = (await as_alice.delete(f"{PROFILE}/header")).json()

    assert without["avatar"].endswith("missing.png")
    assert not without["header"].endswith("missing.png")
    assert neither["header"].endswith("missing.png")


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": "x" * 41},
        {"note": "x" * 501},
        {"avatar_description": "x" * 20_000},
        {"attribution_domains": ["not a domain"]},
        {"fields_attributes": [{"name": str(n), "value": "x"} for n in range(5)]},
        {"avatar": "not a file"},
    ],
)
async def test_what_is_refused_leaves_everything_as_it_was(as_alice, alice, wrong):
    await as_alice.put(PROFILE, files={"avatar": ("a.png", png(), "image/png")})
    before = (await as_alice.get(PROFILE)).json()

    answer = await as_alice.put(PROFILE, json={"locked": True, **wrong})

    assert (answer.status_code, (await as_alice.get(PROFILE)).json()) == (422, before)


async def test_a_bad_picture_leaves_everything_as_it_was(as_alice):
    answer = await as_alice.patch(
        PROFILE, data={"display_name": "New"}, files={"avatar": ("a.png", b"no picture", "image/png")}
    )

    assert answer.status_code == 422
    assert (await as_alice.get(PROFILE)).json()["display_name"] == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"fields_attributes[0][name]": "a", "fields_attributes[0][value]": "b"},
        {"fields_attributes[][name]": "a", "fields_attributes[][value]": "b"},
    ],
)
async def test_fields_of_a_form_are_numbered_or_not(as_alice, fields):
    changed = (await as_alice.patch(CREDENTIALS, data=fields)).json()

    assert [(each["name"], each["value"]) for each in changed["source"]["fields"]] == [("a", "b")]


async def test_the_source_says_how_one_posts_by_default(as_alice, alice):
    body = {
        "source[privacy]": "private",
        "source[sensitive]": "true",
        "source[language]": "de",
        "source[quote_policy]": "followers",
        "source[indexable]": "true",
    }

    source = (await as_alice.patch(CREDENTIALS, data=body)).json()["source"]

    assert source.keys() >= {
        *("privacy", "sensitive", "language", "note", "fields", "follow_requests_count"),
        *("hide_collections", "discoverable", "indexable", "quote_policy", "attribution_domains"),
    }
    assert (source["privacy"], source["sensitive"], source["language"]) == ("private", True, "de")
    assert (source["quote_policy"], source["indexable"]) == ("followers", True)
    told = (await as_alice.get("/api/v1/preferences")).json()
    assert told == {
        "posting:default:visibility": "private",
        "posting:default:sensitive": True,
        "posting:default:language": "de",
        "posting:default:quote_policy": "followers",
        "posting:default:remix_policy": "nobody",
        "posting:default:model_tag": True,
        "reading:model_media": "show",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
    }


@pytest.mark.parametrize("wrong", [{"privacy": "secret"}, {"language": "!"}, {"quote_policy": "friends"}])
async def test_a_default_that_does_not_exist_is_refused(as_alice, wrong):
    assert (await as_alice.patch(CREDENTIALS, json={"source": wrong})).status_code == 422


async def test_how_one_reads_is_told_to_apps(as_alice, server, alice):
    user = await User.get(account_id=alice.id)
    await preferences.change(server, user, expand_media="show_all", expand_warnings=True)

    told = (await as_alice.get("/api/v1/preferences")).json()

    assert (told["reading:expand:media"], told["reading:expand:spoilers"]) == ("show_all", True)


async def test_nothing_but_the_profile_can_be_changed(as_alice, alice):
    before = await Account.get(id=alice.id)
    body = {
        "id": 5,
        "role": "owner",
        "admin": True,
        "suspended": True,
        "username": "root",
        "uri": "https://x.example",
    }

    for path in (PROFILE, CREDENTIALS):
        assert (await as_alice.patch(path, json=body)).status_code == 200

    after = await Account.get(id=alice.id)
    assert (after.username, after.uri, after.suspended_at) == (before.username, before.uri, None)
    assert (await User.get(account_id=alice.id)).role == "member"
