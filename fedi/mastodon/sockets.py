"""One WebSocket for any number of streams (Mastodon API: streaming, /api/v1/streaming).

Cookies count for nothing here, so a page of another origin gets no further than its own token.
"""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from fedi.actions import oauth
from fedi.errors import FediError, NotFound, TooMany
from fedi.mastodon import auth, responses
from fedi.mastodon.hub import GONE, NO_BINARY, REFUSED, TOO_LARGE, Hub, Listener
from fedi.mastodon.responses import InvalidToken, OutsideScopes
from fedi.mastodon.streams import SCOPES, BadStream, Event, Kind, Stream, may_listen, read_stream
from fedi.models.users import AccessToken
from fedi.queries import listening
from fedi.server import Server, server_of

_MAX_MESSAGE_CHARACTERS = 64 * 1024
_MAX_STREAMS = 200
# An app asks for a handful of streams when it starts; who goes on like that is not one.
_MESSAGES, _MESSAGES_SECONDS = 100, 10.0
_CLOSE_SECONDS = 1.0


class _Asked(msgspec.Struct):
    """A message of an app; numbers are taken for ids."""

    type: str
    stream: str = ""
    tag: str = ""
    list: str = ""


async def serve(websocket: WebSocket) -> None:
    """GET /api/v1/streaming, upgraded. Refused before the upgrade where the token does not do."""
    server = server_of(websocket)
    try:
        token = await _admit(server, websocket)
    except FediError as error:
        await websocket.send_denial_response(_refusal(error))
        return
    assert token.user is not None  # noqa: S101  `_admit` lets nobody else in
    listener = Listener(token, token.user, Event.frame)
    hub = server.memory.of(Hub)
    try:
        with hub.joined(server, listener):
            await websocket.accept(subprotocol=_offered(websocket) or None)
            await _Talk(server, hub, websocket, token, listener).hold()
    except TooMany as error:
        await websocket.send_denial_response(_refusal(error))


async def _admit(server: Server, websocket: WebSocket) -> AccessToken:
    """Give the token of the person who asks. Raises FediError of status 401, or TooMany."""
    given = auth.bearer(websocket) or _offered(websocket)
    token = await oauth.find_token(server, given) if given else None
    server.limits.take(*auth.limit_of(server, websocket, token))
    if token is None or token.user is None:
        raise InvalidToken
    if not any(oauth.covers(token.scopes, scope) for scope in SCOPES):
        raise OutsideScopes
    return token


def _offered(websocket: WebSocket) -> str:
    """Give the token that a browser, which can set no header, offers as a subprotocol."""
    protocols = websocket.scope["subprotocols"]
    return str(protocols[0]) if protocols else ""


def _refusal(error: FediError) -> Response:
    """Mastodon says 401 also of a token that was given for other things."""
    response = responses.error(error)
    if error.status_code == OutsideScopes.status_code:
        response.status_code = InvalidToken.status_code
    return response


class _Talk:
    """One connection, from its acceptance to its end."""

    def __init__(
        self, server: Server, hub: Hub, websocket: WebSocket, token: AccessToken, listener: Listener
    ) -> None:
        self._server, self._hub, self._websocket = server, hub, websocket
        self._token, self._listener = token, listener
        self._messages, self._counted_from = 0, 0.0

    async def hold(self) -> None:
        """Read and write until either end has enough."""
        query = self._websocket.query_params
        if query.get("stream"):
            await self._subscribe(
                _Asked(
                    type="subscribe",
                    stream=query["stream"],
                    tag=query.get("tag", ""),
                    list=query.get("list", ""),
                ),
                only_media=query.get("only_media") in {"true", "1"},
            )
        async with asyncio.TaskGroup() as tasks:
            # Only who reads learns that the other end has gone.
            both = [tasks.create_task(self._read()), tasks.create_task(self._write())]
            await self._listener.ended.wait()
            for task in both:
                task.cancel()
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._websocket.close(self._listener.code)

    async def _write(self) -> None:
        try:
            while True:
                await self._websocket.send(
                    {"type": "websocket.send", "text": await self._listener.waiting.get()}
                )
        except WebSocketDisconnect:
            self._listener.end()

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                self._listener.end(GONE)
                return
            text = message.get("text")
            if text is None:
                self._listener.end(NO_BINARY)
            elif len(text) > _MAX_MESSAGE_CHARACTERS:
                self._listener.end(TOO_LARGE)
            elif self._is_flooded():
                self._listener.end(REFUSED)
            else:
                await self._take(text)

    def _is_flooded(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._counted_from > _MESSAGES_SECONDS:
            self._counted_from, self._messages = now, 0
        self._messages += 1
        return self._messages > _MESSAGES

    async def _take(self, text: str) -> None:
        try:
            asked = msgspec.json.decode(text, type=_Asked, strict=False)
        except (msgspec.MsgspecError, UnicodeError):
            self._complain("This message cannot be read.", 400)
            return
        match asked.type:
            case "subscribe":
                await self._subscribe(asked)
            case "unsubscribe":
                self._unsubscribe(asked)
            case _:
                self._complain("Unknown message type", 400)

    async def _subscribe(self, asked: _Asked, *, only_media: bool = False) -> None:
        try:
            stream = read_stream(asked.stream, tag=asked.tag, list_id=asked.list, only_media=only_media)
            await admit(self._server, self._token, stream)
        except FediError as error:
            self._complain(str(error), error.status_code)
            return
        if len(self._listener.streams) >= _MAX_STREAMS:
            self._complain("There are too many streams on this connection.", TooMany.status_code)
        else:
            self._hub.subscribe(self._listener, stream)

    def _unsubscribe(self, asked: _Asked) -> None:
        try:
            stream = read_stream(asked.stream, tag=asked.tag, list_id=asked.list)
        except BadStream as error:
            self._complain(str(error), error.status_code)
        else:
            self._hub.unsubscribe(self._listener, stream)

    def _complain(self, sentence: str, status: int) -> None:
        said: dict[str, Any] = {"error": sentence, "status": status}
        self._listener.send(msgspec.json.encode(said).decode())


async def admit(server: Server, token: AccessToken, stream: Stream) -> None:
    """Raise OutsideScopes when a token was not given for a stream, NotFound when a list is another's."""
    if not may_listen(token, stream):
        raise OutsideScopes
    if stream.kind is not Kind.LIST or token.user is None:
        return
    if not await listening.owns_list(server, token.user.account_id, int(stream.about)):
        raise NotFound
