"""What holds for every route: tokens, scopes, paths, limits, errors and the document that lists them."""

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from fedi.actions import oauth, posts
from fedi.actions.posts import Draft
from fedi.config import LimitSettings
from fedi.mastodon import empty
from fedi.mastodon.auth import Access
from fedi.mastodon.routes import TABLE
from tests.support.factories import make_post
from tests.support.servers import running_server

pytestmark = pytest.mark.anyio

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def filled(path):
    return (
        path.replace("{id}", "1")
        .replace("{name}", "x")
        .replace("{quoting_id}", "1")
        .replace("{group_key}", "ungrouped-1")
    )


def lines_of(access):
    return [(entry.method, filled(entry.path)) for entry in TABLE if entry.access is access]


async def asked(client, lines):
    return {(method, path): await client.request(method, path) for method, path in lines}


async def test_nobody_gets_in_where_a_token_is_needed(nobody):
    answers = await asked(nobody, [*lines_of(Access.PERSON), *lines_of(Access.APP)])

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer.json()["error"] for answer in answers.values()} == {"The access token is invalid"}
    assert all(
        answer.headers["WWW-Authenticate"].startswith("Bearer")
        and "invalid_token" in answer.headers["WWW-Authenticate"]
        for answer in answers.values()
    )


async def test_a_token_for_other_things_gets_in_nowhere(sign_in, alice):
    client = await sign_in(alice, "admin:read")
    scoped = [(e.method, filled(e.path)) for e in TABLE if e.scopes and e.access is not Access.OPEN]

    answers = await asked(client, scoped)

    assert {answer.status_code for answer in answers.values()} == {403}
    assert {answer.json()["error"] for answer in answers.values()} == {
        "This action is outside the authorized scopes"
    }


async def test_a_token_of_a_program_is_no_person(server, nobody):
    _, secret = row = await oauth.register_application(
        server, name="app", redirect_uris=[oauth.OOB], scopes="read write follow push profile"
    )
    issued = await oauth.client_credentials(
        server, client_id=row[0].client_id, client_secret=secret, scope="read write follow push profile"
    )
    nobody.headers["Authorization"] = f"Bearer {issued.token}"

    answers = await asked(nobody, lines_of(Access.PERSON))

    assert {answer.status_code for answer in answers.values()} == {422}
    assert (await nobody.get("/api/v1/timelines/public")).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/timelines/home", "/api/v1/timelines/public"])
async def test_a_token_that_is_not_in_force_is_refused_even_where_none_is_needed(nobody, path):
    nobody.headers["Authorization"] = "Bearer never-given"

    answer = await nobody.get(path)

    assert (answer.status_code, answer.json()) == (401, {"error": "The access token is invalid"})


async def test_a_revoked_token_is_refused(server, as_alice):
    await oauth.revoke(server, as_alice.headers["Authorization"].removeprefix("Bearer "))

    assert (await as_alice.get("/api/v1/timelines/home")).status_code == 401


async def test_the_server_is_described_whatever_the_token(nobody):
    nobody.headers["Authorization"] = "Bearer never-given"

    assert (await nobody.get("/api/v2/instance")).status_code == 200


async def test_a_token_in_the_query_is_read(sign_in, as_alice):
    token = as_alice.headers["Authorization"].removeprefix("Bearer ")
    client = await sign_in()

    assert (await client.get("/api/v1/timelines/home", params={"access_token": token})).status_code == 200


@pytest.mark.parametrize(
    ("granted", "path", "status"),
    [
        ("read:accounts", "/api/v1/accounts/verify_credentials", 200),
        ("profile", "/api/v1/accounts/verify_credentials", 200),
        ("read", "/api/v1/accounts/verify_credentials", 200),
        ("read:statuses", "/api/v1/accounts/verify_credentials", 403),
        ("follow", "/api/v1/mutes", 200),
        ("follow", "/api/v1/timelines/home", 403),
        ("read:statuses", "/api/v1/timelines/home", 200),
        ("write", "/api/v1/timelines/home", 403),
    ],
)
async def test_a_scope_covers_what_lies_below_it(sign_in, alice, granted, path, status):
    client = await sign_in(alice, granted)

    assert (await client.get(path)).status_code == status


async def test_a_slash_at_the_end_is_no_other_path(as_alice):
    answer = await as_alice.get("/api/v1/timelines/home/")

    assert (answer.status_code, answer.json()) == (200, [])


async def test_put_and_patch_are_the_same(as_alice):
    for method in ("PUT", "PATCH"):
        answer = await as_alice.request(
            method, "/api/v1/accounts/update_credentials", json={"display_name": method}
        )
        assert answer.json()["display_name"] == method


