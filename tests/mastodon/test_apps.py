"""OAuth as apps do it: register, exchange, revoke, sign up."""

import base64
import hashlib

import msgspec
import pytest

from fedi.actions import oauth
from fedi.actions.sessions import access_topic
from fedi.config import InstanceSettings
from fedi.models.push import PushSubscription
from fedi.models.users import AccessToken, Application, User
from tests.support.factories import make_post
from tests.support.servers import running_server

pytestmark = pytest.mark.anyio

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def registered(client, **more):
    answer = await client.post(
        "/api/v1/apps",
        json={"client_name": "an app", "redirect_uris": oauth.OOB, "scopes": "read write", **more},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def code_for(server, account, app, *, scope="read", challenge=""):
    user = await User.get(account_id=account.id).select_related("account")
    application = await oauth.client_for(app["client_id"], oauth.OOB)
    grant = oauth.read_grant(
        application,
        redirect_uri=oauth.OOB,
        response_type="code",
        scope=scope,
        code_challenge=challenge,
        code_challenge_method="S256" if challenge else "",
    )
    return await oauth.grant_code(server, user, grant)


def exchange(app, code, **more):
    return {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": oauth.OOB,
        "code": code,
        **more,
    }


async def test_an_app_is_registered(nobody):
    app = await registered(nobody, website="https://app.example")

    assert app["redirect_uris"] == [oauth.OOB]
    assert app["redirect_uri"] == oauth.OOB
    assert (app["scopes"], app["website"]) == (["read", "write"], "https://app.example")
    assert app["client_secret_expires_at"] == 0
    assert app["id"].isdigit()


@pytest.mark.parametrize(
    "uris",
    [
        "icecubesapp://\nurn:ietf:wg:oauth:2.0:oob",
        "icecubesapp:// urn:ietf:wg:oauth:2.0:oob",
        ["icecubesapp://", oauth.OOB],
    ],
)
async def test_redirect_uris_come_as_text_or_list(nobody, uris):
    assert (await registered(nobody, redirect_uris=uris))["redirect_uris"] == ["icecubesapp://", oauth.OOB]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_name": ""},
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": ""},
        {"scopes": "read everything"},
        {"website": "not a url"},
    ],
)
async def test_an_odd_app_is_refused_in_words(nobody, wrong):
    body = {"client_name": "an app", "redirect_uris": oauth.OOB, **wrong}

    answer = await nobody.post("/api/v1/apps", data=body)

    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_a_code_becomes_a_token_that_works(server, nobody, alice):
    app = await registered(nobody)
    code = await code_for(server, alice, app, scope="read write")

    answer = await nobody.post("/oauth/token", data=exchange(app, code))

    token = answer.json()
    assert (answer.status_code, token["token_type"], token["scope"]) == (200, "Bearer", "read write")
    assert isinstance(token["created_at"], int)
    assert answer.headers["Cache-Control"] == "no-store"
    nobody.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert (await nobody.get("/api/v1/accounts/verify_credentials")).json()["acct"] == "alice"
    assert (await nobody.get("/api/v1/apps/verify_credentials")).json()["name"] == "an app"


async def test_a_code_works_once_and_its_second_use_ends_the_token(server, nobody, alice):
    app = await registered(nobody)
    code = await code_for(server, alice, app)
    token = (await nobody.post("/oauth/token", data=exchange(app, code))).json()["access_token"]

    again = await nobody.post("/oauth/token", data=exchange(app, code))

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["error_description"]
    nobody.headers["Authorization"] = f"Bearer {token}"
    assert (await nobody.get("/api/v1/timelines/home")).status_code == 401


