"""Sign what leaves: the headers of a GET or a POST, by the key of one of our accounts, in either scheme."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from fedi.activitypub.reader import host_of
from fedi.activitypub.signatures import cavage, rfc9421
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.signatures.rfc9421 import Challenge
from fedi.activitypub.vocabulary import ACTIVITY_ACCEPT, ACTIVITY_JSON
from fedi.egress import web_url
from fedi.security.keys import load_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to sign: by draft-cavage-12, or by RFC 9421, perhaps as a `challenge` asks."""

    rfc9421: bool = False
    challenge: Challenge | None = None


CAVAGE = Manner()


def sign_get(
    url: str, *, key_id: str, private_key_pem: str, now: datetime, manner: Manner = CAVAGE
) -> dict[str, str]:
    """Give the signature headers of a GET of `url` (no fragment), Host among them."""
    headers = {"Host": host_of(url)}
    return headers | _signature("GET", url, headers, b"", key_id, private_key_pem, now, manner)


def sign_post(
    url: str,
    body: bytes,
    *,
    key_id: str,
    private_key_pem: str,
    now: datetime,
    more: Mapping[str, str] | None = None,
    manner: Manner = CAVAGE,
) -> dict[str, str]:
    """Give all headers of a POST of an activity: sign anew for every attempt, as the time is covered.

    `more` are headers that are sent and covered too.
    """
    headers = {"Host": host_of(url), "Content-Type": ACTIVITY_JSON, **(more or {})}
    signature = _signature("POST", url, headers, body, key_id, private_key_pem, now, manner)
    return headers | signature | {"Accept": ACTIVITY_ACCEPT}


def _signature(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    key_id: str,
    pem: str,
    now: datetime,
    manner: Manner,
) -> dict[str, str]:
    message = SignedMessage.of(method, target_of(url), headers.items(), body)
    if not manner.rfc9421:
        return cavage.sign(message, key=_rsa(pem), key_id=key_id, now=now)
    base_url = f"{url.partition(':')[0].lower()}://{host_of(url)}"
    return rfc9421.sign(
        message, key=_rsa(pem), key_id=key_id, base_url=base_url, now=now, challenge=manner.challenge
    )


def target_of(url: str) -> str:
    """Give path and query as the HTTP client puts them on the request line, odd letters encoded."""
    return web_url(url).raw_path_qs


def _rsa(pem: str) -> RSAPrivateKey:
    key = load_private(pem)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("accounts sign with RSA keys")
    return key
