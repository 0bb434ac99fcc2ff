"""The inboxes: POST /ap/inbox, /ap/actor/inbox and /ap/u/{id}/inbox (ActivityPub 5.2, 7).

A server that federates is asked for them more than for all else together. They are plain ASGI, and stand
before all that a POST by a server has no use for: CORS, routing, a Request object.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from fedi.errors import FediError, Gone, NotFound, TooLarge
from fedi.federation import inbox
from fedi.federation.answering import MAX_BODY_BYTES, MAX_ID, address_in, failure, message_in
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.queries import accounts
from fedi.server import Server

_SHARED = frozenset({"/ap/inbox", "/ap/actor/inbox"})
_PERSONAL = re.compile("/ap/u/([0-9]{1,19})/inbox")
_ACCEPTED = {"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]}
_NO_BODY = {"type": "http.response.body", "body": b""}


class Inbox:
    """Takes activities in: 202 once one is committed, else an error's own status."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST to an inbox."""
        server: Server = scope["app"].state.server
        try:
            with server.db.activate():
                await _take_in(server, scope, receive)
        except _Left:
            return
        except FediError as error:
            response = failure(error)
            if isinstance(error, TooLarge):
                response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        except Exception:  # noqa: BLE001  a peer is told that it was us, and tries again
            logger().exception("inbox.crashed")
            await failure(FediError("Something went wrong on our side."))(scope, receive, send)
            return
        await send(_ACCEPTED)
        await send(_NO_BODY)


class InboxesFirst:
    """Leads POSTs to the inboxes there at once, and everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.inbox = app, Inbox()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by method and path."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        chosen = self.inbox if is_post and _is_inbox(scope["path"]) else self.app
        await chosen(scope, receive, send)


def _is_inbox(path: str) -> bool:
    return path in _SHARED or _PERSONAL.fullmatch(path) is not None


async def _take_in(server: Server, scope: Scope, receive: Receive) -> None:
    owner = None
    if (found := _PERSONAL.fullmatch(scope["path"])) is not None:
        owner = await _owner(int(found[1]))
    message = message_in(scope, await _body(scope, receive))
    await inbox.take_in(server, message, address=address_in(scope), owner=owner)


async def _owner(id_: int) -> Account:
    """Give whose inbox it is: addressing decides whom an activity is for, but somebody must be there."""
    account = await accounts.by_id(id_) if id_ <= MAX_ID else None
    if account is None or not account.is_local:
        raise NotFound
    if account.gone_at is not None:
        raise Gone
    return account


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Read the body, up to 1 MiB; raises TooLarge beyond, by the declared length before anything is read."""
    for name, value in scope["headers"]:
        if name == b"content-length" and not (value.isdigit() and int(value) <= MAX_BODY_BYTES):
            raise TooLarge
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Left
        part = event.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise TooLarge
        parts.append(part)
        more = event.get("more_body", False)
    return b"".join(parts) if len(parts) > 1 else parts[0]


class _Left(Exception):
    """Who was sending has hung up."""