@pytest.mark.parametrize(
    ("more", "status"), [({"code_verifier": VERIFIER}, 200), ({"code_verifier": "w" * 43}, 400), ({}, 400)]
)
async def test_a_code_with_a_challenge_needs_its_verifier(server, nobody, alice, more, status):
    app = await registered(nobody)
    code = await code_for(server, alice, app, challenge=CHALLENGE)

    assert (await nobody.post("/oauth/token", data=exchange(app, code, **more))).status_code == status


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "https://other.example"}, 400, "invalid_grant"),
        ({"code": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
async def test_what_does_not_fit_is_refused_by_code(server, nobody, alice, wrong, status, code):
    app = await registered(nobody)
    granted = await code_for(server, alice, app)

    answer = await nobody.post("/oauth/token", json={**exchange(app, granted), **wrong})

    assert (answer.status_code, answer.json()["error"]) == (status, code)


@pytest.mark.parametrize("both", [False, True])
async def test_a_client_may_say_who_it_is_in_the_header(server, nobody, alice, both):
    app = await registered(nobody)
    body = exchange(app, await code_for(server, alice, app))
    if not both:
        del body["client_id"], body["client_secret"]

    answer = await nobody.post("/oauth/token", data=body, auth=(app["client_id"], app["client_secret"]))

    assert answer.status_code == 200


async def test_a_header_and_a_body_that_differ_are_refused(server, nobody, alice):
    app, other = await registered(nobody), await registered(nobody)
    body = exchange(app, await code_for(server, alice, app))

    answer = await nobody.post("/oauth/token", data=body, auth=(other["client_id"], other["client_secret"]))

    assert answer.status_code == 401


async def test_a_body_without_a_type_is_a_form_and_unknown_fields_are_left_out(server, nobody, alice):
    app = await registered(nobody)
    code = await code_for(server, alice, app)
    body = "&".join(f"{name}={value}" for name, value in exchange(app, code, odd="1").items())

    answer = await nobody.post("/oauth/token", content=body.encode())

    assert answer.status_code == 200


async def test_a_program_gets_a_token_of_its_own(nobody):
    app = await registered(nobody)
    asked = {"grant_type": "client_credentials", "client_id": app["client_id"]}

    answer = await nobody.post("/oauth/token", data={**asked, "client_secret": app["client_secret"]})

    assert (answer.status_code, answer.json()["scope"]) == (200, "read")
    assert (await nobody.post("/oauth/token", data=asked)).status_code == 401


async def test_a_token_is_revoked_by_its_own_client_alone(server, nobody, alice):
    app, other = await registered(nobody), await registered(nobody)
    code = await code_for(server, alice, app)
    token = (await nobody.post("/oauth/token", data=exchange(app, code))).json()["access_token"]

    def revoking(client):
        names = ("client_id", "client_secret")
        return {**{name: client[name] for name in names}, "token": token}

    assert (await nobody.post("/oauth/revoke", data=revoking(other))).status_code == 403
    done = await nobody.post("/oauth/revoke", data=revoking(app))
    assert (done.status_code, done.json()) == (200, {})
    assert (await nobody.post("/oauth/revoke", data=revoking(app))).status_code == 200
    nobody.headers["Authorization"] = f"Bearer {token}"
    assert (await nobody.get("/api/v1/timelines/home")).status_code == 401


async def test_the_server_says_how_it_lets_apps_in(nobody, server):
    found = (await nobody.get("/.well-known/oauth-authorization-server")).json()

    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in found["grant_types_supported"]
    assert found["token_endpoint"] == f"{server.uris.base_url}/oauth/token"
    assert "read:statuses" in found["scopes_supported"]


async def test_somebody_is_described_to_whom_they_signed_in_to(sign_in, alice):
    client = await sign_in(alice, "profile")

    found = (await client.get("/oauth/userinfo")).json()

    assert (found["sub"], found["preferred_username"]) == (alice.uri, "alice")


async def program(nobody, scope="read write"):
    app = await registered(nobody)
    asked = {"grant_type": "client_credentials", "scope": scope}
    token = await nobody.post("/oauth/token", data=asked, auth=(app["client_id"], app["client_secret"]))
    nobody.headers["Authorization"] = f"Bearer {token.json()['access_token']}"


NEW_MEMBER = {
    "username": "carol",
    "email": "carol@mail.example",
    "password": "long enough to pass",
    "agreement": "true",
    "locale": "en",
}


async def test_nobody_signs_up_while_the_doors_are_closed(nobody):
    await program(nobody)

    answer = await nobody.post("/api/v1/accounts", data=NEW_MEMBER)

    assert answer.status_code == 403
    assert "new members" in answer.json()["error"]


async def test_an_app_signs_somebody_up_while_they_are_open(fresh_folder):
    open_doors = InstanceSettings(registrations="open")
    async with running_server(fresh_folder, embedded=False, instance=open_doors) as one:
        client = await one.client()
        await program(client)

        made = await client.post("/api/v1/accounts", data=NEW_MEMBER)
        taken = await client.post("/api/v1/accounts", data=NEW_MEMBER)
        short = await client.post(
            "/api/v1/accounts",
            data={**NEW_MEMBER, "username": "dave", "email": "d@x.example", "password": "x"},
        )
        unagreed = await client.post("/api/v1/accounts", data={**NEW_MEMBER, "agreement": "false"})

        assert made.status_code == 200
        client.headers["Authorization"] = f"Bearer {made.json()['access_token']}"
        assert (await client.get("/api/v1/accounts/verify_credentials")).json()["acct"] == "carol"
        assert (await client.post("/api/v1/accounts", data=NEW_MEMBER)).status_code == 403
        assert taken.status_code == short.status_code == unagreed.status_code == 422
        assert taken.json()["details"]["username"][0]["error"] == "ERR_TAKEN"
        assert short.json()["details"]["password"][0]["error"] == "ERR_TOO_SHORT"
        assert unagreed.json()["details"]["agreement"][0]["error"] == "ERR_ACCEPTED"
        await client.aclose()


@pytest.fixture
async def open_doors(server):
    """The same server while it takes new members."""
    instance = InstanceSettings(registrations="open")
    object.__setattr__(server, "settings", msgspec.structs.replace(server.settings, instance=instance))


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"username": ""}, "username", "ERR_BLANK"),
        ({"username": "a" * 31}, "username", "ERR_TOO_LONG"),
        ({"username": "not a name"}, "username", "ERR_INVALID"),
        ({"username": "日本"}, "username", "ERR_INVALID"),
        ({"username": "Root"}, "username", "ERR_RESERVED"),
        ({"username": "ALICE"}, "username", "ERR_TAKEN"),
        ({"password": ""}, "password", "ERR_BLANK"),
        ({"password": "x"}, "password", "ERR_TOO_SHORT"),
        ({"password": "x" * 129}, "password", "ERR_TOO_LONG"),
        ({"email": "nowhere"}, "email", "ERR_INVALID"),
        ({"email": "Alice@Mail.example"}, "email", "ERR_TAKEN"),
        ({"agreement": "0"}, "agreement", "ERR_ACCEPTED"),
        ({"agreement": None}, "agreement", "ERR_ACCEPTED"),
    ],
)
async def test_what_is_wrong_with_a_sign_up_has_a_code(open_doors, nobody, alice, wrong, field, code):
    await User.filter(account_id=alice.id).update(email="alice@mail.example")
    await program(nobody)

    answer = await nobody.post("/api/v1/accounts", json={**NEW_MEMBER, **wrong})

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Validation failed: ")
    assert {name: [each["error"] for each in found] for name, found in answer.json()["details"].items()} == {
        field: [code]
    }
    assert answer.json()["details"][field][0]["description"]
    assert await User.all().count() == 1


