"""T150 to T152, T154, T157, T160, T161: what is somebody's own, and what no answer tells."""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import structlog

from fedi.config import LogSettings, load
from fedi.errors import ConfigError
from fedi.logs import configure
from fedi.mastodon.routes import TABLE
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.users import User
from tests.mastodon.pictures import png
from tests.support.servers import PASSWORD
from tests.support.visitors import Site
from tests.threats.conftest import api

pytestmark = pytest.mark.anyio

# Where an id names somebody or something that everybody may ask about, or what is not anybody's.
NOT_OWNED = (
    "/api/v1/accounts/",
    "/api/v1/announcements/",
    "/api/v1/annual_reports/",
    "/api/v1/collections/",
    "/api/v1/suggestions/",
    "/api/v1/tags/",
    "/api/v1/timelines/tag/",
    "/api/fedi/v1/styles/",
    "/api/v1_alpha/",
    # Requests to follow and to be told are named by who asks, no secret; an answer is about one's own.
    "/api/v1/follow_requests/",
    "/api/v1/notifications/requests/",
    # Of two people: test_remixes.py tries them as a third.
    "/api/fedi/v1/remixes/",
    # What was made from a post, as its quotes: /api/v1/statuses/ is tried.
    "/api/fedi/v1/statuses/",
)
Make = Callable[[httpx.AsyncClient], Awaitable[str]]


async def _made(client: httpx.AsyncClient, path: str, **more: object) -> dict:
    answer = await client.post(path, **more)
    assert answer.status_code in {200, 202}, (path, answer.text)
    return answer.json()


async def _private_post(client: httpx.AsyncClient) -> str:
    body = {
        "status": "for my followers",
        "visibility": "private",
        "poll": {"options": ["a", "b"], "expires_in": 600},
    }
    return str((await _made(client, "/api/v1/statuses", json=body))["id"])


async def _poll(client: httpx.AsyncClient) -> str:
    post = await client.get(f"/api/v1/statuses/{await _private_post(client)}")
    return str(post.json()["poll"]["id"])


async def _media(client: httpx.AsyncClient) -> str:
    return str((await _made(client, "/api/v2/media", files={"file": ("a.png", png(), "image/png")}))["id"])


async def _list(client: httpx.AsyncClient) -> str:
    return str((await _made(client, "/api/v1/lists", json={"title": "mine"}))["id"])


async def _filter(client: httpx.AsyncClient) -> dict:
    words = {"title": "mine", "context": ["home"], "keywords_attributes": [{"keyword": "x"}]}
    return await _made(client, "/api/v2/filters", json=words)


async def _filter_id(client: httpx.AsyncClient) -> str:
    return str((await _filter(client))["id"])


async def _keyword(client: httpx.AsyncClient) -> str:
    return str((await _filter(client))["keywords"][0]["id"])


async def _filtered_post(client: httpx.AsyncClient) -> str:
    path = f"/api/v2/filters/{await _filter_id(client)}/statuses"
    return str((await _made(client, path, json={"status_id": await _private_post(client)}))["id"])


async def _scheduled(client: httpx.AsyncClient) -> str:
    body = {"status": "later", "scheduled_at": "2099-01-01T00:00:00.000Z"}
    return str((await _made(client, "/api/v1/statuses", json=body))["id"])


async def _draft(client: httpx.AsyncClient) -> str:
    return str((await _made(client, "/api/fedi/v1/drafts", json={"status": "not yet"}))["id"])


async def _featured_tag(client: httpx.AsyncClient) -> str:
    return str((await _made(client, "/api/v1/featured_tags", json={"name": "art"}))["id"])


async def _notification(client: httpx.AsyncClient) -> str:
    found = await client.get("/api/v1/notifications")
    return str(found.json()[0]["id"])


async def _group(client: httpx.AsyncClient) -> str:
    found = await client.get("/api/v2/notifications")
    return str(found.json()["notification_groups"][0]["group_key"])


