"""Say step by step what happens between us and another server, and why it ends where it does.

For people who ask "why does this not arrive?" (`fedi fed`). The steps are those that the server itself takes,
through the same functions; nothing is believed here that is not believed there.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from fedi.activitypub import discovery
from fedi.activitypub.actors import Actor
from fedi.activitypub.discovery import Jrd
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import Reader, host_of, parse_document, same_origin
from fedi.activitypub.signatures import requests
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.signatures.rfc9421 import MessageSignature
from fedi.activitypub.vocabulary import ACTIVITY_ACCEPT, ACTOR_TYPES, NOTE_TYPES, Json, is_activity_type
from fedi.egress import Answer
from fedi.errors import FediError, Malformed, NotFound, Refused, WrongOrigin
from fedi.federation import keys, knock, webfinger
from fedi.federation import verify as verifying
from fedi.federation.fetch import MAX_JSON_BYTES, MAX_REDIRECTS, check_host
from fedi.federation.knock import Signer
from fedi.federation.people import is_handle
from fedi.models.accounts import Account
from fedi.models.federation import Instance
from fedi.queries import accounts, domains
from fedi.server import Server
from fedi.translate.actors import account_values

_MAX_NODEINFO_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what was done, whether it went well, what came of it, how long it took."""

    name: str
    ok: bool
    said: str
    seconds: float


@dataclass(slots=True)
class Trail:
    """The steps so far; `found` is what they led to."""

    steps: list[Step] = field(default_factory=list)
    found: Any = None

    @property
    def ok(self) -> bool:
        """Whether every step went well."""
        return all(step.ok for step in self.steps)

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[list[str]]:
        """Take a step; what is appended to the list is said of it. A FediError ends the trail."""
        said: list[str] = []
        begun = time.monotonic()
        try:
            yield said
        except FediError as error:
            self._add(name, begun, [*said, _reason(error)], ok=False)
            raise _Ended from error
        self._add(name, begun, said, ok=True)

    def _add(self, name: str, begun: float, said: list[str], *, ok: bool) -> None:
        spent = round(time.monotonic() - begun, 3)
        self.steps.append(Step(name=name, ok=ok, said="; ".join(said), seconds=spent))


class _Ended(Exception):
    """The trail ends here; its last step says why."""


async def fetch(server: Server, url: str, *, as_account: Account | None = None) -> Trail:
    """Fetch a document of ActivityPub and explain; `found` is its JSON."""
    return await _walk(lambda trail: _document(server, trail, url, as_account))


async def lookup(server: Server, text: str) -> Trail:
    """Look up a handle, or the address of an actor, and explain; `found` is the actor's JSON."""

    async def walk(trail: Trail) -> None:
        address = text
        if not text.startswith(("https://", "http://")):
            address = await _asked_webfinger(server, trail, text)
        await _document(server, trail, address, None)
        await _judged_actor(server, trail, trail.found)

    return await _walk(walk)


async def test(server: Server, domain: str) -> Trail:
    """Try one server from the outside, as far as that goes without bothering anybody there."""

    async def walk(trail: Trail) -> None:
        base = f"{server.uris.base_url.partition('://')[0]}://{domain}"
        await _ruled(server, trail, base)
        await _remembered(trail, domain)
        await _described(server, trail, base)
        async with trail.step("WebFinger") as said:
            try:
                *_, uri = await webfinger.look_up(server, domain, domain)
                said.append(f"its own actor is {uri}")
            except (NotFound, Refused):
                said.append("it answers, but does not know its own name: some servers do not")

    return await _walk(walk)


