"""Documents that are kept as bytes: never stale, and never for those who may not read them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec import structs

from fedi.actions import moderation
from fedi.app import create_app
from fedi.clock import TurnableClock
from fedi.config import FederationSettings, Settings
from fedi.federation.documents import Documents
from fedi.models.accounts import Account
from fedi.models.polls import Poll
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_account, make_post
from tests.support.worlds import World, make_world

pytestmark = pytest.mark.anyio
SIGNED = 'keyId="https://bad.example/u#key",algorithm="rsa-sha256",headers="host",signature="eA=="'


@asynccontextmanager
async def asking(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(server.settings)
    app.state.server = server
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    headers = {"Accept": "application/activity+json"}
    async with httpx.AsyncClient(
        transport=transport, base_url=server.uris.base_url, headers=headers
    ) as client:
        yield client


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(server) as client:
        yield client


@pytest.fixture
async def world(server: Server) -> World:
    return await make_world(server)


def kept(server: Server) -> Documents:
    return server.memory.of(Documents)


async def made(server: Server, client: httpx.AsyncClient, path: str) -> Any:
    """Ask with nothing kept."""
    kept(server).changed(frozenset())
    kept(server).by_path.clear()
    return (await client.get(path)).json()


def paths(world: World) -> list[str]:
    ours = [f"/ap/o/{post.id}" for post in world.posts if post.local]
    return [*ours, f"/ap/u/{world.alice.id}", f"/ap/u/{world.bob.id}"]


async def test_what_is_kept_is_sent_as_it_was(server: Server, client: httpx.AsyncClient) -> None:
    alice = await make_account(server, "alice")
    first = await client.get(f"/ap/u/{alice.id}")
    assert f"/ap/u/{alice.id}" in kept(server).by_path

    again = await client.get(f"/ap/u/{alice.id}")

    assert (again.status_code, again.content) == (200, first.content)
    assert {**again.headers, "x-request-id": ""} == {**first.headers, "x-request-id": ""}


async def test_who_has_a_document_is_told_so(server: Server, client: httpx.AsyncClient) -> None:
    alice = await make_account(server, "alice")
    etag = (await client.get(f"/ap/u/{alice.id}")).headers["etag"]

    for headers in ({"If-None-Match": etag}, {"If-None-Match": etag, "Origin": "https://app.example"}):
        answer = await client.get(f"/ap/u/{alice.id}", headers=headers)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await client.get(f"/ap/u/{alice.id}", headers={"If-None-Match": '"x"'})).status_code == 200


async def test_whatever_is_written_is_seen_at_once(world: World, client: httpx.AsyncClient) -> None:
    server = world.server
    tables = ("posts", "accounts", "polls", "mentions", "quotes", "post_tags", "tags", "media_attachments")
    for table in tables:
        for column in await server.db.rows(f"PRAGMA table_info('{table}')"):
            name, is_text = column["name"], "CHAR" in column["type"] or column["type"] == "TEXT"
            if name == "id" or name.endswith(("_id", "_at", "_key", "uri", "pem")) or not is_text:
                continue
            for path in paths(world):
                await client.get(path)
            before = {row["id"]: row[name] for row in await server.db.rows(f"SELECT id, {name} FROM {table}")}
            await server.db.execute(f"UPDATE {table} SET {name} = 'x' || {name}")
            for path in paths(world):
                seen = (await client.get(path)).json()
                assert seen == await made(server, client, path), (table, name, path)
            for id_, value in before.items():
                await server.db.execute(f"UPDATE {table} SET {name} = ? WHERE id = ?", [value, id_])


async def test_an_answer_of_the_author_is_seen(server: Server, client: httpx.AsyncClient) -> None:
    alice = await make_account(server, "alice")
    post = await make_post(server, alice)
    await client.get(f"/ap/o/{post.id}")

    answer = await make_post(server, alice, "and more", in_reply_to=post)

    assert answer.uri in (await client.get(f"/ap/o/{post.id}")).text


@pytest.mark.parametrize("columns", [{"visibility": "followers"}, {"visibility": "direct"}])
async def test_what_is_not_for_all_is_not_kept(
    server: Server, client: httpx.AsyncClient, columns: dict[str, Any]
) -> None:
    alice = await make_account(server, "alice")
    post = await make_post(server, alice, **columns)

    assert (await client.get(f"/ap/o/{post.id}")).status_code == 404
    assert not kept(server).by_path


async def test_what_goes_is_gone(server: Server, client: httpx.AsyncClient) -> None:
    alice = await make_account(server, "alice")
    post = await make_post(server, alice)
    assert (await client.get(f"/ap/o/{post.id}")).status_code == 200

    await Post.filter(id=post.id).delete()

    assert (await client.get(f"/ap/o/{post.id}")).status_code == 404


async def test_who_is_suspended_is_not_shown(server: Server, client: httpx.AsyncClient) -> None:
    alice = await make_account(server, "alice")
    post = await make_post(server, alice)
    for path in (f"/ap/u/{alice.id}", f"/ap/o/{post.id}"):
        assert (await client.get(path)).status_code == 200

    await Account.filter(id=alice.id).update(suspended_at=server.clock.now())

    assert (await client.get(f"/ap/u/{alice.id}")).status_code == 403
    assert (await client.get(f"/ap/o/{post.id}")).status_code == 404


async def test_a_suspended_host_is_refused_what_is_kept(server: Server, client: httpx.AsyncClient) -> None:
    alice = await make_account(server, "alice")
    path, signed = f"/ap/u/{alice.id}", {"Signature": SIGNED}
    assert (await client.get(path)).status_code == 200
    assert (await client.get(path, headers=signed)).status_code == 200

    await moderation.block_domain(server, "bad.example", by="test")

    assert (await client.get(path)).status_code == 200
    assert (await client.get(path, headers=signed)).status_code == 403


async def test_nothing_is_kept_where_signatures_are_demanded(settings: Settings, server: Server) -> None:
    demanding = FederationSettings(authorised_fetch=True)
    assert demanding.demands_signatures
    strict = replace(server, settings=structs.replace(settings, federation=demanding))
    alice = await make_account(server, "alice")

    async with asking(strict) as client:
        answers = [await client.get(f"/ap/u/{alice.id}") for _ in range(2)]

    assert all("inbox" in answer.json() and "outbox" not in answer.json() for answer in answers)
    assert not kept(strict).by_path


async def test_a_poll_ends(server: Server, client: httpx.AsyncClient, clock: TurnableClock) -> None:
    alice = await make_account(server, "alice")
    post = await make_post(server, alice, kind="Question")
    ends_at = server.clock.now() + timedelta(hours=1)
    options = [{"name": "this", "votes": 0}, {"name": "that", "votes": 0}]
    await Poll.create(id=server.new_id(), post=post, options=options, ends_at=ends_at)
    await client.get(f"/ap/o/{post.id}")

    clock.turn(hours=2)

    seen = (await client.get(f"/ap/o/{post.id}")).json()
    assert seen == await made(server, client, f"/ap/o/{post.id}")