async def test_all_that_is_wrong_is_told_at_once(open_doors, nobody):
    await program(nobody)

    answer = await nobody.post("/api/v1/accounts", data={"username": "a b", "password": "x", "email": "y"})

    assert answer.json()["details"].keys() == {"username", "password", "email", "agreement"}


@pytest.mark.parametrize("encoding", ["json", "data"])
async def test_a_sign_up_comes_as_json_or_as_a_form(open_doors, nobody, encoding):
    await program(nobody, "read write")
    agreed = {"json": True, "data": "true"}[encoding]

    answer = await nobody.post(
        "/api/v1/accounts", **{encoding: {**NEW_MEMBER, "agreement": agreed, "locale": "de"}}
    )

    assert (answer.status_code, answer.json()["scope"], answer.json()["token_type"]) == (
        200,
        "read write",
        "Bearer",
    )
    user = await User.get(email="carol@mail.example").select_related("account")
    assert (user.account.username, user.locale, user.role) == ("carol", "de", "member")


async def test_a_person_cannot_sign_somebody_up(open_doors, as_alice):
    assert (await as_alice.post("/api/v1/accounts", json=NEW_MEMBER)).status_code == 403


async def test_apps_that_nobody_used_are_forgotten(server, nobody, alice, clock):
    used, granted, posted, unused = [await registered(nobody) for _ in range(4)]
    clock.turn(days=2)
    fresh = await registered(nobody)
    user = await User.get(account_id=alice.id)
    rows = {app["client_id"]: await Application.get(client_id=app["client_id"]) for app in (used, posted)}
    await oauth.issue_token(server, rows[used["client_id"]], user, "read")
    await code_for(server, alice, granted)
    await make_post(server, alice, application=rows[posted["client_id"]])

    assert await oauth.forget_unused(server) == 1

    left = set(await Application.all().values_list("client_id", flat=True))
    assert left == {app["client_id"] for app in (used, granted, posted, fresh)}
    assert unused["client_id"] not in left


