"""Clients, grants and tokens: RFC 6749, RFC 7636, RFC 9700, and Mastodon's scopes."""

import asyncio
import base64
import hashlib
import secrets
from dataclasses import dataclass

import pytest

from fedi.actions import moderation, oauth, scopes, sessions
from fedi.actions.oauth import GrantRefused, Issued
from fedi.clock import TurnableClock
from fedi.errors import FediError, Forbidden, Invalid
from fedi.models.accounts import Account
from fedi.models.users import AccessToken, Application, AuthorizationCode, User
from fedi.server import Server

pytestmark = pytest.mark.anyio
CALLBACK = "https://app.example/callback"


@dataclass
class Client:
    """A registered client program."""

    server: Server
    application: Application
    secret: str

    async def code(
        self, account: Account, *, scope: str = "read", challenge: str = "", redirect_uri: str = CALLBACK
    ) -> str:
        """A code that the person granted."""
        application = await oauth.client_for(self.application.client_id, redirect_uri)
        grant = oauth.read_grant(
            application,
            redirect_uri=redirect_uri,
            response_type="code",
            scope=scope,
            code_challenge=challenge,
            code_challenge_method="S256" if challenge else "",
        )
        return await oauth.grant_code(self.server, await User.get(account_id=account.id), grant)

    async def exchange(self, code: str, **changes: str | None) -> Issued:
        """The code turned into a token, as the client would unless told otherwise."""
        values: dict[str, str | None] = {
            "client_id": self.application.client_id,
            "client_secret": self.secret,
            "redirect_uri": CALLBACK,
            "code_verifier": "",
            **changes,
        }
        return await oauth.exchange_code(self.server, code=code, **values)  # type: ignore[arg-type]


@pytest.fixture
async def app(server: Server) -> Client:
    """A client for the usual scopes with two ways back."""
    return await register(server)


async def register(server: Server, *, asked: str = "read write follow push") -> Client:
    application, secret = await oauth.register_application(
        server, name="An app", redirect_uris=[CALLBACK, oauth.OOB], scopes=asked
    )
    return Client(server, application, secret)


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def refused(error: str):
    return pytest.raises(GrantRefused, check=lambda raised: raised.error == error)


# Registration


async def test_a_client_gets_an_id_and_a_secret_that_is_not_stored(app: Client) -> None:
    stored = await Application.get(client_id=app.application.client_id)

    assert app.secret not in str(await Application.all().values())
    assert (stored.name, stored.scopes) == ("An app", "read write follow push")
    assert stored.redirect_uris == [CALLBACK, oauth.OOB]


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb?a=b",
        "http://localhost:1234/",
        "icecubesapp://",
        "oauth2redirect://com.app/",
        oauth.OOB,
    ],
)
async def test_these_ways_back_are_accepted(server: Server, uri: str) -> None:
    application, _ = await oauth.register_application(server, name="An app", redirect_uris=[uri])

    assert application.redirect_uris == [uri]
    assert application.scopes == "read"


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "",
            "/relative",
            "app.example/cb",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
        ),
        *("vbscript:x", "file:///etc/passwd", "https://", "https:///cb", "https://user@app.example/cb"),
        *("https://app.example/cb#x", "https://app.example/c b", "https://app.example/\ncb", "https://[/"),
        *("https://app.example\\cb", "https://app.example/" + "x" * 2000),
    ],
)
async def test_these_ways_back_are_refused(server: Server, uri: str) -> None:
    with pytest.raises(Invalid) as raised:
        await oauth.register_application(server, name="An app", redirect_uris=[uri])

    assert raised.value.field.startswith("redirect_uri")
    assert not await Application.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"redirect_uris": []},
        {"redirect_uris": [f"https://app.example/{n}" for n in range(21)]},
        {"website": "javascript:alert(1)"},
        {"scopes": "read everything"},
    ],
)
async def test_a_client_must_be_sound(server: Server, changes: dict[str, object]) -> None:
    values: dict[str, object] = {"name": "An app", "redirect_uris": [CALLBACK], **changes}

    with pytest.raises(FediError) as raised:
        await oauth.register_application(server, **values)  # type: ignore[arg-type]

    assert raised.value.status_code == 422


