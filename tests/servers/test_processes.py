"""Two real processes on one database: what one takes in, the other's listeners hear."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from fedi.actions import oauth
from fedi.config import Settings
from fedi.server import open_server
from tests.mastodon.streams import Socket
from tests.support.listening import listening_socket
from tests.support.servers import eventually, make_person, settings_for, token_for

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SECRET = "a secret that only the tests know, long enough"


def free_port() -> int:
    with listening_socket() as probe:
        return int(probe.getsockname()[1])


async def set_up(folder: Path, port: int) -> tuple[Settings, str]:
    """Write the config, and give a token of a person."""
    settings = settings_for(folder, port=port)
    (folder / "fedi.toml").write_text(
        f'[server]\ndomain = "127.0.0.1:{port}"\nport = {port}\ndevelopment = true\nsecret = "{SECRET}"\n'
    )
    async with open_server(settings) as server:
        with server.db.activate():
            return settings, await token_for(server, await make_person(server, "alice"))


@asynccontextmanager
async def process(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `fedi serve` on a port; killed at the end in any case."""
    config = ["--config", str(folder / "fedi.toml")]
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fedi", *config, "serve", "--port", str(port)
    )

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                url = f"http://127.0.0.1:{port}/.well-known/nodeinfo"
                return (await client.get(url)).status_code == 200
        except httpx.TransportError:
            return False

    try:
        await eventually(answers, seconds=60)
        yield running
    finally:
        if running.returncode is None:
            os.kill(running.pid, signal.SIGKILL)
        await running.wait()


async def test_two_processes_are_one_server(fresh_folder: Path) -> None:
    first_port, second_port = free_port(), free_port()
    settings, token = await set_up(fresh_folder, first_port)
    sockets = Path(f"{settings.path(settings.database.file)}-live")
    async with (
        process(fresh_folder, first_port) as first,
        process(fresh_folder, second_port),
        httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=20) as client,
        connect(
            f"ws://127.0.0.1:{second_port}/api/v1/streaming?stream=user", subprotocols=[token]
        ) as connection,
    ):
        listener = Socket(connection)
        await listener.settle()
        await eventually_number(sockets, 2)

        await post(client, first_port, "by way of the first")
        async with asyncio.timeout(1):
            assert (await listener.event("update"))["content"] == "<p>by way of the first</p>"

        os.kill(first.pid, signal.SIGKILL)
        await first.wait()
        await post(client, second_port, "by way of the second")
        async with asyncio.timeout(1):
            assert (await listener.event("update"))["content"] == "<p>by way of the second</p>"
        await eventually_number(sockets, 1)

        # A command that only publishes ends what another process has open.
        async with open_server(settings) as server:
            with server.db.activate():
                await oauth.revoke(server, token)
        assert await listener.closed() == 1008


async def post(client: httpx.AsyncClient, port: int, text: str) -> None:
    answer = await client.post(f"http://127.0.0.1:{port}/api/v1/statuses", json={"status": text})
    assert answer.status_code == 200, answer.text


async def eventually_number(folder: Path, number: int) -> None:
    """Wait until so many processes listen."""

    async def is_so() -> bool:
        return len(os.listdir(folder)) == number

    await eventually(is_so)