async def test_the_whole_of_discovery_is_there(nobody, server):
    found = (await nobody.get("/.well-known/oauth-authorization-server")).json()
    base = server.uris.base_url

    assert found.keys() >= {
        "issuer",
        "service_documentation",
        "authorization_endpoint",
        "token_endpoint",
        "app_registration_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "token_endpoint_auth_methods_supported",
        "code_challenge_methods_supported",
    }
    assert (found["app_registration_endpoint"], found["issuer"]) == (f"{base}/api/v1/apps", f"{base}/")
    assert {"follow", "push", "profile", "read:lists", "write:conversations", "admin:read:reports"} <= set(
        found["scopes_supported"]
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_somebody_is_described_by_both_verbs(sign_in, alice, method, server):
    found = (await (await sign_in(alice, "profile")).request(method, "/oauth/userinfo")).json()

    assert found.keys() == {"iss", "sub", "name", "preferred_username", "profile", "picture"}
    assert (found["iss"], found["profile"]) == (f"{server.uris.base_url}/", alice.url)
    refused = await (await sign_in(alice, "read")).request(method, "/oauth/userinfo")
    assert refused.status_code == 403


async def test_a_website_may_not_be_endless(nobody):
    long = f"https://x.example/{'a' * 2000}"

    answer = await nobody.post(
        "/api/v1/apps", json={"client_name": "a", "redirect_uris": oauth.OOB, "website": long}
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "scope", ["follow", "profile", "push", "read:statuses write:media", "admin:read:reports"]
)
async def test_an_app_may_ask_for_any_scope_there_is(nobody, scope):
    assert (await registered(nobody, scopes=scope))["scopes"] == scope.split()


async def test_an_app_that_names_no_scopes_may_read(nobody):
    answer = await nobody.post("/api/v1/apps", json={"client_name": "a", "redirect_uris": [oauth.OOB]})

    assert answer.json()["scopes"] == ["read"]


async def test_revoking_a_token_drops_its_push_subscription_and_ends_its_streams(server, nobody, alice):
    app = await registered(nobody)
    code = await code_for(server, alice, app)
    token = (await nobody.post("/oauth/token", data=exchange(app, code))).json()["access_token"]
    row = await AccessToken.all().select_related("user").first()
    await PushSubscription.create(
        id=1,
        token=row,
        account_id=alice.id,
        endpoint="https://push.example",
        p256dh="k",
        auth="a",
        created_at=row.created_at,
        updated_at=row.created_at,
    )

    with server.pubsub.subscribe(access_topic(row.user_id)) as told:
        credentials = {name: app[name] for name in ("client_id", "client_secret")}
        answer = await nobody.post("/oauth/revoke", json={**credentials, "token": token})

    assert (answer.status_code, answer.json()) == (200, {})
    assert await PushSubscription.all().count() == 0
    assert not told.empty()