async def test_an_unknown_path_is_not_found_in_json(nobody):
    answer = await nobody.get("/api/v1/nothing/of/that/kind")

    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_a_wrong_method_names_the_right_ones(as_alice):
    answer = await as_alice.delete("/api/v1/media")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("id_", ["0", "abc", "-5", "9" * 25, "1.0", "%00", "..", "1%2F2"])
async def test_an_id_that_cannot_be_one_is_not_found(as_alice, id_):
    assert (await as_alice.get(f"/api/v1/statuses/{id_}")).status_code == 404


async def test_nothing_with_a_token_is_kept_by_a_cache(as_alice, nobody, alice):
    path = f"/api/v1/accounts/{alice.id}"

    assert (await as_alice.get(path)).headers["Cache-Control"] == "private, no-store"
    assert (await nobody.get("/api/v1/accounts/1")).headers["Cache-Control"] == "private, no-store"
    assert (await nobody.post("/api/v1/apps")).headers["Cache-Control"] == "private, no-store"


async def test_what_anybody_is_shown_may_be_kept_for_a_moment(nobody, alice):
    answer = await nobody.get(f"/api/v1/accounts/{alice.id}")

    assert answer.headers["Cache-Control"] == "public, max-age=15"
    assert "Authorization" in answer.headers["Vary"]
    assert "max-age=180" in (await nobody.get("/api/v2/instance")).headers["Cache-Control"]


async def test_what_has_something_newer_says_so(nobody, as_alice):
    old = [
        await nobody.get("/api/v1/instance"),
        await as_alice.get("/api/v1/filters"),
        await as_alice.get("/api/v1/filters/1"),
        await nobody.get("/api/v1/trends"),
    ]

    assert all(re.fullmatch(r"@[0-9]{10}", answer.headers["Deprecation"]) for answer in old)
    assert "Deprecation" not in (await nobody.get("/api/v2/instance")).headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v1/accounts/1"),
        ("POST", "/api/v2/instance"),
        ("GET", "/api/v1/timelines/home"),
        ("POST", "/api/v1/apps"),
        ("POST", "/oauth/token"),
        ("GET", "/api/v1/instance/peers"),
        ("GET", "/oauth/userinfo"),
        ("DELETE", "/.well-known/oauth-authorization-server"),
    ],
)
async def test_every_answer_says_that_it_is_json_in_utf8(nobody, method, path):
    answer = await nobody.request(method, path)

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    answer.json()


async def test_neighbours_of_a_page_keep_what_was_asked_for(nobody, server, alice):
    for _ in range(3):
        await posts.create(server, alice, Draft(text="#日本語 #b"), mentions={})

    answer = await nobody.get("/api/v1/timelines/tag/日本語?any[]=b&local=true&limit=2&since_id=1")

    following = answer.links["next"]["url"]
    assert following.startswith(f"{server.uris.base_url}/api/v1/timelines/tag/%E6%97%A5%E6%9C%AC%E8%AA%9E?")
    query = parse_qs(urlsplit(following).query)
    assert (query["any[]"], query["local"], query["limit"]) == (["b"], ["true"], ["2"])
    assert "since_id" not in query
    assert len((await nobody.get(following)).json()) == 1
    assert "min_id" in parse_qs(urlsplit(answer.links["prev"]["url"]).query)


async def test_the_page_behind_the_last_one_leads_nowhere(nobody, server, alice):
    await make_post(server, alice)
    full = await nobody.get("/api/v1/timelines/public?limit=1")

    behind = await nobody.get(full.links["next"]["url"])

    assert (behind.json(), behind.links) == ([], {})


async def test_the_limits_are_told_and_kept(fresh_folder):
    few = LimitSettings(per_address=3, per_account=5)
    async with running_server(fresh_folder, embedded=False, limits=few) as one:
        client = await one.client()
        answers = [await client.get("/api/v1/instance/rules") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers.get("X-RateLimit-Remaining") for answer in answers] == ["2", "1", "0", "0"]
        assert {answer.headers.get("X-RateLimit-Limit") for answer in answers} == {"3"}
        assert datetime.fromisoformat(answers[0].headers["X-RateLimit-Reset"]).microsecond >= 0
        assert int(answers[3].headers["Retry-After"]) > 0
        assert answers[3].json() == {"error": "Too many requests"}
        alice = await one.client(await one.person("alice"))
        assert (await alice.get("/api/v1/timelines/home")).headers["X-RateLimit-Limit"] == "5"
        await alice.aclose()
        await client.aclose()


