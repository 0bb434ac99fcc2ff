"""T140 to T143: apps get what a person grants them, the way that was registered, while it holds."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from fedi.actions import accounts, moderation, oauth, sessions
from fedi.actions.scopes import KNOWN
from fedi.mastodon.auth import Access
from fedi.mastodon.routes import TABLE
from fedi.models.accounts import Account
from fedi.models.users import AccessToken, AuthorizationCode, User
from tests.support.servers import PASSWORD
from tests.support.visitors import Site, Visitor
from tests.threats.conftest import api

pytestmark = pytest.mark.anyio

BACK = "https://app.example/cb"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
async def app(site: Site) -> dict[str, str]:
    """A registered app: its id and secret."""
    row, secret = await oauth.register_application(
        site.server, name="an app", redirect_uris=[BACK], scopes="read write follow push profile"
    )
    return {"client_id": row.client_id, "client_secret": secret}


@pytest.fixture
async def alices(site: Site) -> Visitor:
    """Alice's browser, signed in."""
    return await site.signed_in("alice")


def asked(app, **more: str) -> dict[str, str]:
    return {
        "client_id": app["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "read",
        "state": "s",
        **more,
    }


async def code_of(visitor: Visitor, app, **more: str) -> str:
    answer = await visitor.post("/oauth/authorize", {**asked(app, **more), "decision": "allow"})
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def exchanged(site: Site, app, code: str, **more: str | None) -> httpx.Response:
    body = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": code, **app, **more}
    async with api(site) as client:
        return await client.post("/oauth/token", data={k: v for k, v in body.items() if v is not None})


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://app.example/cb/",
        "https://app.example/cb/more",
        "https://app.example/cb?x=1",
        "https://app.example/cb#x",
        "https://app.example/cb/../evil",
        "https://app.example/CB",
        "https://App.example/cb",
        "HTTPS://app.example/cb",
        "http://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example:8443/cb",
        "https://app.example.evil.example/cb",
        "https://evil.example/https://app.example/cb",
        "https://app.example@evil.example/cb",
        "https://user@app.example/cb",
        "//app.example/cb",
        "https://app.example\\@evil.example/cb",
        "https://app.example/cb%20",
        " https://app.example/cb",
        "https://app.example/cb\n",
        "javascript:alert(1)",
        "data:text/html,x",
        "urn:ietf:wg:oauth:2.0:oob",
        "https://evil.example",
    ],
)
async def test_t140_a_redirect_uri_is_taken_to_the_letter_or_not_at_all(alices: Visitor, app, uri: str):
    page = await alices.get(f"/oauth/authorize?{urlencode(asked(app, redirect_uri=uri))}")
    sent = await alices.post("/oauth/authorize", {**asked(app, redirect_uri=uri), "decision": "allow"})

    assert (page.status_code, sent.status_code) == (400, 400)
    assert "location" not in page.headers
    assert "location" not in sent.headers
    assert await AuthorizationCode.all().count() == 0


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc", "/cb"],
)
async def test_t140_an_address_that_would_run_cannot_be_registered(site: Site, uri: str):
    async with api(site) as client:
        answer = await client.post("/api/v1/apps", json={"client_name": "x", "redirect_uris": [BACK, uri]})

    assert answer.status_code == 422


async def test_t140_the_registered_one_is_taken(alices: Visitor, app):
    answer = await alices.post("/oauth/authorize", {**asked(app), "decision": "allow"})

    assert answer.headers["location"].startswith(f"{BACK}?code=")


@pytest.mark.parametrize("verifier", [None, "", "w" * 43, CHALLENGE])
async def test_t141_a_challenge_needs_its_verifier(site: Site, alices: Visitor, app, verifier: str | None):
    code = await code_of(alices, app, code_challenge=CHALLENGE, code_challenge_method="S256")

    answer = await exchanged(site, app, code, code_verifier=verifier)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("method", ["plain", "", "s256", "S512"])
async def test_t141_no_weaker_method_is_taken(alices: Visitor, app, method: str):
    weak = asked(app, code_challenge=VERIFIER, code_challenge_method=method)

    answer = await alices.post("/oauth/authorize", {**weak, "decision": "allow"})

    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == ["invalid_request"]
    assert await AuthorizationCode.all().count() == 0


async def test_t141_a_code_of_another_flow_cannot_be_slipped_in(site: Site, alices: Visitor, app):
    stolen = await code_of(alices, app)

    # The client that began with PKCE sends its verifier along with a code that was granted without.
    assert (await exchanged(site, app, stolen, code_verifier=VERIFIER)).status_code == 400


async def test_t141_a_second_use_of_a_code_ends_what_the_first_gave(site: Site, alices: Visitor, app):
    code = await code_of(alices, app, code_challenge=CHALLENGE, code_challenge_method="S256")
    first = await exchanged(site, app, code, code_verifier=VERIFIER)

    second = await exchanged(site, app, code, code_verifier=VERIFIER)

    assert (first.status_code, second.status_code) == (200, 400)
    assert await oauth.find_token(site.server, first.json()["access_token"]) is None


