"""Send one signed request to another server: the one place where a signature scheme is chosen.

Fetches and deliveries both go through here, so what is learnt of a host by one serves the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from fedi.egress import Answer
from fedi.federation.signing import sign_get, sign_post
from fedi.models.accounts import Account
from fedi.server import Server


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
    signed = sign_get(
        url, key_id=signer.key_id, private_key_pem=signer.private_key_pem, now=server.clock.now()
    )
    return await server.egress.request("GET", url, headers={"Accept": accept, **signed}, max_bytes=max_bytes)


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
    signed = sign_post(
        url,
        body,
        key_id=signer.key_id,
        private_key_pem=signer.private_key_pem,
        now=server.clock.now(),
        more=headers,
    )
    return await server.egress.request("POST", url, headers=signed, body=body, max_bytes=max_bytes, cut=True)
