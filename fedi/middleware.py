"""What every request passes through, as plain ASGI: database, size limit, headers, CORS, one log line.

Starlette's BaseHTTPMiddleware costs five times as much a request, so it is not used.
"""

import random
import time

import structlog
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedi.config import Settings
from fedi.logs import logger

_BODY_BYTES = 1024 * 1024
_FORM_OVERHEAD_BYTES = 256 * 1024
_UPLOAD_PREFIXES = (
    "/api/v1/media",
    "/api/v2/media",
    "/api/v1/accounts/update_credentials",
    "/api/v1/profile",
    "/studio",
    "/settings",
    "/compose",
    "/ap/media",
)
_SHARED_PREFIXES = (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/.well-known/",
    "/nodeinfo",
    "/ap/",
)
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data: blob: {images}; media-src 'self' {images}; style-src 'self';"
    " script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)


class DatabaseContext:
    """Makes the server's database the current one for the request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the database active; the lifespan opens it itself."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        with scope["app"].state.server.db.activate():
            await self.app(scope, receive, send)


class BodyLimit:
    """Refuses a body over the limit: by its declared length at once, else as it comes in."""

    def __init__(self, app: ASGIApp, *, upload_bytes: int) -> None:
        self.app, self.upload_bytes = app, upload_bytes + _FORM_OVERHEAD_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 in JSON when the body is too large; nothing of it has been acted upon then."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.upload_bytes if scope["path"].startswith(_UPLOAD_PREFIXES) else _BODY_BYTES
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await _refuse(send)
            return
        received, started = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLong
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooLong:
            if not started:
                await _refuse(send)


class Headers:
    """Adds the request id and the headers that keep browsers careful, and logs one line a request."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.is_verbose = settings.logs.level == "debug"
        images = "https: http:" if settings.server.development else "https:"
        self.fixed = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"x-frame-options", b"DENY"),
            (b"permissions-policy", b"interest-cohort=(), browsing-topics=()"),
        ]
        self.policy = (b"content-security-policy", _PAGE_POLICY.format(images=images).encode())
        if not settings.server.development:
            self.fixed.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a fresh request id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # It names a line in the log and is no secret; the system's randomness costs more than the rest.
        request_id, begun, status = f"{random.getrandbits(64):016x}", time.perf_counter(), 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in (*self.fixed, self.policy) if pair[0] not in present]
                extra.append((b"x-request-id", request_id.encode()))
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            await self.app(scope, receive, dressed)
            if self.is_verbose:
                spent = round((time.perf_counter() - begun) * 1000, 1)
                logger().debug("request", method=scope["method"], path=scope["path"], status=status, ms=spent)


class SharedWithAll:
    """Lets pages of other origins ask the API and the federation documents (never with cookies)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.shared = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            allow_headers=["*"],
            expose_headers=[
                "Link",
                "Location",
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
                "X-Request-Id",
                "Mastodon-Async-Refresh",
                "Retry-After",
                "Deprecation",
            ],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by path."""
        shared = scope["type"] == "http" and scope["path"].startswith(_SHARED_PREFIXES)
        await (self.shared if shared else self.app)(scope, receive, send)


class _TooLong(Exception):
    """The body went over the limit while it came in."""


async def _refuse(send: Send) -> None:
    body = b'{"error":"What was sent is larger than this server accepts."}'
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
