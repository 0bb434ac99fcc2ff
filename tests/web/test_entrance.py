"""The door: who gets in, how, and where it leads."""

import msgspec
import pytest

from fedi.clock import TurnableClock
from fedi.config import InstanceSettings
from fedi.models.accounts import Account
from fedi.models.users import Session
from tests.support.visitors import Site, Visitor, open_site

pytestmark = pytest.mark.anyio


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(stranger: Visitor, alice: Account):
    answer = await stranger.sign_in("alice")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/home"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert (await stranger.get("/home")).status_code == 200


async def test_the_cookie_is_secure_in_production(settings, clock):
    live = msgspec.structs.replace(
        settings,
        server=msgspec.structs.replace(settings.server, development=False, domain="fedi.example"),
    )
    async with open_site(live, clock) as site:
        answer = await site.visitor().sign_in("alice")

    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_a_wrong_password_says_so_and_keeps_the_name(stranger: Visitor, alice: Account):
    answer = await stranger.sign_in("alice", "not it")

    assert answer.status_code == 401
    assert "Wrong user name or password." in answer.text
    assert 'value="alice"' in answer.text
    assert "not it" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_too_many_tries_are_told_to_wait(stranger: Visitor):
    answers = [await stranger.sign_in(f"nobody{n}", "guess") for n in range(26)]

    assert answers[-1].status_code == 429
    assert "Too many tries" in answers[-1].text


async def test_next_never_leads_to_another_site(stranger: Visitor, alice: Account):
    elsewhere = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/ok\nSet-Cookie: x=1",
        " //evil.example",
        "",
    ]

    goals = [(await stranger.sign_in("alice", next=goal)).headers["location"] for goal in elsewhere]

    assert set(goals) == {"/home"}


async def test_a_page_for_members_sends_strangers_to_the_door_and_back(stranger: Visitor, alice: Account):
    sent = await stranger.get("/search?q=a")
    assert sent.status_code == 200

    sent = await stranger.get("/studio?media=1&size=picture")

    assert sent.headers["location"] == "/sign-in?next=%2Fstudio%3Fmedia%3D1%26size%3Dpicture"
    page = await stranger.get(sent.headers["location"])
    assert 'name="next" value="/studio?media=1&amp;size=picture"' in page.text
    answer = await stranger.sign_in("alice", next="/studio?media=1&size=picture")
    assert answer.headers["location"] == "/studio?media=1&size=picture"


async def test_signing_in_from_another_site_is_refused(site: Site, alice: Account):
    foreign = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]

    answers = [await site.visitor(**headers).sign_in("alice") for headers in foreign]

    assert {answer.status_code for answer in answers} == {403}
    assert "another site" in answers[0].text
    assert await Session.all().count() == 0


async def test_signing_in_from_our_own_page_is_taken(site: Site, alice: Account):
    headers = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}

    assert (await site.visitor(**headers).sign_in("alice")).status_code == 303


async def test_a_session_that_has_ended_leads_to_the_door(clock: TurnableClock, alices: Visitor):
    clock.turn(days=31)

    answer = await alices.get("/home")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_signing_out_ends_the_session(alices: Visitor):
    kept = alices.client.cookies["fedi_session"]

    answer = await alices.post("/sign-out")

    assert answer.status_code == 303
    assert "fedi_session" not in alices.client.cookies
    alices.client.cookies["fedi_session"] = kept
    assert (await alices.get("/home")).status_code == 303


async def test_sign_up_is_closed_unless_the_settings_open_it(stranger: Visitor):
    assert (await stranger.get("/sign-up")).status_code == 403
    assert (await stranger.client.post("/sign-up", data={"name": "eve"})).status_code == 403
    assert "/sign-up" not in (await stranger.get("/sign-in")).text


async def test_sign_up_makes_an_account_and_signs_it_in(settings, clock):
    opened = msgspec.structs.replace(settings, instance=InstanceSettings(registrations="open"))
    async with open_site(opened, clock) as site:
        visitor = site.visitor()
        fields = {"name": "carol", "email": "", "password": "a long enough one"}

        refused = await visitor.client.post("/sign-up", data=fields)
        short = await visitor.client.post("/sign-up", data={**fields, "password": "short", "rules": "1"})
        made = await visitor.client.post("/sign-up", data={**fields, "rules": "1"})

        assert refused.status_code == 422
        assert "Rules must be agreed to." in refused.text
        assert short.status_code == 422
        assert 'value="carol"' in short.text
        assert made.headers["location"] == "/settings/profile"
        assert (await visitor.get("/home")).status_code == 200
