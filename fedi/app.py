"""The ASGI application: routes of every face, middleware, and the server that opens and closes with it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response

from fedi import mediaroutes
from fedi.actions import accounts, keys, moderation
from fedi.actions.clips import largest_upload
from fedi.c2s import routes as c2s_routes
from fedi.clock import Clock
from fedi.config import Settings
from fedi.errors import FediError, NotFound, TooMany
from fedi.federation import routes as federation_routes
from fedi.federation.documents import DocumentsFirst
from fedi.federation.doorway import InboxesFirst
from fedi.mastodon import happenings
from fedi.mastodon import responses as mastodon_responses
from fedi.mastodon import routes as mastodon_routes
from fedi.mastodon.lane import ApiFirst
from fedi.mastodon.router import Router
from fedi.middleware import BodyLimit, DatabaseContext, Headers, SharedWithAll
from fedi.server import open_server
from fedi.web import errors as web_errors
from fedi.web import routes as web_routes
from fedi.worker import run_worker

_JSON_PREFIXES = (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/ap/",
    "/.well-known/",
    "/nodeinfo",
)
_STOP_SECONDS = 10.0


def create_app(settings: Settings, *, clock: Clock | None = None) -> Starlette:
    """Build the application; its lifespan opens the server and, if the settings say so, the worker."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_server(settings, clock=clock) as server:
            app.state.server = server
            with server.db.activate():
                await accounts.ensure_instance_actor(server)
                await keys.complete(server)
                await moderation.ensure_allow_list(server)
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(happenings.keep_telling(server))
                worker = group.create_task(run_worker(server, stop)) if settings.jobs.embedded else None
                yield
                stop.set()
                if worker is not None:
                    await _ended(worker)
                telling.cancel()

    return Starlette(
        routes=[
            *c2s_routes.WITH_TOKEN,
            *federation_routes.ROUTES,
            *c2s_routes.ROUTES,
            *mastodon_routes.ROUTES,
            *mediaroutes.ROUTES,
            *web_routes.ROUTES,
        ],
        middleware=[
            Middleware(Headers, settings=settings),
            Middleware(InboxesFirst),
            Middleware(SharedWithAll),
            Middleware(DocumentsFirst),
            # Starlette's own stands outside all these: what it says would go out without their headers.
            Middleware(ServerErrorMiddleware, handler=_bug),
            Middleware(BodyLimit, upload_bytes=largest_upload(settings)),
            Middleware(DatabaseContext),
            Middleware(ApiFirst, router=Router(mastodon_routes.TABLE)),
        ],
        exception_handlers={FediError: _known, HTTPException: _http},
        lifespan=lifespan,
    )


async def _ended(worker: asyncio.Task[None]) -> None:
    """Wait for the running jobs, but not for ever: what is cut off here runs again after the start."""
    _, late = await asyncio.wait([worker], timeout=_STOP_SECONDS)
    for task in late:
        task.cancel()


async def _known(request: Request, error: Any) -> Response:
    response = await _worded(request, error)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


async def _http(request: Request, error: Any) -> Response:
    if error.status_code == NotFound.status_code:
        return await _worded(request, NotFound())
    if request.url.path.startswith(_JSON_PREFIXES):
        return Response(
            json.dumps({"error": error.detail}),
            status_code=error.status_code,
            headers=error.headers,
            media_type="application/json; charset=utf-8",
        )
    return Response(
        error.detail, status_code=error.status_code, headers=error.headers, media_type="text/plain"
    )


async def _bug(request: Request, _: Exception) -> Response:
    """Say no more than that it was us; Starlette raises the error again and the server logs it."""
    return await _worded(request, FediError("Something went wrong on our side."))


async def _worded(request: Request, error: FediError) -> Response:
    if request.url.path.startswith(_JSON_PREFIXES):
        return mastodon_responses.error(error)
    return await web_errors.page(request, error)
