"""Letting an app in: what the person reads, and what the app is told (RFC 6749 section 4.1)."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from fedi.actions import oauth
from fedi.models.accounts import Account
from fedi.models.users import AuthorizationCode
from tests.support.visitors import Site, Visitor

pytestmark = pytest.mark.anyio

BACK = "toyapp://done"


@pytest.fixture
async def app(site: Site):
    """A registered client program."""
    row, secret = await oauth.register_application(
        site.server,
        name="Toy <App>",
        redirect_uris=[BACK, "https://toy.example/cb?x=1", oauth.OOB],
        scopes="read write follow push",
        website="https://toy.example",
    )
    return row, secret


def asked(app, **changes: str) -> dict[str, str]:
    return {
        "client_id": app[0].client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "read write:statuses",
        "state": "s p&ce",
        "force_login": "true",
        **changes,
    }


def told(answer) -> dict[str, list[str]]:
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def test_the_page_says_who_asks_for_what_in_words(alices: Visitor, app):
    page = await alices.get(f"/oauth/authorize?{urlencode(asked(app))}")

    assert page.status_code == 200
    assert "Toy &lt;App&gt;" in page.text
    assert "https://toy.example" in page.text
    assert "@alice" in page.text
    assert "Read everything your account can see" in page.text
    assert "write, edit and delete posts" in page.text
    assert "You will be led back to the app (toyapp:)." in page.text


async def test_the_page_says_where_the_answer_goes(alices: Visitor, app):
    by_code = await alices.get(f"/oauth/authorize?{urlencode(asked(app, redirect_uri=oauth.OOB))}")
    by_web = asked(app, redirect_uri="https://toy.example/cb?x=1", lang="de")

    assert "a code to copy" in by_code.text
    assert (
        "You will be led to toy.example." in (await alices.get(f"/oauth/authorize?{urlencode(by_web)}")).text
    )


async def test_another_person_may_sign_in_and_is_asked_the_same(alices: Visitor, bob: Account, app):
    answer = await alices.post("/oauth/authorize", {**asked(app), "decision": "switch"})

    assert "fedi_session" not in alices.client.cookies
    goal = parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]
    page = await alices.get((await alices.sign_in("bob", next=goal)).headers["location"])
    assert "@bob" in page.text
    assert 'name="state" value="s p&amp;ce"' in page.text
    assert await AuthorizationCode.all().count() == 0


async def test_allowing_sends_a_code_that_becomes_a_token(site: Site, alices: Visitor, app):
    answer = await alices.post("/oauth/authorize", {**asked(app), "decision": "allow"})

    assert answer.headers["location"].startswith("toyapp://done?")
    assert told(answer)["state"] == ["s p&ce"]
    issued = await oauth.exchange_code(
        site.server,
        client_id=app[0].client_id,
        client_secret=app[1],
        code=told(answer)["code"][0],
        redirect_uri=BACK,
    )
    assert issued.scopes == "read write:statuses"


async def test_denying_is_told_to_the_app(alices: Visitor, app):
    answer = await alices.post("/oauth/authorize", {**asked(app), "decision": "deny"})

    assert told(answer)["error"] == ["access_denied"]
    assert told(answer)["state"] == ["s p&ce"]
    assert await AuthorizationCode.all().count() == 0


async def test_a_query_of_the_apps_own_is_kept(alices: Visitor, app):
    fields = {**asked(app, redirect_uri="https://toy.example/cb?x=1"), "decision": "allow"}

    answer = await alices.post("/oauth/authorize", fields)

    assert told(answer)["x"] == ["1"]
    assert told(answer)["code"]


async def test_strangers_sign_in_first_and_come_back(site: Site, stranger: Visitor, alice: Account, app):
    here = f"/oauth/authorize?{urlencode(asked(app))}"

    door = await stranger.get(here)

    assert door.headers["location"].startswith("/sign-in?next=")
    goal = parse_qs(urlsplit(door.headers["location"]).query)["next"][0]
    answer = await stranger.sign_in("alice", next=goal)
    assert "Toy" in (await stranger.get(answer.headers["location"])).text


async def test_who_asks_wrongly_is_never_redirected_to(alices: Visitor, app):
    elsewhere = asked(app, redirect_uri="https://evil.example")

    unknown = await alices.get(f"/oauth/authorize?{urlencode(asked(app, client_id='nobody'))}")
    shown = await alices.get(f"/oauth/authorize?{urlencode(elsewhere)}")
    forged = await alices.post("/oauth/authorize", {**elsewhere, "decision": "allow"})

    assert (unknown.status_code, shown.status_code, forged.status_code) == (401, 400, 400)
    assert "invalid_redirect_uri" in shown.text
    assert "location" not in forged.headers


async def test_what_is_wrong_with_a_known_app_is_told_to_it(alices: Visitor, app):
    for change, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
    ):
        answer = await alices.get(f"/oauth/authorize?{urlencode(asked(app, **change))}")

        assert told(answer)["error"] == [error]
        assert told(answer)["state"] == ["s p&ce"]


async def test_an_app_that_cannot_be_called_back_has_its_code_on_a_page(alices: Visitor, app):
    fields = asked(app, redirect_uri=oauth.OOB)

    answer = await alices.post("/oauth/authorize", {**fields, "decision": "allow"})

    assert answer.headers["location"].startswith("/oauth/authorize/native?code=")
    page = await alices.get(answer.headers["location"])
    assert told(answer)["code"][0] in page.text
    denied = await alices.post("/oauth/authorize", {**fields, "decision": "deny"})
    assert denied.status_code == 403
    assert (await alices.get("/oauth/authorize/native")).status_code == 404


async def test_a_grant_needs_the_forms_token(alices: Visitor, app):
    answer = await alices.client.post("/oauth/authorize", data={**asked(app), "decision": "allow"})

    assert answer.status_code == 403
    assert await AuthorizationCode.all().count() == 0