async def _conversation(client: httpx.AsyncClient) -> str:
    await _made(client, "/api/v1/statuses", json={"status": "@alice a word", "visibility": "direct"})
    found = await client.get("/api/v1/conversations")
    return str(found.json()[0]["id"])


async def _run(client: httpx.AsyncClient) -> str:
    asked = {"media_id": await _media(client)}
    return str((await _made(client, "/api/fedi/v1/styles/cel/runs", json=asked))["id"])


async def _batch(client: httpx.AsyncClient) -> str:
    asked = {"style": "cel", "media_ids": [await _media(client)]}
    return str((await _made(client, "/api/fedi/v1/batches", json=asked))["id"])


# By the beginning of the path; the longer ones go first.
OWNED: dict[str, Make] = {
    "/api/v2/filters/keywords/": _keyword,
    "/api/v2/filters/statuses/": _filtered_post,
    "/api/v2/filters/": _filter_id,
    "/api/v1/filters/": _keyword,
    "/api/v1/lists/": _list,
    "/api/v1/timelines/list/": _list,
    "/api/v1/media/": _media,
    "/api/v1/scheduled_statuses/": _scheduled,
    "/api/fedi/v1/drafts/": _draft,
    "/api/fedi/v1/runs/": _run,
    "/api/fedi/v1/batches/": _batch,
    "/api/v1/featured_tags/": _featured_tag,
    "/api/v1/notifications/": _notification,
    "/api/v2/notifications/": _group,
    "/api/v1/conversations/": _conversation,
    "/api/v1/polls/": _poll,
    "/api/v1/statuses/": _private_post,
    "/api/v1/pleroma/statuses/": _private_post,
}
NAMED = [entry for entry in TABLE if "{" in entry.path]


def maker_of(path: str) -> Make | None:
    return next((make for beginning, make in OWNED.items() if path.startswith(beginning)), None)


def test_t150_every_route_that_names_something_is_tried_or_explained():
    left = {
        entry.path for entry in NAMED if not maker_of(entry.path) and not entry.path.startswith(NOT_OWNED)
    }

    assert left == set()


@pytest.mark.parametrize("beginning", OWNED)
async def test_t150_what_is_anothers_is_not_there(site: Site, beginning: str):
    async with api(site, "alice") as alice, api(site, "bob") as bob:
        await _made(alice, "/api/v1/statuses", json={"status": "@bob a word"})
        bobs = await OWNED[beginning](bob)
        for entry in (each for each in NAMED if maker_of(each.path) is OWNED[beginning]):
            if entry.path.startswith(beginning):
                path = entry.path.replace("{quoting_id}", "1").replace("{emoji}", "%F0%9F%91%8D")
                path = path.replace("{id}", bobs).replace("{group_key}", bobs)
                body = {"choices": [0], "status": "mine now", "title": "mine now", "account_ids": ["1"]}
                answer = await alice.request(entry.method, path, json=body)
                seen = answer.json() if answer.status_code == 200 else None
                # A group that is not there has nobody in it; what is not there is dismissed already.
                is_told = "/notifications/" in entry.path
                is_group = "/v2/" in entry.path and path.endswith("/dismiss")
                nothing = is_told and (seen == [] or (seen == {} and is_group))
                assert nothing or answer.status_code in {403, 404}, (entry.method, entry.path, answer.text)
        assert await _still_there(bob, beginning, bobs)


async def _still_there(bob: httpx.AsyncClient, beginning: str, id_: str) -> bool:
    path = beginning.replace("/api/v1/pleroma/", "/api/v1/").replace("/timelines/list/", "/lists/")
    if path in {"/api/v1/featured_tags/", "/api/v1/conversations/"}:
        return id_ in {each["id"] for each in (await bob.get(path.rstrip("/"))).json()}
    return (await bob.get(path + id_)).status_code in {200, 206}


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "s.test@evil.test", "[::1]"])
async def test_t151_no_answer_believes_the_host_that_was_asked_for(site: Site, host: str):
    async with api(site, "alice") as client:
        for _ in range(2):
            await client.post("/api/v1/statuses", json={"status": "a word #art"})
        for path in (
            *("/", "/@alice", "/sign-in", "/home", "/settings/profile", "/tags/art.rss"),
            *("/api/v2/instance", "/api/v1/instance", "/api/v1/timelines/public?limit=1"),
            *("/api/v1/accounts/verify_credentials", "/.well-known/oauth-authorization-server"),
            *("/.well-known/webfinger?resource=acct:alice@s.test", "/.well-known/nodeinfo"),
            "/.well-known/host-meta",
        ):
            answer = await client.get(path, headers={"Host": host})
            assert answer.status_code < 500
            assert "evil.test" not in answer.text, path
            assert "evil.test" not in str(answer.headers), path


