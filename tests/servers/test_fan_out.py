"""A server process that is killed again and again while posts go out: every inbox gets them (T177)."""

import asyncio
import random
from contextlib import AsyncExitStack

import httpx
import orjson
import pytest

from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.server import open_server
from tests.servers.test_crash import Scene, accept_all, kill, process, set_up
from tests.support.peer import Peer, open_peer
from tests.support.servers import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

INBOXES = 50
POSTS = 3
SEEDED = random.Random(177)


async def follow(scene: Scene, peer: Peer) -> None:
    """Have fifty people of the peer follow Alice, each with an inbox of their own."""
    async with open_server(scene.settings) as server:
        with server.db.activate():
            alice, now = await Account.get(username_lower="alice"), server.clock.now()
            people = [
                Account(
                    id=server.new_id(),
                    username=f"p{number}",
                    username_lower=f"p{number}",
                    domain=peer.host,
                    uri=f"{peer.url}/users/p{number}",
                    inbox_url=f"{peer.url}/users/p{number}/inbox",
                    created_at=now,
                    fetched_at=now,
                )
                for number in range(INBOXES)
            ]
            async with server.db.transaction():
                await Account.bulk_create(people)
                await Follow.bulk_create(
                    Follow(
                        id=server.new_id(),
                        follower_id=person.id,
                        target_id=alice.id,
                        state="accepted",
                        uri=f"{person.uri}#follow",
                        created_at=now,
                    )
                    for person in people
                )


async def accept_slowly(scope, receive, send):
    """Answer 202 after a moment, so that a kill finds deliveries under way."""
    await asyncio.sleep(0.01)
    await accept_all(scope, receive, send)


async def test_every_inbox_gets_every_post_however_often_the_server_is_killed(fresh_folder, clock):
    async with open_peer(clock) as peer, AsyncExitStack() as stack:
        peer.answer_with = accept_slowly
        scene = await set_up(fresh_folder, peer)
        await follow(scene, peer)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30, verify=False))
        texts = [f"<p>number {number}</p>" for number in range(POSTS)]
        wanted = {(f"/users/p{number}/inbox", text) for number in range(INBOXES) for text in texts}

        for number in range(POSTS):
            async with process(scene) as running:
                answer = await client.post(
                    f"{scene.url}/api/v1/statuses",
                    json={"status": f"number {number}"},
                    headers={"Authorization": f"Bearer {scene.token}"},
                )
                assert answer.status_code == 200, answer.text
                before, some = len(peer.received), SEEDED.randrange(INBOXES)
                await eventually(lambda least=before + some: has(peer, least))
                await kill(running, scene)
        killed_with = got(peer)
        async with process(scene):
            await eventually(lambda: has_all(peer, wanted), seconds=30)

    assert killed_with < wanted
    # Twice at most what was under way when the server was killed.
    assert len(peer.received) <= len(wanted) + POSTS * (1 + 4 + 4)


def got(peer: Peer) -> set[tuple[str, str]]:
    """Give which inbox has which post; Bob's, who follows too, aside."""
    arrived = {(path, orjson.loads(body)["object"]["content"]) for path, _, body in peer.received}
    return {(path, text) for path, text in arrived if path != "/users/bob/inbox"}


async def has(peer: Peer, least: int) -> bool:
    return len(peer.received) >= least


async def has_all(peer: Peer, wanted: set[tuple[str, str]]) -> bool:
    return got(peer) >= wanted
