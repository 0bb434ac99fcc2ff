"""A server with some of everything, made through the API itself, for tests that walk every route.

A step that is refused is kept in `refused`, so that one broken room does not hide what the others do.

alice is the one who asks. bob follows her and is followed; carol is on another server; dave and erin want to
follow her; frank, gina and henry are nobody to her, and what they write to her waits as requests.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from fedi.actions import oauth
from fedi.models.accounts import Account
from fedi.models.announcements import Announcement
from fedi.models.federation import AsyncRefresh
from fedi.server import Server
from tests.mastodon.pictures import png
from tests.support.factories import make_account, make_follow, make_mention, make_post
from tests.support.servers import make_person

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]
PEOPLE = ("alice", "bob", "dave", "erin", "frank", "gina", "henry")
# Nothing has this id; it is one that could be.
ABSENT = "999999999999999999"
# The keys of a browser's push subscription: a point on P-256 and a secret of 16 bytes (RFC 8291, appendix A).
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


@dataclass(frozen=True)
class World:
    """The clients and the names of what there is: an id for each placeholder of `calls`."""

    server: Server
    alice: httpx.AsyncClient
    bob: httpx.AsyncClient
    nobody: httpx.AsyncClient
    app: httpx.AsyncClient
    narrow: httpx.AsyncClient
    names: "Names"
    refused: list[str]


class Names(dict[str, str]):
    """Ids by what they are of; what could not be made has one that nothing has."""

    def __missing__(self, name: str) -> str:
        return ABSENT


async def make_world(server: Server, sign_in: SignIn) -> World:
    """Make it."""
    people = {name: await make_person(server, name) for name in PEOPLE}
    carol = await make_account(server, "carol", domain="far.example")
    clients = {name: await sign_in(account) for name, account in people.items()}
    names = Names({name: str(account.id) for name, account in people.items()})
    names["carol"] = str(carol.id)
    maker = _Maker(clients, names)
    await _posts(maker)
    await _people(server, maker, people, carol)
    await _remixes(maker)
    await _lists(maker)
    await _filters(maker)
    await _later(server, maker)
    await _told(server, maker)
    app = await sign_in()
    row, secret = await oauth.register_application(
        server, name="app", redirect_uris=[oauth.OOB], scopes="read write"
    )
    names.update(client_id=row.client_id, client_secret=secret)
    issued = await oauth.client_credentials(
        server, client_id=row.client_id, client_secret=secret, scope="read write"
    )
    app.headers["Authorization"] = f"Bearer {issued.token}"
    return World(
        server=server,
        alice=clients["alice"],
        bob=clients["bob"],
        nobody=await sign_in(),
        app=app,
        narrow=await sign_in(people["alice"], "admin:read"),
        names=names,
        refused=maker.refused,
    )


@dataclass
class _Maker:
    clients: dict[str, httpx.AsyncClient]
    names: Names
    refused: list[str] = field(default_factory=list)

    async def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        try:
            answer = await self.clients[who].request(method, path.format_map(self.names), **more)
        except AssertionError as error:
            self.refused.append(str(error)[:600])
            return {}
        if answer.status_code not in (200, 202):
            self.refused.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return {}
        return answer.json()

    async def keep(self, name: str, who: str, path: str, **more: Any) -> None:
        self.names[name] = (await self.ask(who, "POST", path, **more)).get("id", ABSENT)

    async def find(self, path: str, *names: str, part: str = "id") -> None:
        found = await self.ask("alice", "GET", path)
        for name, each in zip(names, found, strict=False):
            self.names[name] = each[part]


async def _posts(maker: _Maker) -> None:
    picture = {"files": {"file": ("a.png", png(), "image/png")}, "data": {"description": "violet"}}
    await maker.keep("attached", "alice", "/api/v2/media", **picture)
    await maker.keep("media", "alice", "/api/v2/media", **picture)
    await maker.keep("bobs_media", "bob", "/api/v2/media", **picture)
    await maker.keep(
        "post",
        "alice",
        "/api/v1/statuses",
        json={
            "status": "hello @bob, see https://page.example/ #violet",
            "media_ids": [maker.names["attached"]],
            "quote_approval_policy": "public",
        },
    )
    await maker.keep("bobs_post", "bob", "/api/v1/statuses", json={"status": "good evening #violet #green"})
    await maker.keep(
        "reply",
        "bob",
        "/api/v1/statuses",
        json={"status": "@alice hi", "in_reply_to_id": maker.names["post"]},
    )
    await maker.keep(
        "quoting",
        "bob",
        "/api/v1/statuses",
        json={"status": "so true", "quoted_status_id": maker.names["post"]},
    )
    poll = {"options": ["Tea", "Coffee"], "expires_in": 600}
    asked = await maker.ask("bob", "POST", "/api/v1/statuses", json={"status": "Which?", "poll": poll})
    maker.names.update(poll_post=asked["id"], poll=asked["poll"]["id"])
    await maker.keep("other", "alice", "/api/v1/statuses", json={"status": "another one"})
    await maker.ask("alice", "PUT", "/api/v1/statuses/{other}", json={"status": "another one, edited"})
    await maker.keep("gone", "alice", "/api/v1/statuses", json={"status": "to be deleted"})
    await maker.ask("bob", "PUT", "/api/v1/pleroma/statuses/{post}/reactions/🔥")
    for mark in ("favourite", "reblog", "bookmark"):
        await maker.ask("bob", "POST", f"/api/v1/statuses/{{post}}/{mark}")
        await maker.ask("alice", "POST", f"/api/v1/statuses/{{bobs_post}}/{mark}")


async def _people(server: Server, maker: _Maker, people: dict[str, Account], carol: Account) -> None:
    await maker.ask("bob", "POST", "/api/v1/accounts/{alice}/follow")
    await maker.ask("alice", "POST", "/api/v1/accounts/{bob}/follow")
    # What strangers say in private waits; bob is none now.
    await maker.keep(
        "direct", "bob", "/api/v1/statuses", json={"status": "@alice psst", "visibility": "direct"}
    )
    await make_follow(server, carol, people["alice"])
    await make_follow(server, people["alice"], carol)
    await maker.ask("alice", "PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    for name in ("dave", "erin"):
        await maker.ask(name, "POST", "/api/v1/accounts/{alice}/follow")
    far = await make_post(server, carol, "from afar")
    await make_mention(server, far, people["alice"])
    maker.names["carols_post"] = str(far.id)
    refresh = await AsyncRefresh.create(id=server.new_id(), name="thread:1", created_at=server.clock.now())
    maker.names["refresh"] = str(refresh.id)


async def _remixes(maker: _Maker) -> None:
    """Dave asks for three pictures of Alice's; Bob has one that may be asked for."""

    async def picture_of(who: str) -> str:
        made = await maker.ask(who, "POST", "/api/v2/media", files={"file": ("a.png", png(), "image/png")})
        posted = {"media_ids": [made.get("id", ABSENT)], "remix_policy": "ask", "licence": "by"}
        await maker.ask(who, "POST", "/api/v1/statuses", json=posted)
        return str(made.get("id", ABSENT))

    for name in ("remix", "remix_refused", "remix_revoked"):
        wanted = {"media_id": await picture_of("alice")}
        await maker.keep(name, "dave", "/api/fedi/v1/remixes", json=wanted)
    await maker.ask("alice", "POST", "/api/fedi/v1/remixes/{remix_revoked}/accept")
    maker.names["bobs_picture"] = await picture_of("bob")