async def test_t152_nothing_is_assigned_that_is_not_asked_for(site: Site):
    odd = {
        "role": "owner",
        "admin": True,
        "suspended": True,
        "id": "5",
        "username": "root",
        "uri": "https://x.test",
    }
    odd |= {"followers_count": 10**6, "created_at": "2001-01-01", "private_key_pem": "x", "account_id": "5"}
    before = await Account.get(username="alice")

    async with api(site, "alice") as client:
        for path in ("/api/v1/accounts/update_credentials", "/api/v1/profile"):
            answer = await client.patch(path, json={**odd, "source": odd, "display_name": "Alice"})
            assert answer.status_code == 200
        post = await client.post(
            "/api/v1/statuses", json={"status": "x", "favourites_count": 9, "uri": "x", **odd}
        )

    after = await Account.get(id=before.id)
    changed = {name for name in before._meta.db_fields if getattr(before, name) != getattr(after, name)}
    assert changed <= {"display_name", "posts_count", "last_post_at"}
    assert (await User.get(account_id=before.id)).role == "member"
    assert (post.json()["account"]["id"], post.json()["favourites_count"]) == (str(before.id), 0)


async def test_t154_a_key_is_for_one_post_of_one_person(site: Site):
    key = {"Idempotency-Key": "the same"}
    async with api(site, "alice") as alice, api(site, "bob") as bob:
        first = await alice.post("/api/v1/statuses", json={"status": "once"}, headers=key)
        again = await alice.post("/api/v1/statuses", json={"status": "once"}, headers=key)
        bobs = await bob.post("/api/v1/statuses", json={"status": "mine"}, headers=key)

    assert first.json()["id"] == again.json()["id"] != bobs.json()["id"]
    assert bobs.json()["account"]["acct"] == "bob"
    assert await Post.all().count() == 2


class Cache:
    """A shared cache as RFC 9111 lets it be: keeps what says so, by what Vary names."""

    def __init__(self) -> None:
        self.kept: dict[str, list[tuple[dict[str, str], httpx.Response]]] = {}

    async def get(self, client: httpx.AsyncClient, path: str) -> httpx.Response:
        """Answer from what is kept, or ask and keep."""
        for asked, answer in self.kept.get(path, []):
            varied = [name.strip() for name in answer.headers.get("vary", "").split(",") if name.strip()]
            if all(asked.get(name.lower(), "") == client.headers.get(name, "") for name in varied):
                return answer
        answer = await client.get(path)
        control = answer.headers.get("cache-control", "")
        if not any(word in control for word in ("private", "no-store", "no-cache")):
            asked = {name.lower(): value for name, value in client.headers.items()}
            self.kept.setdefault(path, []).append((asked, answer))
        return answer


async def test_t157_a_shared_cache_gives_nobody_what_another_saw(site: Site):
    async with api(site, "alice") as alice, api(site, "bob") as bob, api(site) as nobody:
        private = await _private_post(alice)
        public = (await _made(alice, "/api/v1/statuses", json={"status": "for all"}))["id"]
        await _made(alice, f"/api/v1/statuses/{public}/bookmark")
        alices = (await Account.get(username="alice")).id
        paths = (
            *(f"/api/v1/statuses/{private}", f"/api/v1/statuses/{public}", "/api/v1/timelines/public"),
            *(f"/api/v1/accounts/{alices}/statuses", "/api/v1/accounts/verify_credentials"),
            *("/api/v1/timelines/home", "/@alice", f"/@alice/{public}", "/api/v2/instance"),
        )
        for order in ((alice, bob, nobody), (nobody, bob, alice)):
            cache = Cache()
            for client in order:
                for path in paths:
                    through, itself = await cache.get(client, path), await client.get(path)
                    assert (through.status_code, _said(through)) == (itself.status_code, _said(itself)), path


