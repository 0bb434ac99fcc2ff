"""Connections with bounds that uvicorn does not set: on the time of a request, its head, and on waiting.

A proxy in front does this too; a server that stands alone must not be held up by who writes a byte now and
then (Slowloris), or kept busy by a head without end.
"""

from asyncio import BaseTransport, TimerHandle
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from fedi.mastodon.streaming import STOP

HEAD_SECONDS = 20.0
BODY_SECONDS = 300.0
MAX_HEAD_BYTES = 64 * 1024
# What apps send is small, and what we send is compressed by nobody: a compressor takes 300 kB a socket.
_WEBSOCKET_BYTES = 64 * 1024
_PING_SECONDS = 30.0
_FAREWELL_SECONDS = 5.0
_LINE_ENDS = len(": \r\n")

_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PromptProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which closes a connection whose request does not come in time or has no end."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._timer: TimerHandle | None = None
        self._head_bytes = self._line_bytes = 0
        self._in_head = True

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(cast("Any", transport))
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; a head that has grown too long ends the connection."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a line of the head, or one after a body in chunks: there may be no end of those either."""
        self._line_bytes += len(name) + len(value) + _LINE_ENDS
        if self._line_bytes > MAX_HEAD_BYTES:
            raise _TooLong
        super().on_header(name, value)

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be read, and close the connection."""
        if self._line_bytes > MAX_HEAD_BYTES:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """A request begins; on a connection that is kept alive, its time begins now."""
        super().on_message_begin()
        self._in_head, self._line_bytes = True, 0
        self._wait(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """The head is here; now the body must come in its time."""
        self._in_head, self._head_bytes = False, 0
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All is here: how long the answer takes is ours to know."""
        self._wait(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on: it lives as long as its two ends like."""
        self._wait(None)
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """End an answer that goes on for ever; others are waited for."""
        super().shutdown()
        # It is None before the first request, whatever its type says.
        running = cast("Any", self.cycle)
        stop = running.scope.get(STOP) if running and not running.response_complete else None
        if stop is not None:
            stop()

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()


class PromptWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which does not keep a connection whose other end takes nothing in any more."""

    async def run_asgi(self) -> None:
        """Run the application, then leave what is written a moment to go out."""
        await super().run_asgi()
        self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)


# How uvicorn speaks with clients.
PROTOCOLS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "http": PromptProtocol,
        "ws": PromptWebSocket,
        "ws_max_size": _WEBSOCKET_BYTES,
        "ws_ping_interval": _PING_SECONDS,
        "ws_ping_timeout": _PING_SECONDS,
        "ws_per_message_deflate": False,
    }
)


class _TooLong(Exception):
    """The lines of a request's head are more than are read."""