# Asking


@pytest.mark.parametrize(
    "uri",
    [
        *("", CALLBACK + "/", CALLBACK + "?", CALLBACK + "?x=1", CALLBACK + "#", CALLBACK + "/../callback"),
        *("https://app.example/callbac", "https://app.example/callback2", "https://APP.example/callback"),
        *("http://app.example/callback", "https://app.example:443/callback", "https://app.example/Callback"),
        *("https://evil@app.example/callback", "https://app.example.evil.example/callback"),
        *(
            "https://app.example/callback%2f",
            "https://app.example//callback",
            " " + CALLBACK,
            CALLBACK + "\n",
        ),
        *("javascript:alert(1)", "//app.example/callback"),
    ],
)
async def test_only_the_very_redirect_uri_is_taken(app: Client, uri: str) -> None:
    with refused("invalid_redirect_uri"):
        await oauth.client_for(app.application.client_id, uri)


async def test_an_unknown_client_asks_in_vain(app: Client) -> None:
    with refused("invalid_client"):
        await oauth.client_for("unknown", CALLBACK)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "admin:read"}, "invalid_scope"),
        ({"scope": "read everything"}, "invalid_scope"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 42, "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
    ],
)
async def test_what_is_asked_for_must_be_sound(app: Client, changes: dict[str, str], error: str) -> None:
    asked = {"redirect_uri": CALLBACK, "response_type": "code", "scope": "read", **changes}

    with refused(error):
        oauth.read_grant(app.application, **asked)


# Exchanging


async def test_a_code_becomes_a_token_of_the_person(app: Client, server: Server, alice: Account) -> None:
    issued = await app.exchange(await app.code(alice, scope="read write:statuses"))

    found = await oauth.find_token(server, issued.token)
    assert found is not None
    assert found.user is not None
    assert found.user.account.id == alice.id
    assert found.application is not None
    assert found.application.id == app.application.id
    assert found.scopes == issued.scopes == "read write:statuses"


async def test_neither_codes_nor_tokens_lie_in_the_database(app: Client, alice: Account) -> None:
    code = await app.code(alice)
    issued = await app.exchange(code)

    stored = str(await AuthorizationCode.all().values()) + str(await AccessToken.all().values())
    assert code not in stored
    assert issued.token not in stored


async def test_a_code_without_a_way_back_serves_programs_of_the_shell(app: Client, alice: Account) -> None:
    code = await app.code(alice, redirect_uri=oauth.OOB)

    assert (await app.exchange(code, redirect_uri=oauth.OOB)).token


async def test_a_second_use_is_refused_and_revokes_the_first_token(
    app: Client, server: Server, alice: Account
) -> None:
    code = await app.code(alice)
    issued = await app.exchange(code)

    with refused("invalid_grant"):
        await app.exchange(code)

    assert await oauth.find_token(server, issued.token) is None


async def test_of_two_exchanges_at_once_one_wins(app: Client, server: Server, alice: Account) -> None:
    code = await app.code(alice)

    outcomes = await asyncio.gather(*(app.exchange(code) for _ in range(5)), return_exceptions=True)

    assert sum(isinstance(outcome, Issued) for outcome in outcomes) == 1
    assert await AccessToken.all().count() == 0


async def test_another_client_cannot_use_a_code_nor_spoil_it(
    app: Client, server: Server, alice: Account
) -> None:
    other, code = await register(server), await app.code(alice)

    with refused("invalid_grant"):
        await other.exchange(code)

    issued = await app.exchange(code)
    with refused("invalid_grant"):
        await other.exchange(code)
    assert await oauth.find_token(server, issued.token) is not None


async def test_a_code_is_bound_to_its_redirect_uri(app: Client, alice: Account) -> None:
    code = await app.code(alice)

    with refused("invalid_grant"):
        await app.exchange(code, redirect_uri=oauth.OOB)

    assert (await app.exchange(code)).token


