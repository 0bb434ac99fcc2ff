"""A real server process that is killed between its commit and what follows from it: nothing is lost."""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from fedi.actions import accounts
from fedi.clock import Clock
from fedi.config import Settings
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.posts import Post
from fedi.models.relationships import Follow
from fedi.server import open_server
from tests.support.listening import listening_socket
from tests.support.peer import Peer, open_peer, post, signed
from tests.support.servers import eventually, make_person, settings_for, token_for

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SECRET = "a secret that only the tests know, long enough"


@dataclass
class Scene:
    """A folder with Alice's instance, followed by Bob of the peer, whom she follows too."""

    folder: Path
    settings: Settings
    token: str
    bob: str

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self.settings.base_url


async def set_up(folder: Path, peer: Peer) -> Scene:
    """Write the config and the people."""
    with listening_socket() as probe:
        port = probe.getsockname()[1]
    settings = settings_for(folder, port=port)
    (folder / "fedi.toml").write_text(
        f'[server]\ndomain = "127.0.0.1:{port}"\nport = {port}\ndevelopment = true\nsecret = "{SECRET}"\n'
    )
    bob = peer.actor("bob")
    async with open_server(settings) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            alice = await make_person(server, "alice")
            remote = await Account.create(
                id=server.new_id(),
                username="bob",
                username_lower="bob",
                domain=peer.host,
                uri=bob,
                inbox_url=f"{bob}/inbox",
                followers_url=f"{bob}/followers",
                key_id=f"{bob}#main-key",
                public_key_pem=peer.documents["/users/bob"]["publicKey"]["publicKeyPem"],
                created_at=server.clock.now(),
                fetched_at=server.clock.now(),
            )
            for follower, target in ((alice, remote), (remote, alice)):
                await Follow.create(
                    id=server.new_id(),
                    follower_id=follower.id,
                    target_id=target.id,
                    uri=f"{follower.uri}#follow",
                    state="accepted",
                    created_at=server.clock.now(),
                )
            return Scene(folder, settings, await token_for(server, alice), bob)