async def verify(server: Server, message: SignedMessage, *, at: datetime) -> Trail:
    """Check a signed request as an inbox does, as of a moment, and explain; `found` is who signed it."""

    async def walk(trail: Trail) -> None:
        async with trail.step("signature") as said:
            signature = requests.parse(message)
            said.append(f"{_scheme(signature)}, key {signature.key_id}")
        async with trail.step("receiver") as said:
            said.append(f"made for {message.header('host')}")
            verifying.check_receiver(server, message)
        await _ruled(server, trail, signature.key_id)
        async with trail.step("request") as said:
            said.append(f"as of {at.isoformat(timespec='seconds')}")
            requests.check_request(message, signature, now=at)
            said.append("what must be covered is, the time is right, the digest is that of the body")
        async with trail.step("key") as said:
            key = await keys.known(server, signature.key_id)
            said.append("known" if key else "not known, so it is fetched")
            key = key or await keys.fetch(server, signature.key_id, address="cli")
            said.append(f"of {key.owner}")
        async with trail.step("match") as said:
            loaded = keys.loaded(server, key.pem)
            requests.check(message, signature, loaded, base_url=server.uris.base_url, now=at)
            said.append("the signature holds")
        trail.found = key.owner
        if message.body:
            await _judged_activity(trail, message.body, key.owner)

    return await _walk(walk)


async def _judged_activity(trail: Trail, body: bytes, owner: str) -> None:
    async with trail.step("activity") as said:
        read = Reader(parse_document(body))
        actor = read.uri("actor")
        said.append(f"{', '.join(read.types())} by {actor}")
        if actor != owner:
            said.append("passed on by somebody else: only what can be proven or fetched counts")


def _scheme(signature: requests.Signature) -> str:
    return "RFC 9421" if isinstance(signature, MessageSignature) else "draft-cavage-12"


async def _walk(walk: Callable[[Trail], Awaitable[None]]) -> Trail:
    trail = Trail()
    try:
        await walk(trail)
    except _Ended:
        trail.found = None
    return trail


async def _ruled(server: Server, trail: Trail, url: str) -> None:
    async with trail.step("rules") as said:
        await check_host(server, url)
        rule = await domains.rule_for(host_of(url))
        said.append(f"our rule about {rule.domain}: {rule.severity}" if rule else "we have no rule about it")


async def _document(server: Server, trail: Trail, url: str, as_account: Account | None) -> None:
    signer = as_account or await accounts.instance_actor(server)
    answer = await _followed(server, trail, url.partition("#")[0], signer)
    async with trail.step("type") as said:
        content_type = answer.headers.get("content-type", "")
        said.append(content_type or "none")
        if not is_activity_type(content_type):
            raise Malformed("only application/activity+json, or ld+json with the profile, counts")
    async with trail.step("document") as said:
        json = parse_document(answer.body)
        said.append(f"{len(answer.body)} bytes, {', '.join(Reader(json).types()) or 'no type'}")
    async with trail.step("id") as said:
        id_ = Reader(json).id()
        said.append(id_)
        if not same_origin(id_, answer.url):
            raise WrongOrigin("it speaks for another server, which is asked instead")
        if id_ != answer.url:
            said.append("not where it was found: it is fetched from there")
    async with trail.step("read") as said:
        said.append(_read(json))
    trail.found = json


async def _followed(server: Server, trail: Trail, url: str, signer: Account) -> Answer:
    for _ in range(MAX_REDIRECTS + 1):
        await _ruled(server, trail, url)
        async with trail.step("ask") as said:
            said.append(f"GET {url} signed by {signer.key_id}")
            answer = await knock.get(
                server, url, signer=Signer.of(signer), accept=ACTIVITY_ACCEPT, max_bytes=MAX_JSON_BYTES
            )
            said.append(f"{answer.status}")
            target = answer.headers.get("location", "")
            if answer.status in _REDIRECTS and target:
                url = urljoin(url, target).partition("#")[0]
                said.append(f"leads to {url}")
                continue
            if answer.status != 200:
                raise Refused(answer.status, _first_words(answer))
            return answer
    async with trail.step("ask"):
        raise Refused(302, f"more than {MAX_REDIRECTS} redirects")
    raise AssertionError("unreachable")


async def _asked_webfinger(server: Server, trail: Trail, handle: str) -> str:
    name, _, domain = handle.removeprefix("@").rpartition("@")
    async with trail.step("handle") as said:
        if not is_handle(f"{name}@{domain}"):
            raise Malformed("a handle is name@host")
        said.append(f"{name} at {domain}")
    async with trail.step("WebFinger") as said:
        found_name, found_domain, uri = await webfinger.look_up(server, name, domain.lower())
        said.append(f"{found_name}@{found_domain} is {uri}")
    return str(uri)


