"""What happens, as it happens, as server-sent events (Mastodon API: streaming; HTML standard section 9.2).

By WebSocket: fedi/mastodon/sockets.py. What is told: fedi/mastodon/happenings.py.
"""

import asyncio
from contextlib import suppress

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from fedi.errors import TooMany
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.hub import Hub, Listener
from fedi.mastodon.sockets import admit
from fedi.mastodon.streams import Event, Kind, Stream, read_stream
from fedi.server import Server

# The key of a scope under which stands what ends the answer when the server stops (fedi/connections.py).
STOP = "fedi.stop"

_THUMP_SECONDS = 15.0
_CLOSE_SECONDS = 1.0
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "private, no-store",
    # nginx would hold back what comes little by little.
    "X-Accel-Buffering": "no",
}


async def health(call: Call) -> Response:
    """GET /api/v1/streaming/health."""
    del call
    return PlainTextResponse("OK")


async def user(call: Call) -> Response:
    """GET /api/v1/streaming/user."""
    return await _open(call, Kind.USER)


async def user_notification(call: Call) -> Response:
    """GET /api/v1/streaming/user/notification."""
    return await _open(call, Kind.USER_NOTIFICATION)


async def public(call: Call) -> Response:
    """GET /api/v1/streaming/public."""
    return await _open(call, Kind.PUBLIC)


async def public_local(call: Call) -> Response:
    """GET /api/v1/streaming/public/local."""
    return await _open(call, Kind.PUBLIC_LOCAL)


async def public_remote(call: Call) -> Response:
    """GET /api/v1/streaming/public/remote."""
    return await _open(call, Kind.PUBLIC_REMOTE)


async def hashtag(call: Call) -> Response:
    """GET /api/v1/streaming/hashtag."""
    return await _open(call, Kind.HASHTAG)


async def hashtag_local(call: Call) -> Response:
    """GET /api/v1/streaming/hashtag/local."""
    return await _open(call, Kind.HASHTAG_LOCAL)


async def of_list(call: Call) -> Response:
    """GET /api/v1/streaming/list."""
    return await _open(call, Kind.LIST)


async def direct(call: Call) -> Response:
    """GET /api/v1/streaming/direct."""
    return await _open(call, Kind.DIRECT)


async def _open(call: Call, kind: Kind) -> Response:
    params = call.params
    stream = read_stream(
        kind, tag=params.text("tag"), list_id=params.text("list"), only_media=params.flag("only_media")
    )
    user, token = call.user, call.token
    assert token is not None  # noqa: S101  where there is a user there is a token
    await admit(call.server, token, stream)
    return _EventStream(call.server, Listener(token, user, Event.lines), stream)


class _EventStream(Response):
    """An answer that goes on until either end has enough, or the server stops."""

    def __init__(self, server: Server, listener: Listener, stream: Stream) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._server, self._listener, self._stream = server, listener, stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events as they come."""
        hub = self._server.memory.of(Hub)
        scope[STOP] = self._listener.end
        try:
            with hub.joined(self._server, self._listener):
                await self._hold(hub, receive, send)
        except TooMany as error:
            await responses.error(error)(scope, receive, send)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await send({"type": "http.response.body", "body": b""})

    async def _hold(self, hub: Hub, receive: Receive, send: Send) -> None:
        hub.subscribe(self._listener, self._stream)
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with asyncio.TaskGroup() as tasks:
            both = [tasks.create_task(self._watch(receive)), tasks.create_task(self._write(send))]
            await self._listener.ended.wait()
            for task in both:
                task.cancel()

    async def _write(self, send: Send) -> None:
        body: str | bytes = b":)\n"
        while True:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            try:
                body = await asyncio.wait_for(self._listener.waiting.get(), _THUMP_SECONDS)
            except TimeoutError:
                body = b":thump\n"

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._listener.end()