async def _lists(maker: _Maker) -> None:
    await maker.keep("list", "alice", "/api/v1/lists", json={"title": "friends"})
    await maker.ask(
        "alice", "POST", "/api/v1/lists/{list}/accounts", json={"account_ids": [maker.names["bob"]]}
    )
    await maker.keep("featured", "alice", "/api/v1/featured_tags", json={"name": "violet"})
    await maker.ask("alice", "POST", "/api/v1/tags/violet/follow")
    await maker.ask("alice", "POST", "/api/v1/accounts/{bob}/endorse")
    await maker.ask("alice", "POST", "/api/v1/domain_blocks", json={"domain": "loud.example"})


async def _filters(maker: _Maker) -> None:
    made = await maker.ask(
        "alice",
        "POST",
        "/api/v2/filters",
        json={
            "title": "no green",
            "context": ["home", "public"],
            "filter_action": "warn",
            "keywords_attributes": [{"keyword": "green", "whole_word": True}],
        },
    )
    maker.names["filter"] = made.get("id", ABSENT)
    await maker.find("/api/v2/filters/{filter}/keywords", "keyword")
    await maker.keep(
        "filtered_post",
        "alice",
        "/api/v2/filters/{filter}/statuses",
        json={"status_id": maker.names["carols_post"]},
    )
    await maker.keep("filter_v1", "alice", "/api/v1/filters", json={"phrase": "beige", "context": ["home"]})


async def _later(server: Server, maker: _Maker) -> None:
    later = (server.clock.now() + timedelta(hours=2)).isoformat()
    for name in ("scheduled", "scheduled_gone"):
        await maker.keep(name, "alice", "/api/v1/statuses", json={"status": name, "scheduled_at": later})
    for name in ("draft", "draft_gone"):
        await maker.keep(name, "alice", "/api/fedi/v1/drafts", json={"status": name})


async def _told(server: Server, maker: _Maker) -> None:
    await maker.ask("alice", "PUT", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    for name in ("frank", "gina", "henry", "erin"):
        await maker.ask(name, "POST", "/api/v1/statuses", json={"status": "@alice you do not know me"})
    await maker.find("/api/v1/notifications/requests", *(f"request_{n}" for n in range(1, 5)))
    await maker.find("/api/v1/notifications?types[]=mention", "notification")
    await maker.find("/api/v1/notifications?types[]=mention", "group_key", part="group_key")
    await maker.find("/api/v1/conversations", "conversation")
    subscription = {
        "subscription": {"endpoint": "https://push.example/1", "keys": {"p256dh": P256DH, "auth": AUTH}},
        "data": {"alerts": {"mention": True}, "policy": "all"},
    }
    await maker.ask("alice", "POST", "/api/v1/push/subscription", json=subscription)
    now = server.clock.now()
    said = await Announcement.create(
        id=server.new_id(),
        text="Welcome!",
        content="<p>Welcome!</p>",
        published_at=now,
        created_at=now,
        updated_at=now,
    )
    maker.names["announcement"] = str(said.id)
