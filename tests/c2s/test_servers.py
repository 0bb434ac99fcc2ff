"""Strangers' clients on two whole servers that federate, and a peer that keeps what it is sent."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from fedi.clock import Clock
from tests.c2s.client import PUBLIC, Client, Json, let_in, open_client
from tests.support.peer import open_peer
from tests.support.servers import PASSWORD, Running, running_server

pytestmark = pytest.mark.anyio


@dataclass
class Worlds:
    """Alice's client on one server, Bob's on another."""

    a: Running
    alice: Client
    bob: Client


@pytest.fixture(scope="module")
async def worlds(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> AsyncIterator[Worlds]:
    """Both let in as a stranger's program is: discovered, registered, consented to."""
    async with AsyncExitStack() as stack:
        clients, sites = [], []
        for name in ("alice", "bob"):
            folder = tmp_path_factory.mktemp(name)
            (folder / "data").mkdir()
            shutil.copy(migrated_file, folder / "data" / "fedi.db")
            site = await stack.enter_async_context(running_server(folder))
            person = await site.person(name)
            client = await stack.enter_async_context(open_client(person.uri))
            await let_in(client, name, PASSWORD)
            client.actor = await client.get(person.uri)
            clients.append(client)
            sites.append(site)
        yield Worlds(sites[0], *clients)


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for what the other server is told."""
    async with asyncio.timeout(20):
        while not (found := await check()):
            await asyncio.sleep(0.1)
    return found


async def arrived(client: Client, kind: str, *, about: str = "", **wanted: object) -> Json:
    """Wait for an activity in an inbox; `about` is the id of an object that stands in it whole."""

    async def look() -> Json | None:
        for each in await client.items(client.actor["inbox"]):
            is_about = not about or each["object"]["id"] == about
            if each["type"] == kind and is_about and all(each[key] == wanted[key] for key in wanted):
                return each
        return None

    return await until(look)


async def test_a_day_on_two_servers(worlds: Worlds):
    alice, bob = worlds.alice, worlds.bob
    me, them = alice.actor["id"], bob.actor["id"]

    # Alice lets in by hand; the follow counts once she has.
    await alice.post({"type": "Update", "object": {"id": me, "manuallyApprovesFollowers": True}})
    follow = await bob.post({"type": "Follow", "object": me})
    asked = await arrived(alice, "Follow", actor=them)
    assert (asked["id"], await bob.items(bob.actor["following"])) == (follow, [])
    await alice.post({"type": "Accept", "object": asked["id"]})
    await arrived(bob, "Accept", actor=me)
    assert await bob.items(bob.actor["following"]) == [me]
    assert await alice.items(alice.actor["followers"]) == [them]

    # A post for followers arrives with its words, and what Bob does to it comes back.
    create = await alice.post(
        {"type": "Note", "content": "<p>Fox</p>", "to": [alice.actor["followers"]], "cc": [them]}
    )
    came = await arrived(bob, "Create", id=create)
    note = came["object"]["id"]
    assert came["object"]["content"] == "<p>Fox</p>"
    like = await bob.post({"type": "Like", "object": note})
    await arrived(alice, "Like", id=like)
    assert note in await bob.items(bob.actor["liked"])
    reply = await bob.post({"type": "Note", "content": "Nice", "inReplyTo": note, "to": [me]})
    assert (await arrived(alice, "Create", id=reply))["object"]["inReplyTo"] == note

    # A partial update goes out whole; a delete leaves nothing but a tombstone.
    await alice.post({"type": "Update", "object": {"id": note, "content": "<p>Two foxes</p>"}})
    changed = (await arrived(bob, "Update", about=note))["object"]
    assert (changed["content"], changed["type"]) == ("<p>Two foxes</p>", "Note")
    await bob.post({"type": "Undo", "object": like})
    await arrived(alice, "Undo", actor=them)
    await alice.post({"type": "Delete", "object": note})
    await arrived(bob, "Delete", about=note)
    await alice.get(note, status=410)

    # And out again.
    await alice.post({"type": "Reject", "object": asked["id"]})
    await arrived(bob, "Reject", actor=me)
    assert await bob.items(bob.actor["following"]) == []


async def test_an_object_of_the_other_server_comes_through_the_proxy(worlds: Worlds):
    create = await worlds.bob.post({"type": "Note", "content": "public", "to": [PUBLIC]})
    private = await worlds.bob.post(
        {"type": "Note", "content": "private", "to": [worlds.bob.actor["followers"]]}
    )
    note, hidden = [(await worlds.bob.get(each))["object"]["id"] for each in (create, private)]

    answer = await worlds.alice.through_proxy(note)

    assert (answer.status_code, answer.json()["content"]) == (200, "public")
    assert (await worlds.alice.through_proxy(hidden)).status_code == 404


async def test_what_is_delivered_names_no_hidden_recipient(worlds: Worlds):
    """T175."""
    async with open_peer(Clock()) as peer:
        shown, hidden = peer.actor("shown"), peer.actor("hidden")

        create = await worlds.alice.post(
            {"type": "Note", "content": "psst", "to": [shown], "bto": [hidden], "bcc": [hidden]}
        )

        async def both() -> bool:
            return {path for path, _, _ in peer.received} >= {"/users/shown/inbox", "/users/hidden/inbox"}

        await until(both)
        bodies = [orjson.loads(body) for _, _, body in peer.received]
    assert {body["id"] for body in bodies} == {create}
    assert hidden not in str(bodies)
    assert "'bto'" not in str(bodies)
    assert "'bcc'" not in str(bodies)
    outbox = await worlds.alice.items(worlds.alice.actor["outbox"])
    assert hidden not in str(outbox)
