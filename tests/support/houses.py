"""Federation's own face, and stored files, on loopback ports: what peers ask for; with a worker or not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from fedi import mediaroutes
from fedi.actions import accounts, moderation
from fedi.clock import Clock
from fedi.federation.routes import ROUTES
from fedi.jobs import worker
from fedi.middleware import BodyLimit, DatabaseContext
from fedi.server import Server, open_server
from fedi.worker import TABLE
from tests.support.listening import listening_socket, served
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
            routes=[*ROUTES, *mediaroutes.ROUTES],
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
