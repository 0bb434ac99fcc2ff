"""Actors and posts of ours as the bytes they are sent as, kept until anything changes that they say.

Kept is only what anybody may read, as `endpoints` answered it. Requests for that which ask for nothing else
are answered before all that they have no use for (routing, a Request object). Whoever has a token or must
sign goes the long way, and so does what is not kept.
"""

import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fedi.activitypub.reader import host_of
from fedi.activitypub.signatures import requests
from fedi.changes import Note
from fedi.errors import FediError
from fedi.federation.answering import message_in
from fedi.queries import domains
from fedi.server import Server

_MOST_BYTES = 6 * 1024 * 1024
_OVERHEAD_BYTES = 800
_ETAG_BYTES = 12
_PATH = re.compile("/ap/[uo]/[0-9]{1,19}")
# With one of these the answer may be another one.
_UNUSUAL = frozenset({b"authorization", b"range"})
_SIGNED = frozenset({b"signature", b"signature-input"})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a document is made of: the account or the posts whose changes end it, and when it ends anyway."""

    account_id: int = 0
    post_ids: frozenset[int] = frozenset()
    until: float = float("inf")


@dataclass(frozen=True, slots=True)
class _Document:
    body: bytes
    headers: list[tuple[bytes, bytes]]
    etag: bytes
    about: About

    @property
    def size(self) -> int:
        return len(self.body) + _OVERHEAD_BYTES


@dataclass(slots=True)
class Documents:
    """The documents of one server by their paths; the ones asked for longest ago give way."""

    listens: bool = False
    by_path: OrderedDict[str, _Document] = field(default_factory=OrderedDict)
    of_account: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_post: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    size: int = 0

    def put(self, path: str, document: _Document) -> None:
        """Keep a document."""
        self._drop(path)
        self.by_path[path] = document
        self.size += document.size
        if document.about.account_id:
            self.of_account[document.about.account_id].add(path)
        for id_ in document.about.post_ids:
            self.of_post[id_].add(path)
        while self.size > _MOST_BYTES:
            self._drop(next(iter(self.by_path)))

    def changed(self, notes: frozenset[Note]) -> None:
        """Forget what is not so any more."""
        for note in notes:
            match note.kind:
                case "everything":
                    for kept in (self.by_path, self.of_account, self.of_post):
                        kept.clear()
                    self.size = 0
                    return
                case "account":
                    self._drop_all(self.of_account.get(note.id, ()))
                case "post":
                    self._drop_all(self.of_post.get(note.id, ()))
                case "arrival" | "named":
                    self._drop_all(self.of_post.get(note.other, ()))
                case _:
                    pass

    def _drop_all(self, paths: Iterable[str]) -> None:
        for path in list(paths):
            self._drop(path)

    def _drop(self, path: str) -> None:
        document = self.by_path.pop(path, None)
        if document is None:
            return
        self.size -= document.size
        kept = [(self.of_account, document.about.account_id)] if document.about.account_id else []
        for index, id_ in (*kept, *((self.of_post, id_) for id_ in document.about.post_ids)):
            index[id_].discard(path)
            if not index[id_]:
                del index[id_]


def version_of(server: Server) -> int:
    """Give the state of what is known, before a document is made; -1 when none may be kept."""
    keeps = not server.settings.federation.demands_signatures and server.db.keeps()
    return server.db.changes.version if keeps else -1


def kept(request: Request, server: Server, answer: Response, about: About, *, version: int) -> Response:
    """Keep an answer that anybody may have, unless something changed since `version`.

    It carries an ETag; who has it already is told so (RFC 9110 section 13.1.2).
    """
    etag = f'"{blake2b(bytes(answer.body), digest_size=_ETAG_BYTES).hexdigest()}"'
    answer.headers["ETag"] = etag
    if version == server.db.changes.version and _PATH.fullmatch(request.url.path):
        memory = server.memory.of(Documents)
        if not memory.listens:
            memory.listens = True
            server.db.changes.listen(memory.changed)
        document = _Document(bytes(answer.body), list(answer.raw_headers), etag.encode(), about)
        memory.put(request.url.path, document)
    if request.headers.get("if-none-match") == etag:
        headers = {name: value for name, value in answer.headers.items() if name not in _OF_A_BODY}
        return Response(status_code=304, headers=headers)
    return answer


_OF_A_BODY = frozenset({"content-length", "content-type"})


class DocumentsFirst:
    """Answers what is kept at once, and leads everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by method, path and headers."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/ap/"):
            found = await _find(scope)
            if found is not None:
                await _send(found, scope, send)
                return
        await self.app(scope, receive, send)


async def _find(scope: Scope) -> _Document | None:
    """Give the document that answers a request, if it is kept and the request is a plain one."""
    server: Server = scope["app"].state.server
    memory = server.memory.of(Documents)
    path = scope["path"]
    if path not in memory.by_path or scope["query_string"]:
        return None
    names = {name for name, _ in scope["headers"]}
    if names & _UNUSUAL:
        return None
    with server.db.activate():
        if not server.db.keeps() or (names & _SIGNED and not await _may_pass(server, scope)):
            return None
    document = memory.by_path.get(path)
    if document is None or document.about.until <= server.clock.now().timestamp():
        return None
    memory.by_path.move_to_end(path)
    return document


async def _may_pass(server: Server, scope: Scope) -> bool:
    """Say whether who claims to sign is not of a suspended host; the long way says what is wrong."""
    try:
        host = host_of(requests.parse(message_in(scope)).key_id)
        return not await domains.is_suspended(server, host)
    except FediError:
        return False


async def _send(document: _Document, scope: Scope, send: Send) -> None:
    given = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
    if given == document.etag:
        headers = [pair for pair in document.headers if pair[0].decode() not in _OF_A_BODY]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": document.headers})
    await send({"type": "http.response.body", "body": document.body})
