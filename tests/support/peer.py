"""A peer under the test's thumb: real keys, real HTTP on loopback, documents that the test decides."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedi.activitypub.signatures import cavage, rfc9421
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import ACTIVITY_JSON, AS2, PUBLIC
from fedi.security.keys import KeyPair, load_private, make_rsa_pair
from tests.support.listening import listening_socket, served

Json = dict[str, Any]


@cache
def key_pair(number: int = 0) -> KeyPair:
    """Give one of a few key pairs: making them is slow, and tests need them told apart only."""
    return make_rsa_pair()


@dataclass
class Peer:
    """One host. `documents` maps paths to JSON (served as ActivityPub) or whole responses."""

    url: str
    clock: Any
    documents: dict[str, Json | Response] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    received: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    answer_with: Response = field(default_factory=lambda: Response(status_code=202))
    # Asked first about every request: an answer of its own, or None for the usual one.
    mind: Callable[[Request], Response | None] = lambda _: None

    @property
    def host(self) -> str:
        """The host with its port."""
        return self.url.split("://")[1]

    def actor(self, name: str, /, *, pair: KeyPair | None = None, **more: object) -> str:
        """Have an actor, found by handle and by id; gives its id."""
        uri = f"{self.url}/users/{name}"
        self.documents[f"/users/{name}"] = {
            "@context": [AS2, "https://w3id.org/security/v1"],
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{uri}/inbox",
            "outbox": f"{uri}/outbox",
            "followers": f"{uri}/followers",
            "featured": f"{uri}/featured",
            "publicKey": {
                "id": f"{uri}#main-key",
                "owner": uri,
                "publicKeyPem": (pair or key_pair()).public_pem,
            },
            **more,
        }
        self.handles[name] = uri
        return uri

    def note(self, name: str, author: str, content: str = "<p>hello</p>", **more: object) -> Json:
        """Make a public note by an actor; it is served at its id only once put into `documents`."""
        return {
            "@context": AS2,
            "id": f"{self.url}/notes/{name}",
            "type": "Note",
            "attributedTo": author,
            "content": content,
            "published": self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": [PUBLIC],
            "cc": [f"{author}/followers"],
            **more,
        }

    def serve(self, document: Json) -> Json:
        """Serve a document at its own id."""
        self.documents[document["id"].removeprefix(self.url)] = document
        return document

    def create(self, note: Json) -> Json:
        """Make the Create of a note."""
        return activity("Create", note["attributedTo"], note, id_=f"{note['id']}/activity", to=note["to"])

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        await self.answer(request, await request.body())(scope, receive, send)

    def answer(self, request: Request, body: bytes) -> Response:
        """Answer a request as this host, and remember it."""
        self.asked[request.url.path] += 1
        if request.method == "POST":
            self.received.append((request.url.path, dict(request.headers), body))
            return self.mind(request) or self.answer_with
        if (refusal := self.mind(request)) is not None:
            return refusal
        return self._found(request)

    def _found(self, request: Request) -> Response:
        path = request.url.path
        if path == "/.well-known/webfinger" and path not in self.documents:
            name = request.query_params.get("resource", "").removeprefix("acct:").partition("@")[0].lower()
            if name not in self.handles:
                return Response(status_code=404)
            links = [{"rel": "self", "type": ACTIVITY_JSON, "href": self.handles[name]}]
            jrd = {"subject": f"acct:{name}@{self.host}", "links": links}
            return JSONResponse(jrd, media_type="application/jrd+json")
        found = self.documents.get(path)
        if isinstance(found, Response):
            return found
        return Response(status_code=404) if found is None else JSONResponse(found, media_type=ACTIVITY_JSON)


@asynccontextmanager
async def open_peer(clock: Any, *, port: int = 0) -> AsyncIterator[Peer]:
    """Have a peer on a loopback port, a free one unless it is named."""
    listener = listening_socket(port=port)
    peer = Peer(url=f"http://127.0.0.1:{listener.getsockname()[1]}", clock=clock)
    async with served(peer._app, listener):
        yield peer


def activity(kind: str, actor: str, object_: object, *, id_: str | None = None, **more: object) -> Json:
    """Make an activity; its id is of the actor's origin and its own."""
    id_ = id_ or f"{actor}#{kind.lower()}/{len(json.dumps(object_))}-{abs(hash(str(object_))) % 10**6}"
    return {"@context": AS2, "id": id_, "type": kind, "actor": actor, "object": object_, **more}


def signed(
    url: str,
    body: bytes,
    *,
    key_id: str,
    now: datetime,
    pair: KeyPair | None = None,
    host: str | None = None,
    method: str = "POST",
    content_type: str = ACTIVITY_JSON,
) -> dict[str, str]:
    """Give the headers of a request signed as Mastodon signs."""
    target = "/" + url.split("/", 3)[3]
    headers = {"Host": host or url.split("/")[2]}
    if method == "POST":
        headers["Content-Type"] = content_type
    key = load_private((pair or key_pair()).private_pem)
    assert isinstance(key, RSAPrivateKey)
    message = SignedMessage.of(method, target, headers.items(), body)
    return headers | cavage.sign(message, key=key, key_id=key_id, now=now)


def message_signed(
    url: str,
    body: bytes,
    *,
    key_id: str,
    now: datetime,
    pair: KeyPair | None = None,
    method: str = "POST",
    base_url: str = "",
) -> dict[str, str]:
    """Give the headers of a request signed by RFC 9421, with an RSA or an Ed25519 key."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    headers = {"Host": host}
    if method == "POST":
        headers["Content-Type"] = ACTIVITY_JSON
    message = SignedMessage.of(method, f"/{path}", headers.items(), body)
    key = load_private((pair or key_pair()).private_pem)
    base_url = base_url or f"{scheme}://{host}"
    return headers | rfc9421.sign(message, key=key, key_id=key_id, base_url=base_url, now=now)


async def post(
    url: str,
    document: Json | bytes,
    *,
    signer: str,
    now: datetime,
    pair: KeyPair | None = None,
    **headers: str,
) -> httpx.Response:
    """Deliver an activity, signed by the main key of `signer`; `headers` replace or add."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = signed(url, body, key_id=f"{signer}#main-key", now=now, pair=pair)
    lines |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    async with httpx.AsyncClient(verify=False) as client:
        return await client.post(url, content=body, headers=lines)


async def get(
    url: str, *, signer: str | None = None, now: datetime | None = None, accept: str = ACTIVITY_JSON
) -> httpx.Response:
    """Fetch something, signed or not."""
    headers = {"Accept": accept}
    if signer is not None and now is not None:
        headers |= signed(url, b"", key_id=f"{signer}#main-key", now=now, method="GET")
    async with httpx.AsyncClient(verify=False) as client:
        return await client.get(url, headers=headers)