def _said(answer: httpx.Response) -> object:
    return answer.json() if "json" in answer.headers["content-type"] else len(answer.text)


async def test_t160_neither_logs_nor_errors_tell_a_secret(site: Site, capsys, caplog):
    configure(LogSettings(level="debug"))
    caplog.set_level(logging.WARNING)
    try:
        async with api(site, "alice") as client:
            token = client.headers.pop("Authorization").removeprefix("Bearer ")
            said = [
                await client.get(f"/api/v1/timelines/home?access_token={token}"),
                await client.get("/api/v1/timelines/home?access_token=no-such-token-at-all"),
                await client.post(
                    "/oauth/token", json={"client_secret": "a-clients-secret", "grant_type": "x"}
                ),
                await client.post("/oauth/revoke", json={"client_id": "x", "token": token}),
                await client.post(
                    "/api/v1/statuses", content=b"{", headers={"Authorization": f"Bearer {token}"}
                ),
                await site.visitor().sign_in("alice", PASSWORD),
                await site.visitor().sign_in("alice", "a-wrong-password"),
            ]
    finally:
        structlog.reset_defaults()

    printed = "".join(capsys.readouterr()) + caplog.text
    answers = "".join(answer.text for answer in said[1:])
    cookie = said[5].cookies.get("fedi_session") or "no cookie"
    for secret in (token, "no-such-token-at-all", "a-clients-secret", PASSWORD, "a-wrong-password", cookie):
        assert secret not in printed
        assert secret not in answers
    assert "PRIVATE KEY" not in printed + answers


async def test_t160_an_error_of_ours_says_only_that_it_was(site: Site):
    # Nothing is told of how it broke: the database is gone beneath the request.
    async with api(site, "alice") as client:
        async with site.server.db.transaction():
            await site.server.db.execute("ALTER TABLE accounts RENAME TO accounts_away")
        answers = [await client.get("/api/v1/timelines/public"), await client.get("/@alice")]
        async with site.server.db.transaction():
            await site.server.db.execute("ALTER TABLE accounts_away RENAME TO accounts")

    assert [answer.status_code for answer in answers] == [500, 500]
    assert json.loads(answers[0].text) == {"error": "Something went wrong on our side"}
    for answer in answers:
        assert not any(
            word in answer.text for word in ("Traceback", "accounts_away", "sqlite", "OperationalError")
        )


GOOD = {"domain": "fedi.example", "secret": "k9Jd82hXq0Lm4Vb7Tz1Wc6Rf3Ns5Py8A"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": ""},
        {"secret": "short"},
        {"secret": "a" * 64},
        {"domain": ""},
        {"domain": "fedi.example:8000"},
        {"domain": "Fedi.Example"},
        {"domain": "https://fedi.example"},
        {"web_domain": "127.0.0.1:8000"},
        {"development_hosts": {"b.test": "127.0.0.1:9000"}},
    ],
)
def test_t161_a_dangerous_configuration_is_not_served_with(tmp_path: Path, wrong: dict[str, object]):
    file = tmp_path / "config.toml"

    def written(values: dict[str, object]) -> Path:
        lines = [
            f"{name} = {json.dumps(value) if not isinstance(value, dict) else _inline(value)}"
            for name, value in values.items()
        ]
        file.write_text("[server]\n" + "\n".join(lines))
        return file

    assert load(written(GOOD), {}).base_url == "https://fedi.example"
    with pytest.raises(ConfigError):
        load(written({**GOOD, **wrong}), {})


def _inline(values: dict[str, str]) -> str:
    return "{ " + ", ".join(f'"{key}" = "{value}"' for key, value in values.items()) + " }"