async def test_a_code_lives_ten_minutes(app: Client, alice: Account, clock: TurnableClock) -> None:
    early, late = [await app.code(alice) for _ in range(2)]

    clock.turn(minutes=9)
    assert (await app.exchange(early)).token
    clock.turn(minutes=1)
    with refused("invalid_grant"):
        await app.exchange(late)


@pytest.mark.parametrize("secret", ["wrong", ""])
async def test_a_wrong_secret_is_refused(app: Client, alice: Account, secret: str) -> None:
    code = await app.code(alice)

    with refused("invalid_client"):
        await app.exchange(code, client_secret=secret)

    assert (await app.exchange(code)).token


async def test_a_client_without_its_secret_needs_pkce(app: Client, alice: Account) -> None:
    verifier = secrets.token_urlsafe(48)
    bare, bound = await app.code(alice), await app.code(alice, challenge=challenge_of(verifier))

    with refused("invalid_client"):
        await app.exchange(bare, client_secret=None)

    assert (await app.exchange(bound, client_secret=None, code_verifier=verifier)).token


@pytest.mark.parametrize("verifier", ["", "x" * 43, "x" * 42, "x" * 129, "ä" * 43])
async def test_a_code_with_a_challenge_needs_its_verifier(app: Client, alice: Account, verifier: str) -> None:
    code = await app.code(alice, challenge=challenge_of("y" * 43))

    with refused("invalid_grant"):
        await app.exchange(code, code_verifier=verifier)

    assert (await app.exchange(code, code_verifier="y" * 43)).token


async def test_the_challenge_itself_is_no_verifier(app: Client, alice: Account) -> None:
    challenge = challenge_of("y" * 43)
    code = await app.code(alice, challenge=challenge)

    with refused("invalid_grant"):
        await app.exchange(code, code_verifier=challenge)


async def test_a_verifier_for_a_code_without_a_challenge_is_refused(app: Client, alice: Account) -> None:
    code = await app.code(alice)

    with refused("invalid_grant"):
        await app.exchange(code, code_verifier="y" * 43)


async def test_a_code_of_someone_suspended_is_worth_nothing(
    app: Client, server: Server, alice: Account
) -> None:
    code = await app.code(alice)
    await moderation.suspend(server, alice, by="cli")

    with refused("invalid_grant"):
        await app.exchange(code)


@pytest.mark.parametrize("code", ["", "unknown", "x" * 10_000, "\ud800"])
async def test_a_code_that_never_was_is_refused(app: Client, code: str) -> None:
    with refused("invalid_grant"):
        await app.exchange(code)


# Tokens of clients alone, and of nobody's asking


async def test_a_client_gets_a_token_of_its_own(app: Client, server: Server) -> None:
    issued = await oauth.client_credentials(
        server, client_id=app.application.client_id, client_secret=app.secret, scope=""
    )

    found = await oauth.find_token(server, issued.token)
    assert found is not None
    assert found.user is None
    assert (issued.scopes, issued.user) == ("read", None)


@pytest.mark.parametrize(
    ("secret", "scope", "error"),
    [
        ("wrong", "read", "invalid_client"),
        (None, "read", "invalid_client"),
        ("", "admin:read", "invalid_scope"),
    ],
)
async def test_a_client_alone_is_checked_as_well(
    app: Client, server: Server, secret: str | None, scope: str, error: str
) -> None:
    with refused(error):
        await oauth.client_credentials(
            server,
            client_id=app.application.client_id,
            client_secret=app.secret if secret == "" else secret,
            scope=scope,
        )


async def test_the_shell_makes_tokens_without_a_client(server: Server, alice: Account) -> None:
    user = await User.get(account_id=alice.id)

    found = await oauth.find_token(server, await oauth.issue_token(server, None, user, "read write"))

    assert found is not None
    assert found.application is None
    assert found.scopes == "read write"


# Tokens in use


