"""Federation's own face on loopback ports: the routes that peers speak to, with a worker or without."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from fedi.actions import accounts, moderation
from fedi.clock import Clock
from fedi.federation.routes import ROUTES
from fedi.jobs import worker
from fedi.middleware import BodyLimit, DatabaseContext
from fedi.server import Server, open_server
from fedi.worker import TABLE
from tests.support.servers import settings_for

_PATIENCE_SECONDS = 10.0


@dataclass
class House:
    """A server that peers can reach at `url`; its database is active inside `server.db.activate()`."""

    url: str
    server: Server
    web: uvicorn.Server

    async def drain(self) -> int:
        """Run all jobs that are due."""
        with self.server.db.activate():
            return await worker.drain(self.server, TABLE)


def listening_socket(*, port: int = 0) -> socket.socket:
    """Take a loopback port, a free one unless it is named."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def free_port() -> int:
    """Give a port that nobody listens on."""
    with listening_socket() as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def served(app: ASGIApp, listener: socket.socket) -> AsyncIterator[uvicorn.Server]:
    """Serve an ASGI application on a socket of this process."""
    web = uvicorn.Server(
        uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1, interface="asgi3")
    )
    task = asyncio.ensure_future(web.serve(sockets=[listener]))
    while not web.started:
        if task.done():
            task.result()
            raise RuntimeError("the server did not start")
        await asyncio.sleep(0.005)
    try:
        yield web
    finally:
        # Uvicorn's own way out looks ten times a second whether it may go: too slow for so many tests.
        for server in web.servers:
            server.close()
        for connection in list(web.server_state.connections):
            connection.transport.close()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        listener.close()


@asynccontextmanager
async def house(
    folder: Path, *, clock: Clock | None = None, port: int = 0, **sections: Any
) -> AsyncIterator[House]:
    """Open a server over a migrated folder and let peers reach it; jobs run when the test drains them."""
    listener = listening_socket(port=port)
    port = listener.getsockname()[1]
    settings = settings_for(folder, port=port, **sections)
    async with open_server(settings, clock=clock) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            await moderation.ensure_allow_list(server)
        app = Starlette(
            routes=ROUTES,
            middleware=[
                Middleware(BodyLimit, upload_bytes=settings.media.max_bytes),
                Middleware(DatabaseContext),
            ],
        )
        app.state.server = server
        async with served(app, listener) as web:
            yield House(url=f"http://127.0.0.1:{port}", server=server, web=web)


async def settle(*houses: House) -> None:
    """Run the jobs of all houses until none makes another."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while sum([await each.drain() for each in houses]):
            pass
