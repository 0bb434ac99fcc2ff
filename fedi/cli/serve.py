"""fedi serve, fedi run: the web server with its worker inside."""

import asyncio
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

import click
import uvicorn

from fedi.app import create_app
from fedi.cli import setup
from fedi.cli.allocator import give_back_large_blocks
from fedi.cli.console import config_file, fail, settings_of
from fedi.config import Settings, load
from fedi.confined.granted import limits_granted
from fedi.connections import PROTOCOLS
from fedi.errors import FediError
from fedi.logs import logger
from fedi.migrate import migrate

_BACKLOG = 2048
_GRACE_SECONDS = 5


@click.command()
@click.option("--host", default="", help="The address to listen on instead of the settings'.")
@click.option("--port", default=0, help="The port to listen on instead of the settings'.")
@click.pass_context
def serve(context: click.Context, *, host: str, port: int) -> None:
    """Serve this instance: pages, client API, federation, and the worker inside."""
    try:
        settings = settings_of(context)
        with listen(host or settings.server.host, port or settings.server.port) as listener:
            asyncio.run(migrate(settings.path(settings.database.file), report=_say))
            _serve(settings, listener)
    except FediError as error:
        fail(str(error))


@click.command()
@click.option("--port", default=setup.LOCAL_PORT, show_default=True, help="The port of a new local instance.")
@click.pass_context
def run(context: click.Context, *, port: int) -> None:
    """Set up what is missing for an instance on this machine, then serve it."""
    try:
        file = config_file(context)
        if not file.exists():
            listen("127.0.0.1", port).close()
            setup.write_config(file, domain=f"127.0.0.1:{port}", port=port, development=True)
            _say(f"wrote {file.name} with fresh secrets")
        settings = settings_of(context)
        if settings.server.development and port not in {setup.LOCAL_PORT, settings.server.port}:
            fail(
                f"{file.name} is for port {settings.server.port}, which is part of every id of this instance."
                " Another port needs another config file: fedi --config OTHER.toml run --port PORT"
            )
        with listen(settings.server.host, settings.server.port) as listener:
            asyncio.run(migrate(settings.path(settings.database.file), report=_say))
            owner = asyncio.run(setup.first_owner(settings))
            if owner is not None:
                _say(f"made the owner's account. User name: {owner.name}   Password: {owner.password}")
                _say("the password is shown this once; `fedi account password owner` makes another")
            _serve(settings, listener)
    except FediError as error:
        fail(str(error))


def listen(host: str, port: int) -> socket.socket:
    """Bind the port before anything else is done. Raises FediError when it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise FediError(
            f"{host}:{port} cannot be listened on: {error.strerror}. Is another server running there?"
        ) from error
    listener.setblocking(False)
    return listener


def web_config(settings: Settings, app: Any) -> uvicorn.Config:
    """How the application is served. Who the request is from is believed of the trusted proxies alone."""
    return uvicorn.Config(
        app,
        **PROTOCOLS,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.server.trusted_proxies),
        forwarded_allow_ips=settings.server.trusted_proxies,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _serve(settings: Settings, listener: socket.socket) -> None:
    give_back_large_blocks()
    # Told while the server is already answering: a tenth of a second is long at a start.
    threading.Thread(target=warn_of_open_sandbox, args=[settings], daemon=True).start()
    web = uvicorn.Server(web_config(settings, _Announced(create_app(settings), settings.base_url)))
    # Uvicorn raises the signal that stopped it once more when all is closed.
    with suppress(KeyboardInterrupt):
        web.run(sockets=[listener])
    if not web.started:
        raise FediError("The server could not start; the lines above say why.")


def warn_of_open_sandbox(settings: Settings) -> None:
    """Say in the log which bounds of the processes that read pictures this system does not grant, if any."""
    studio = settings.studio
    try:
        granted = limits_granted(
            threads=studio.threads,
            seconds=studio.seconds,
            memory_bytes=studio.memory_mb * 1024 * 1024,
            providers=tuple(studio.providers),
        )
    except FediError as error:
        logger().warning("studio.sandbox", problem=str(error))
        return
    if missing := [name for name, holds in granted.items() if not holds]:
        logger().warning("studio.sandbox", not_in_force=missing, more="fedi doctor")


class _Announced:
    """The application, telling the person at the terminal when it is ready."""

    def __init__(self, app: Any, url: str) -> None:
        self.app, self.url = app, url

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return

        async def told(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                _say(f"ready: {self.url}   (Ctrl+C stops it)")

        await self.app(scope, receive, told)


@click.command()
@click.pass_context
def check_config(context: click.Context) -> None:
    """Read the config file and say whether it can be served with."""
    try:
        settings = load(config_file(context))
    except FediError as error:
        fail(str(error))
    else:
        _say(f"{config_file(context)} is fine: {settings.base_url}")


def _say(text: str) -> None:
    print(f"fedi: {text}", file=sys.stderr, flush=True)
