"""A client of the streaming API as apps have it, and what it hears."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from fedi.models.accounts import Account
from tests.support.servers import Running, token_for

SECONDS = 5


@dataclass
class Socket:
    """An open WebSocket."""

    connection: ClientConnection

    async def ask(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def subscribe(self, stream: str, **more: Any) -> None:
        """Ask for a stream, and wait until all that was asked before is done."""
        await self.ask(type="subscribe", stream=stream, **more)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the server has read what was sent."""
        await self.ask(type="nonsense")
        async with asyncio.timeout(SECONDS):
            assert json.loads(await self.connection.recv())["error"] == "Unknown message type"

    async def hear(self) -> dict[str, Any]:
        """Give the next message."""
        async with asyncio.timeout(SECONDS):
            return json.loads(await self.connection.recv())

    async def event(self, name: str) -> Any:
        """Give what the next message says, which is of this event."""
        heard = await self.hear()
        assert heard["event"] == name, heard
        return json.loads(heard["payload"])

    async def closed(self) -> int:
        """Wait for the end and give its code."""
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code


@asynccontextmanager
async def listening(
    running: Running, account: Account, scopes: str = "read", **query: str
) -> AsyncIterator[Socket]:
    """Listen as a person."""
    with running.server.db.activate():
        token = await token_for(running.server, account, scopes)
    async with socket_of(running, {"access_token": token, **query}) as socket:
        yield socket


@asynccontextmanager
async def socket_of(
    running: Running, query: dict[str, str] | None = None, *, path: str = "/api/v1/streaming", **more: Any
) -> AsyncIterator[Socket]:
    """Open a WebSocket."""
    url = running.url.replace("http", "ws") + path + "?" + urlencode(query or {})
    async with connect(url, compression=None, **more) as connection:
        socket = Socket(connection)
        await socket.settle()
        yield socket


@asynccontextmanager
async def lines_of(client: httpx.AsyncClient, path: str) -> AsyncIterator[AsyncIterator[str]]:
    """Open a stream of server-sent events, after its first line."""
    async with client.stream("GET", path) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.aiter_lines()
        assert await anext(lines) == ":)"
        yield lines