async def test_a_revoked_token_is_forgotten(app: Client, server: Server, alice: Account) -> None:
    issued = await app.exchange(await app.code(alice))
    user = await User.get(account_id=alice.id)

    with server.pubsub.subscribe(sessions.access_topic(user.id)) as heard:
        await oauth.revoke(server, issued.token, app.application)
        await oauth.revoke(server, issued.token, app.application)

    assert heard.qsize() == 1
    assert await oauth.find_token(server, issued.token) is None


async def test_a_client_cannot_revoke_anothers_token(app: Client, server: Server, alice: Account) -> None:
    issued = await app.exchange(await app.code(alice))
    other = await register(server)

    with pytest.raises(Forbidden):
        await oauth.revoke(server, issued.token, other.application)

    assert await oauth.find_token(server, issued.token) is not None


async def test_a_token_of_someone_who_may_not_act_is_not_found(
    app: Client, server: Server, alice: Account
) -> None:
    issued = await app.exchange(await app.code(alice))

    await moderation.suspend(server, alice, by="cli")
    assert await oauth.find_token(server, issued.token) is None
    await moderation.unsuspend(server, alice, by="cli")
    assert await oauth.find_token(server, issued.token) is not None
    await User.filter(account_id=alice.id).update(disabled_at=server.clock.now())
    assert await oauth.find_token(server, issued.token) is None


async def test_use_of_a_token_is_noted_once_a_day(
    app: Client, server: Server, alice: Account, clock: TurnableClock
) -> None:
    issued = await app.exchange(await app.code(alice))
    noted = []

    for hours in (0, 12, 13):
        clock.turn(hours=hours)
        await oauth.find_token(server, issued.token)
        noted.append((await AccessToken.get()).last_used_at)

    assert noted[0] == noted[1] < noted[2]
    assert (await User.get(account_id=alice.id)).last_active_at == noted[2]


# Scopes


@pytest.mark.parametrize(
    ("granted", "needed"),
    [
        ("read", "read"),
        ("read", "read:accounts"),
        ("write follow", "write:statuses"),
        ("follow", "write:blocks"),
        ("follow", "read:follows"),
        ("follow", "follow"),
        ("admin:read", "admin:read:accounts"),
        ("read:accounts push", "push"),
    ],
)
def test_a_scope_covers_itself_and_its_parts(granted: str, needed: str) -> None:
    assert scopes.covers(granted, needed)


@pytest.mark.parametrize(
    ("granted", "needed"),
    [
        ("", "read"),
        ("read:accounts", "read"),
        ("read:accounts", "read:statuses"),
        ("read", "write:statuses"),
        ("read", "admin:read"),
        ("read", "reader:accounts"),
        ("follow", "write:statuses"),
        ("follow", "read"),
        ("read write", "push"),
        ("read write", "profile"),
        ("admin:read", "admin:write:accounts"),
    ],
)
def test_a_scope_covers_nothing_else(granted: str, needed: str) -> None:
    assert not scopes.covers(granted, needed)


@pytest.mark.parametrize(
    ("asked", "registered", "given"),
    [
        ("", "read write", "read"),
        ("  read   write read ", "read write", "read write"),
        ("read:accounts", "read", "read:accounts"),
        ("follow", "read write", "follow"),
        ("read write follow push profile", scopes.ALL, "read write follow push profile"),
    ],
)
def test_scopes_within_the_registered_ones_are_given(asked: str, registered: str, given: str) -> None:
    assert scopes.check_scopes(asked, registered) == given


@pytest.mark.parametrize(
    ("asked", "registered"),
    [
        ("", "write"),
        ("read", "read:accounts"),
        ("write", "read"),
        ("follow", "read write:follows"),
        ("everything", "read write everything"),
        ("read:everything", "read"),
        ("admin:read", scopes.ALL),
        ("READ", "read"),
        ("read " * 1000, "read"),
    ],
)
def test_scopes_beyond_the_registered_ones_are_refused(asked: str, registered: str) -> None:
    with pytest.raises(scopes.UnknownScope):
        scopes.check_scopes(asked, registered)