@asynccontextmanager
async def process(scene: Scene) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the server as its owner does; killed at the end in any case."""
    config = str(scene.folder / "fedi.toml")
    running = await asyncio.create_subprocess_exec(sys.executable, "-m", "fedi", "--config", config, "serve")
    try:
        await eventually(lambda: answers(scene), seconds=60)
        yield running
    finally:
        if running.returncode is None:
            os.kill(running.pid, signal.SIGKILL)
        await running.wait()


async def answers(scene: Scene) -> bool:
    """Whether the server answers yet."""
    try:
        async with httpx.AsyncClient(verify=False) as client:
            return (await client.get(f"{scene.url}/.well-known/nodeinfo")).status_code == 200
    except httpx.TransportError:
        return False


async def kill(running: asyncio.subprocess.Process, scene: Scene) -> None:
    """Kill the server as a power cut does; the leases of what it did lapse, as they would in a minute."""
    os.kill(running.pid, signal.SIGKILL)
    await running.wait()
    with sqlite3.connect(scene.settings.path(scene.settings.database.file)) as database:
        database.execute("UPDATE jobs SET leased_until = 0 WHERE state = 'running'")
    database.close()


async def hang(scope: Any, receive: Any, send: Any) -> None:
    """Take a request and never answer it."""
    await asyncio.Event().wait()


async def test_posts_committed_before_a_kill_arrive_after_the_restart(fresh_folder, clock):
    async with open_peer(clock) as peer:
        scene = await set_up(fresh_folder, peer)
        peer.answer_with = hang  # type: ignore[assignment]
        texts = [f"number {number}" for number in range(8)]

        async with process(scene) as running, httpx.AsyncClient(timeout=30, verify=False) as client:
            for text in texts:
                answer = await client.post(
                    f"{scene.url}/api/v1/statuses",
                    json={"status": text},
                    headers={"Authorization": f"Bearer {scene.token}"},
                )
                assert answer.status_code == 200, answer.text
            await eventually(lambda: has_received(peer, 1))
            await kill(running, scene)

        peer.received.clear()
        peer.answer_with = accept_all
        async with process(scene):
            await eventually(lambda: has_received(peer, len(texts)), seconds=30)

    arrived = {orjson.loads(body)["object"]["content"] for _, _, body in peer.received}
    assert arrived == {f"<p>{text}</p>" for text in texts}


async def test_an_activity_that_was_answered_202_is_applied_after_the_restart(fresh_folder, clock):
    async with open_peer(clock) as peer:
        scene = await set_up(fresh_folder, peer)
        notes = [peer.note(str(number), scene.bob) for number in range(10)]

        async with process(scene) as running:
            for note in notes:
                answer = await post(
                    f"{scene.url}/ap/inbox", peer.create(note), signer=scene.bob, now=Clock().now()
                )
                assert answer.status_code == 202
            await kill(running, scene)

        async with process(scene):
            wanted = {note["id"] for note in notes}
            await eventually(lambda: all_stored(scene, wanted), seconds=30)


async def test_deliveries_shuffled_doubled_and_cut_off_by_a_kill_are_applied_once(fresh_folder, clock):
    async with open_peer(clock) as peer:
        scene = await set_up(fresh_folder, peer)
        bodies = [orjson.dumps(peer.create(peer.note(str(number), scene.bob))) for number in range(500)]
        waiting = [*bodies, *bodies[:50]]
        random.Random(1).shuffle(waiting)

        async with process(scene) as running:
            sending = asyncio.ensure_future(deliver_all(scene, waiting))
            await eventually(lambda: some_stored(scene, 100), seconds=30)
            await kill(running, scene)
            unanswered = await sending
        assert 0 < len(unanswered) < len(waiting)

        async with process(scene):
            assert await deliver_all(scene, unanswered) == []
            await eventually(lambda: some_stored(scene, len(bodies)), seconds=60)

        async with open_server(scene.settings) as server:
            with server.db.activate():
                assert await Post.all().count() == len(bodies)
                assert (await Account.get(uri=scene.bob)).posts_count == len(bodies)
                assert not await Job.filter(kind="ApplyActivity").exclude(state="done").exists()


async def deliver_all(scene: Scene, bodies: list[bytes]) -> list[bytes]:
    """Deliver activities of Bob, some at a time; gives those that were not answered 202."""
    waiting, unanswered = iter(bodies), list[bytes]()

    async def send(client: httpx.AsyncClient) -> None:
        for body in waiting:
            url = f"{scene.url}/ap/inbox"
            headers = signed(url, body, key_id=f"{scene.bob}#main-key", now=Clock().now())
            try:
                answer = await client.post(url, content=body, headers=headers)
            except httpx.TransportError:
                unanswered.append(body)
            else:
                unanswered.extend([body] * (answer.status_code != 202))

    async with httpx.AsyncClient(timeout=30, verify=False) as client:
        await asyncio.gather(*(send(client) for _ in range(8)))
    return unanswered


async def some_stored(scene: Scene, count: int) -> bool:
    """Whether so many posts are stored, as another process sees it."""
    with closing(sqlite3.connect(scene.settings.path(scene.settings.database.file))) as database:
        return bool(database.execute("SELECT count(*) >= ? FROM posts", [count]).fetchone()[0])


async def accept_all(scope: Any, receive: Any, send: Any) -> None:
    """Answer 202."""
    await send({"type": "http.response.start", "status": 202, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def has_received(peer: Peer, count: int) -> bool:
    """Whether so many deliveries came."""
    return len(peer.received) >= count


async def all_stored(scene: Scene, uris: set[str]) -> bool:
    """Whether every post with these ids is stored."""
    async with open_server(scene.settings) as server:
        with server.db.activate():
            return await Post.filter(uri__in=list(uris)).count() == len(uris)