STRICTER = [
    ("uploads", "POST", "/api/v2/media", True),
    ("deletes", "DELETE", "/api/v1/statuses/1", True),
    ("deletes", "POST", "/api/v1/statuses/1/unreblog", True),
    ("posts", "POST", "/api/v1/statuses", True),
    ("posts", "POST", "/api/v1/statuses/1/reblog", True),
    ("follows", "POST", "/api/v1/accounts/1/follow", True),
    ("apps", "POST", "/api/v1/apps", False),
]


@pytest.mark.parametrize(("what", "method", "path", "by_account"), STRICTER)
async def test_some_things_may_be_done_less_often(
    server, sign_in, alice, bob, what, method, path, by_account
):
    limits = LimitSettings(
        uploads_per_half_hour=2,
        deletes_per_half_hour=2,
        posts_per_three_hours=2,
        follows_per_day=2,
        apps_per_ten_minutes=2,
    )
    object.__setattr__(server, "settings", msgspec.structs.replace(server.settings, limits=limits))
    as_alice, as_bob = await sign_in(alice), await sign_in(bob)

    answers = [await as_alice.request(method, path) for _ in range(3)]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert [answer.headers["X-RateLimit-Limit"] for answer in answers] == ["2", "2", "2"]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert int(answers[2].headers["Retry-After"]) > 60
    assert ((await as_bob.request(method, path)).status_code == 429) is not by_account
    assert (await as_alice.get("/api/v1/timelines/home")).headers["X-RateLimit-Limit"] == "1500"


def test_the_stricter_limits_are_mastodons_unless_the_owner_sets_others():
    limits = LimitSettings()

    assert (limits.uploads_per_half_hour, limits.deletes_per_half_hour) == (30, 30)
    assert (limits.posts_per_three_hours, limits.follows_per_day) == (300, 400)
    assert (limits.sign_ups_per_half_hour, limits.apps_per_ten_minutes) == (5, 5)


@pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/webfinger", "/nodeinfo/2.0"]
)
async def test_what_apps_need_at_the_door_is_open_to_other_origins(nobody, path):
    asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}

    assert (await nobody.options(path, headers=asking)).headers["Access-Control-Allow-Origin"] == "*"


async def test_the_page_of_consent_is_not(nobody):
    answer = await nobody.get("/oauth/authorize", headers={"Origin": "https://app.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_who_asks_first_for_another_origin_is_neither_counted_nor_checked(server, nobody):
    few = LimitSettings(per_address=1)
    object.__setattr__(server, "settings", msgspec.structs.replace(server.settings, limits=few))
    asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"}

    answers = [await nobody.options("/api/v1/statuses/1", headers=asking) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert "DELETE" in answers[0].headers["Access-Control-Allow-Methods"]
    assert "X-RateLimit-Limit" not in answers[0].headers
    assert (await nobody.get("/api/v1/instance/rules")).status_code == 200


async def test_pages_of_other_origins_may_ask_and_read_the_headers(nobody):
    asked_first = await nobody.options(
        "/api/v1/statuses",
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        },
    )
    answer = await nobody.get("/api/v1/timelines/public", headers={"Origin": "https://app.example"})

    assert asked_first.status_code == 200
    assert "idempotency-key" in asked_first.headers["Access-Control-Allow-Headers"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Link" in answer.headers["Access-Control-Expose-Headers"]


EMPTY = {
    "a_list": (200, []),
    "a_list_of_account": (200, []),
    "a_list_of_post": (200, []),
    "nothing": (200, {}),
    "absent": (404, {"error": "Record not found"}),
}


async def test_what_is_not_built_yet_is_empty_and_never_breaks_an_app(as_alice, server, alice):
    post = await make_post(server, alice)
    for entry in TABLE:
        if entry.answer.__module__ == empty.__name__ and entry.answer.__name__ in EMPTY:
            id_ = post.id if "/statuses/" in entry.path else alice.id
            answer = await as_alice.get(entry.path.replace("{id}", str(id_)))
            assert (answer.status_code, answer.json()) == EMPTY[entry.answer.__name__], entry.path


def test_the_document_lists_the_routes():
    listed = {
        (method, path, who, scopes)
        for method, path, who, scopes in re.findall(
            r"^\| (\w+) \| `([^`]+)` \| ([^|]+) \| ([^|]*) \|", DOCUMENT.read_text(), re.MULTILINE
        )
    }

    assert listed == {
        (entry.method, entry.path, entry.access.value, " or ".join(entry.scopes) or "none") for entry in TABLE
    }


def test_no_route_stands_in_the_table_twice():
    places = [(entry.method, entry.path) for entry in TABLE]

    assert len(places) == len(set(places))
