"""Send one signed request to another server: the one place where a signature scheme is chosen.

A host that is new is sent draft-cavage-12, which all can read; one that answers 400 or 401 is sent the other
scheme once, and what it took is remembered (federation reference 4.5). What a host asks for
(Accept-Signature) wins over all. Fetches and deliveries both go through here, so what is learnt of a host by
one serves the other.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from fedi.activitypub.reader import host_of
from fedi.activitypub.signatures.rfc9421 import read_challenge
from fedi.egress import Answer
from fedi.errors import Unsigned
from fedi.federation import schemes
from fedi.federation.signing import Manner, sign_get, sign_post
from fedi.models.accounts import Account
from fedi.server import Server

_MALFORMED: Final = 400
# After anything else the first request may have done its work, and the second would only be load.
_MIND_THE_SIGNATURE: Final = {_MALFORMED, Unsigned.status_code}

Send = Callable[[Manner], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whose key signs: an account of ours, or the server's own."""

    key_id: str
    private_key_pem: str

    @classmethod
    def of(cls, account: Account) -> Self:
        """Give the signer that an account of ours is."""
        return cls(key_id=account.key_id, private_key_pem=account.private_key_pem)


async def get(server: Server, url: str, *, signer: Signer, accept: str, max_bytes: int) -> Answer:
    """Send a signed GET of `url` (no fragment). Raises as `Egress.request` does."""

    async def send(manner: Manner) -> Answer:
        signed = sign_get(
            url,
            key_id=signer.key_id,
            private_key_pem=signer.private_key_pem,
            now=server.clock.now(),
            manner=manner,
        )
        headers = {"Accept": accept, **signed}
        return await server.egress.request("GET", url, headers=headers, max_bytes=max_bytes)

    return await _knock(server, url, signer, send)


async def post(
    server: Server,
    url: str,
    body: bytes,
    *,
    signer: Signer,
    max_bytes: int,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Deliver `body` to an inbox, signed; of the answer no more than `max_bytes` is read.

    `headers` are added and covered by the signature. Raises as `Egress.request` does.
    """

    async def send(manner: Manner) -> Answer:
        signed = sign_post(
            url,
            body,
            key_id=signer.key_id,
            private_key_pem=signer.private_key_pem,
            now=server.clock.now(),
            more=headers,
            manner=manner,
        )
        return await server.egress.request(
            "POST", url, headers=signed, body=body, max_bytes=max_bytes, cut=True
        )

    answer = await _knock(server, url, signer, send)
    if answer.status < 300 and not await schemes.known(server, host_of(url)):
        await schemes.learn(server, host_of(url), schemes.CAVAGE)
    return answer


async def _knock(server: Server, url: str, signer: Signer, send: Send) -> Answer:
    host = host_of(url)
    known = await schemes.known(server, host)
    first = Manner(rfc9421=known == schemes.RFC9421)
    answer = await send(first)
    second = _second(server, host, known, signer, first, answer)
    if second is None:
        return answer
    try:
        other = await send(second)
    except Unsigned:
        # The host asks for what a request of ours does not have.
        return answer
    if other.status in _MIND_THE_SIGNATURE:
        schemes.refused_both(server, host)
        return answer
    if other.status < 300:
        await schemes.learn(server, host, schemes.RFC9421 if second.rfc9421 else schemes.CAVAGE)
    return other


def _second(
    server: Server, host: str, known: str, signer: Signer, first: Manner, answer: Answer
) -> Manner | None:
    """Choose how to knock a second time, or not to."""
    if answer.status not in _MIND_THE_SIGNATURE or schemes.has_refused_both(server, host):
        return None
    asked_for = answer.headers.get("accept-signature")
    if asked_for and answer.status == Unsigned.status_code:
        with suppress(Unsigned):
            return Manner(rfc9421=True, challenge=read_challenge(asked_for, key_id=signer.key_id))
    if answer.status == _MALFORMED and known:
        # It has read this scheme before, so what it minds now is what was said.
        return None
    return Manner(rfc9421=not first.rfc9421)
