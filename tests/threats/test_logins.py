"""T144 to T148, T158: the door, what keeps it shut, and who may knock in whose name."""

import hashlib
import statistics
import time

import msgspec
import pytest

from fedi.actions import accounts, sessions
from fedi.models.accounts import Account
from fedi.models.users import AuthorizationCode, Session, User
from fedi.web.routes import _GET, _POST
from tests.support.servers import PASSWORD
from tests.support.visitors import Site, Visitor
from tests.threats.conftest import api

pytestmark = pytest.mark.anyio

TRIES = 9


@pytest.fixture
async def alices(site: Site) -> Visitor:
    """Alice's browser, signed in."""
    return await site.signed_in("alice")


def filled(path: str) -> str:
    return "/".join(
        "1" if part.startswith("{") else part for part in path.replace("@{handle}", "@alice").split("/")
    )


async def contents(site: Site) -> str:
    """Give a digest of all that people own: reading may begin jobs and note visits, and nothing else."""
    passing = {"jobs", "sessions", "async_refreshes", "users", "access_tokens"}
    tables = await site.server.db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    digest = hashlib.sha256()
    for name in sorted({row["name"] for row in tables} - passing):
        if "search" not in name and not name.startswith("sqlite"):
            digest.update(repr(await site.server.db.rows(f"SELECT * FROM {name}")).encode())
    return digest.hexdigest()


@pytest.mark.usefixtures("passwords_at_their_cost")
async def test_t144_an_unknown_name_is_told_from_a_wrong_password_by_nothing(site: Site):
    user = await User.get(account__username="alice")
    await sessions.set_password(site.server, user, PASSWORD)
    spent: dict[str, list[float]] = {"alice": [], "nobody": []}
    told = set()
    for _ in range(TRIES):
        for name, times in spent.items():
            begun = time.process_time()
            answer = await site.visitor().sign_in(name, "not the password")
            times.append(time.process_time() - begun)
            told.add((answer.status_code, answer.text.replace(f'value="{name}"', "")))

    known, unknown = (statistics.median(times) for times in spent.values())
    assert len(told) == 1
    # A name that is looked up and not hashed for would take a quarter.
    assert 0.7 < known / unknown < 1.4


async def test_t145_guessing_a_password_is_slowed_from_an_address_and_for_a_name(site: Site, alices: Visitor):
    guesses = [(await site.visitor().sign_in("alice", f"guess {n}")).status_code for n in range(30)]
    right = await site.visitor().sign_in("alice", PASSWORD)

    assert guesses[:24] == [401] * 24
    assert set(guesses[25:]) == {429}
    assert right.status_code == 429
    assert "set-cookie" not in right.headers
    # Whoever is in already stays in.
    assert (await alices.get("/home")).status_code == 200


async def test_t146_a_session_is_new_at_every_sign_in_whatever_the_browser_had(site: Site):
    visitor = site.visitor()
    visitor.client.cookies["fedi_session"] = "chosen-by-somebody-else"

    await visitor.sign_in("alice")
    first = visitor.client.cookies.get("fedi_session", domain="s.test")
    await visitor.sign_in("alice")
    second = visitor.client.cookies.get("fedi_session", domain="s.test")

    assert len({"chosen-by-somebody-else", first, second}) == 3
    assert await Session.all().count() == 2


async def test_t146_the_cookie_is_bound_to_this_host_over_tls(site: Site):
    server = msgspec.structs.replace(site.server.settings.server, development=False, development_hosts={})
    live = msgspec.structs.replace(site.server.settings, server=server)
    object.__setattr__(site.server, "settings", live)

    answer = await site.visitor().sign_in("alice")

    name, *attributes = (part.strip().lower() for part in answer.headers["set-cookie"].split(";"))
    assert name.startswith("__host-fedi_session=")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
    assert not any(attribute.startswith("domain=") for attribute in attributes)


@pytest.mark.parametrize("path", sorted(_POST))
async def test_t147_no_form_is_taken_without_its_token_or_from_elsewhere(
    site: Site, alices: Visitor, path: str
):
    before, token = await contents(site), await alices.form_token()

    answers = [
        await alices.client.post(filled(path), data={"decision": "allow"}),
        await alices.client.post(filled(path), data={"form_token": "0" * 64}),
        await alices.client.post(
            filled(path), data={"form_token": token}, headers={"Origin": "https://evil.test"}
        ),
        await alices.client.post(filled(path), data={"form_token": token}, headers={"Origin": "null"}),
        await alices.client.post(
            filled(path), data={"form_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
        ),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert await contents(site) == before
    assert await AuthorizationCode.all().count() == 0


async def test_t147_a_browsers_cookie_is_no_token_of_the_api(site: Site, alices: Visitor):
    for method, path in (
        ("POST", "/api/v1/statuses"),
        ("PATCH", "/api/v1/accounts/update_credentials"),
        ("GET", "/api/v1/timelines/home"),
        ("DELETE", "/api/v1/statuses/1"),
    ):
        assert (await alices.client.request(method, path)).status_code == 401


async def test_t147_looking_changes_nothing(site: Site, alices: Visitor):
    before = await contents(site)

    # A drawing's events do not end.
    for path in (path for path in _GET if not path.endswith("/events")):
        assert (await alices.get(f"{filled(path)}?do=1&decision=allow&delete=1")).status_code < 500, path

    assert await contents(site) == before


@pytest.mark.parametrize(
    "path", ["/oauth/authorize", "/oauth/authorize/native?code=x", "/settings/apps", "/"]
)
async def test_t148_no_page_stands_inside_anothers(alices: Visitor, path: str):
    answer = await alices.get(path)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


async def test_t158_nobody_inherits_the_name_of_who_has_gone(site: Site):
    alice = await Account.get(username="alice")
    await accounts.mark_gone(site.server, alice)
    instance = msgspec.structs.replace(site.server.settings.instance, registrations="open")
    object.__setattr__(
        site.server, "settings", msgspec.structs.replace(site.server.settings, instance=instance)
    )
    fields = {"name": "Alice", "email": "", "password": "long enough, surely", "rules": "1"}

    by_page = await site.visitor().client.post("/sign-up", data=fields)
    async with api(site) as client:
        actor = await client.get(f"/ap/u/{alice.id}", headers={"Accept": "application/activity+json"})
        found = await client.get("/.well-known/webfinger", params={"resource": "acct:alice@s.test"})

    assert (by_page.status_code, actor.status_code) == (422, 410)
    assert found.status_code in {404, 410}
    assert await Account.filter(username_lower="alice", domain="").count() == 1
