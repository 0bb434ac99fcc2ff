"""Whole servers for tests: settings, people, and a running instance on a loopback port."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn

from fedi.actions import oauth, signup
from fedi.app import create_app
from fedi.clock import Clock
from fedi.config import (
    DatabaseSettings,
    JobSettings,
    LimitSettings,
    LogSettings,
    ServerSettings,
    Settings,
)
from fedi.connections import PROTOCOLS
from fedi.models.accounts import Account
from fedi.models.users import User
from fedi.server import Server
from tests.conformance.hooks import watch

T = TypeVar("T")
PASSWORD = "correct horse battery staple"
ALL_SCOPES = "read write follow push profile"
# Tests ask quickly and from one address; those about limits set their own.
GENEROUS = LimitSettings(
    uploads_per_half_hour=1000,
    deletes_per_half_hour=1000,
    posts_per_three_hours=10_000,
    follows_per_day=10_000,
    sign_ups_per_half_hour=1000,
    apps_per_ten_minutes=1000,
)


def settings_for(folder: Path, *, port: int, embedded: bool = True, **sections: Any) -> Settings:
    """Settings of a development server whose data lie in `folder`."""
    return Settings(
        **{
            "server": ServerSettings(
                domain=f"127.0.0.1:{port}",
                port=port,
                development=True,
                secret="a secret that only the tests know, long enough",
            ),
            "database": DatabaseSettings(synchronous="NORMAL"),
            "jobs": JobSettings(embedded=embedded),
            "limits": GENEROUS,
            "logs": LogSettings(level="warning"),
            "root": str(folder),
            **sections,
        }
    )


async def make_person(server: Server, username: str, **more: Any) -> Account:
    """Register a local person with the usual password."""
    user = await signup.register(server, username=username, password=PASSWORD, **more)
    return await Account.get(id=user.account_id)


async def token_for(server: Server, account: Account, scopes: str = ALL_SCOPES) -> str:
    """Give a bearer token of a local person."""
    user = await User.get(account_id=account.id)
    return await oauth.issue_token(server, None, user, scopes)


@dataclass
class Running:
    """A server that answers on a loopback port."""

    url: str
    server: Server

    async def person(self, username: str, **more: Any) -> Account:
        """Register somebody on this server."""
        with self.server.db.activate():
            return await make_person(self.server, username, **more)

    async def client(self, account: Account | None = None, scopes: str = ALL_SCOPES) -> httpx.AsyncClient:
        """An HTTP client of this server, with the bearer token of `account` if one is given."""
        headers = {}
        if account is not None:
            with self.server.db.activate():
                headers["Authorization"] = f"Bearer {await token_for(self.server, account, scopes)}"
        return httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=30, event_hooks={"response": [watch]}
        )


@asynccontextmanager
async def running_server(
    folder: Path, *, clock: Clock | None = None, embedded: bool = True, **sections: Any
) -> AsyncIterator[Running]:
    """Serve a whole instance on a free loopback port of this process until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = create_app(settings_for(folder, port=port, embedded=embedded, **sections), clock=clock)
    web = _PromptServer(
        uvicorn.Config(app, **PROTOCOLS, log_config=None, lifespan="on", timeout_graceful_shutdown=2)
    )
    task = asyncio.ensure_future(web.serve(sockets=[listener]))
    while not web.started:
        if task.done():
            task.result()
            raise RuntimeError("the server did not start")
        await asyncio.sleep(0.01)
    try:
        yield Running(url=f"http://127.0.0.1:{port}", server=app.state.server)
    finally:
        web.should_exit = True
        web.asked.set()
        await task
        listener.close()


class _PromptServer(uvicorn.Server):
    """Uvicorn looks ten times a second whether it may stop, and waits as long: too slow for many tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.asked = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until asked to stop."""
        await self.on_tick(0)
        await self.asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open, let the requests that run finish for a moment, and end the application."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(2):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(0.005)
        except TimeoutError:
            logging.getLogger(__name__).warning("graceful shutdown exceeded")
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


async def eventually(check: Callable[[], Awaitable[T]], *, seconds: float = 10.0) -> T:
    """Wait until `await check()` is true (or gives a value) and return what it gave."""
    async with asyncio.timeout(seconds):
        while True:
            found = await check()
            if found:
                return found
            await asyncio.sleep(0.02)
