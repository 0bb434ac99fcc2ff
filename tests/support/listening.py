"""Ports of loopback, and applications served on them in this process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from fedi.connections import PromptProtocol


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
        uvicorn.Config(
            app,
            http=PromptProtocol,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=1,
            interface="asgi3",
        )
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