async def test_t141_a_code_is_good_for_ten_minutes(site: Site, alices: Visitor, app, clock):
    code = await code_of(alices, app)
    clock.turn(minutes=10, seconds=1)

    assert (await exchanged(site, app, code)).status_code == 400


async def test_t141_a_code_is_bound_to_its_client_and_its_way_back(site: Site, alices: Visitor, app):
    other, secret = await oauth.register_application(
        site.server, name="other", redirect_uris=[BACK, "https://app.example/2"]
    )
    code = await code_of(alices, app)

    theirs = await exchanged(site, app, code, client_id=other.client_id, client_secret=secret)
    elsewhere = await exchanged(site, app, code, redirect_uri="https://app.example/2")

    assert (theirs.status_code, elsewhere.status_code) == (400, 400)
    assert (await exchanged(site, app, code)).status_code == 200


def lets_in(scope: str, needed: tuple[str, ...]) -> bool:
    """Say what Mastodon's documents say of a scope, without asking our own rule."""
    old = {f"{verb}:{part}" for verb in ("read", "write") for part in ("blocks", "follows", "mutes")}
    return any(
        scope == each or each.startswith(f"{scope}:") or (scope == "follow" and each in old)
        for each in needed
    )


def filled(path: str) -> str:
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


SCOPED = [entry for entry in TABLE if entry.scopes and entry.access is not Access.OPEN]
NEEDS = sorted({entry.scopes for entry in SCOPED})


@pytest.mark.parametrize("needed", NEEDS, ids=" ".join)
async def test_t142_whatever_else_a_token_is_for_it_does_not_open_this(site: Site, needed: tuple[str, ...]):
    others = " ".join(scope for scope in KNOWN if not lets_in(scope, needed))

    async with api(site, "alice", others) as client:
        for entry in SCOPED:
            if entry.scopes == needed:
                answer = await client.request(entry.method, filled(entry.path))
                assert answer.status_code == 403, (entry.method, entry.path)
                assert answer.json() == {"error": "This action is outside the authorized scopes"}


@pytest.mark.parametrize("needed", NEEDS, ids=" ".join)
async def test_t142_every_scope_that_covers_this_opens_it(site: Site, needed: tuple[str, ...]):
    # A stream that opens does not end: tests/mastodon/test_streaming.py.
    entries = [each for each in SCOPED if each.scopes == needed and "/streaming" not in each.path]
    for scope in (scope for scope in KNOWN if lets_in(scope, needed)):
        async with api(site, "alice", scope) as client:
            for entry in entries[:3]:
                answer = await client.request(entry.method, filled(entry.path))
                assert answer.status_code not in {401, 405, 500}, (entry.path, scope, answer.text)
                assert "authorized scopes" not in answer.text, (entry.path, scope)


async def tokens_after(site: Site, deed) -> set[int]:
    """Give how two tokens of alice's are answered after something was done; both were good before."""
    user = await User.get(account__username="alice").select_related("account")
    tokens = [await oauth.issue_token(site.server, None, user, "read") for _ in range(2)]
    async with api(site) as client:

        async def answers():
            return {
                (
                    await client.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {token}"})
                ).status_code
                for token in tokens
            }

        assert await answers() == {200}
        await deed(user, tokens)
        return await answers()


async def test_t143_revoked_tokens_are_worth_nothing_at_once(site: Site):
    async def revoke(user, tokens):
        for token in tokens:
            await oauth.revoke(site.server, token)

    assert await tokens_after(site, revoke) == {401}


async def test_t143_tokens_end_with_the_password(site: Site):
    async def change(user, tokens):
        await sessions.set_password(site.server, user, "another one, long enough")

    assert await tokens_after(site, change) == {401}


async def test_t143_tokens_and_browsers_end_with_the_person(site: Site, alices: Visitor):
    async def suspend(user, tokens):
        await moderation.suspend(site.server, user.account, by="test")

    assert await tokens_after(site, suspend) == {401}
    assert (await alices.get("/home")).status_code == 303


async def test_t143_tokens_end_with_a_deleted_account(site: Site):
    async def delete(user, tokens):
        await accounts.mark_gone(site.server, user.account)

    assert await tokens_after(site, delete) == {401}


async def test_t143_tokens_end_with_their_app(site: Site, alices: Visitor, app):
    async def nothing_left(user, tokens):
        await AccessToken.filter(user_id=user.id).delete()

    assert await tokens_after(site, nothing_left) == {401}
    code = await code_of(alices, app)
    token = (await exchanged(site, app, code)).json()["access_token"]
    async with api(site) as client:
        await client.post("/oauth/revoke", data={**app, "token": token})
        answer = await client.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_t143_a_new_password_ends_other_browsers(site: Site, alices: Visitor):
    phone = await site.signed_in("alice")
    fields = {
        "current": PASSWORD,
        "password": "another one, long enough",
        "again": "another one, long enough",
    }

    await phone.post("/settings/password", fields)

    assert ((await phone.get("/home")).status_code, (await alices.get("/home")).status_code) == (200, 303)
    assert await Account.filter(username="alice").exists()