async def _judged_actor(server: Server, trail: Trail, json: Json) -> None:
    async with trail.step("actor") as said:
        actor = Actor.from_json(json)
        values = account_values(actor)
        said.append(f"{actor.type} {actor.username}, inbox {actor.inbox}")
        said.append(f"shared inbox {values['shared_inbox_url'] or 'none'}")
    async with trail.step("key") as said:
        said.append(values["key_id"] or "none that is accepted: it can be read and named, but not act here")
    async with trail.step("handle leads back") as said:
        name, domain = await webfinger.confirm(server, actor)
        said.append(f"{name}@{domain}")
    async with trail.step("here") as said:
        known = await accounts.by_uri(actor.id)
        said.append(_standing(known))


async def _remembered(trail: Trail, domain: str) -> None:
    async with trail.step("remembered") as said:
        row = await Instance.get_or_none(host=domain)
        if row is None:
            said.append("nothing was delivered there yet")
            return
        said.append(f"{row.failures} failures in a row" if row.failures else "its inboxes answer")
        if row.dead:
            said.append(
                "taken for dead: nothing is sent until it speaks to us or a weekly probe gets through"
            )
        elif row.retry_at:
            said.append(f"next try {row.retry_at.isoformat(timespec='seconds')}")
        if row.last_success_at:
            said.append(f"last delivered {row.last_success_at.isoformat(timespec='seconds')}")
        said.append(f"signatures: {row.scheme or 'cavage until it is known better'}")


async def _described(server: Server, trail: Trail, base: str) -> None:
    async with trail.step("NodeInfo") as said:
        index = await server.egress.request(
            "GET", f"{base}/.well-known/nodeinfo", headers={}, max_bytes=_MAX_NODEINFO_BYTES
        )
        if index.status != 200:
            raise Refused(index.status, "it does not say what it runs")
        url = _nodeinfo_link(index, base)
        document = await server.egress.request("GET", url, headers={}, max_bytes=_MAX_NODEINFO_BYTES)
        software = Reader(parse_document(document.body)).object("software")
        name = software.line("name", limit=64) if software else None
        version = software.line("version", limit=64) if software else None
        said.append(f"{name or 'unnamed'} {version or ''}".strip())


def _nodeinfo_link(index: Answer, base: str) -> str:
    """Give where the document stands: of the origin that was asked, or it could be anybody's (FEP-0151)."""
    links = Jrd.from_json(parse_document(index.body)).links
    url = next(
        (link.href for link in links if link.href and link.rel.startswith(discovery.NODEINFO_SCHEMA)), None
    )
    if url is None or not same_origin(url, base):
        raise WrongOrigin("its NodeInfo stands on another server")
    return url


def _read(json: Json) -> str:
    types = Reader(json).types()
    if not ACTOR_TYPES.isdisjoint(types):
        return f"actor {Actor.from_json(json).username}"
    if not NOTE_TYPES.isdisjoint(types):
        note = Note.from_json(json)
        return f"post by {note.attributed_to}, to {', '.join((*note.to, *note.cc)) or 'nobody'}"
    return "nothing that is stored"


def _standing(known: Account | None) -> str:
    if known is None:
        return "not stored yet"
    if known.gone_at is not None:
        return "stored as gone"
    if known.suspended_at is not None:
        return "suspended by us"
    fetched = known.fetched_at.isoformat(timespec="seconds") if known.fetched_at else "never"
    return f"stored as {known.acct}, last fetched {fetched}"


def _first_words(answer: Answer) -> str:
    words = " ".join(answer.body[:400].decode("utf-8", "replace").split())
    return (
        f"the peer answered {answer.status}: {words[:200]}" if words else f"the peer answered {answer.status}"
    )


def _reason(error: FediError) -> str:
    return str(error) or type(error).__name__
