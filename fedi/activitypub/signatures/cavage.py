"""HTTP signatures of draft-cavage-http-signatures-12, as the fediverse uses them: sign, parse, check.

Fetching keys, comparing Host with our own name and the owner of the key with the actor: federation/verify.py.
Requests with a `Signature-Input` (RFC 9421) are refused here, so that no request counts as signed twice.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm

from fedi.activitypub.reader import is_http_uri
from fedi.activitypub.signatures import verifying
from fedi.activitypub.signatures.message import SignedMessage, sha256_base64
from fedi.activitypub.signatures.verifying import VerifyingKey
from fedi.errors import Unsigned

_MAX_HEADER_CHARACTERS = 8192
_MAX_PARAMETERS = 16
_MAX_COVERED = 32
_MAX_DATE_CHARACTERS = 64
_TARGET, _CREATED, _EXPIRES = "(request-target)", "(created)", "(expires)"
# Two of any of these, and sender and receiver may each read another.
_ONCE = ("host", "date", "digest", "signature", "content-type")

_PARAMETER = re.compile(r'[ \t]*([A-Za-z]{1,32})=(?:"([^"\\\x00-\x1f]*)"|([0-9]{1,12}))[ \t]*(,|\Z)')
_COVERED_NAME = re.compile(r"\((?:request-target|created|expires)\)|[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
_DIGEST = re.compile(r"[ \t]*([A-Za-z0-9-]{1,20})=([A-Za-z0-9+/]{1,128}={0,2})[ \t]*")

_SHA256: Final[HashAlgorithm] = SHA256()
_SHA512: Final[HashAlgorithm] = SHA512()


@dataclass(frozen=True, slots=True, kw_only=True)
class CavageSignature:
    """A parsed Signature header: `headers` are the covered names in order; `created`, `expires` Unix seconds.

    `algorithm` is the sender's word, "" where it gave none; the key's type decides.
    """

    key_id: str
    algorithm: str
    headers: tuple[str, ...]
    signature: bytes
    created: int | None = None
    expires: int | None = None


def sign(message: SignedMessage, *, key: RSAPrivateKey, key_id: str, now: datetime) -> dict[str, str]:
    """Give the headers to add: Date, for a POST Digest, and Signature (rsa-sha256).

    `message` must hold Host (with the port if one is sent), and a POST its Content-Type, but no Date yet; all
    headers of a POST are covered. Sign anew, with a fresh `now`, for each attempt.
    """
    host = message.header("host")
    if host is None:
        raise Unsigned("A request without one Host cannot be signed.")
    added = {"Date": format_datetime(now.astimezone(UTC), usegmt=True)}
    covered = {
        _TARGET: f"{message.method.lower()} {message.target}",
        "host": host,
        "date": added["Date"],
    }
    if message.method == "POST":
        covered["digest"] = added["Digest"] = f"SHA-256={sha256_base64(message.body)}"
        covered |= {name: ", ".join(values) for name, values in message.headers.items()}
    # One line a header that is covered: this is the hottest path of delivery.
    text = "\n".join([f"{name}: {value}" for name, value in covered.items()]).encode("latin-1", "replace")
    signature = base64.b64encode(verifying.sign(text, key)).decode("ascii")
    names = " ".join(covered)
    added["Signature"] = f'keyId="{key_id}",algorithm="rsa-sha256",headers="{names}",signature="{signature}"'
    return added


def parse(message: SignedMessage) -> CavageSignature:
    """Read the Signature header strictly. Raises Unsigned where there is none, or none to be trusted."""
    if "signature-input" in message.headers:
        raise Unsigned("The request is signed by RFC 9421.")
    if len(message.headers.get("signature", ())) != 1:
        raise Unsigned("Exactly one Signature header is needed.")
    parameters = _parameters(message.headers["signature"][0])
    key_id = parameters.get("keyid", "")
    if not is_http_uri(key_id):
        raise Unsigned("The signature's keyId is no address.")
    headers = tuple(parameters.get("headers", "date").lower().split(" "))
    if len(set(headers)) != len(headers) or len(headers) > _MAX_COVERED:
        raise Unsigned("The signature covers a header twice, or too many.")
    if not all(_COVERED_NAME.fullmatch(name) for name in headers):
        raise Unsigned("The signature covers something unknown.")
    return CavageSignature(
        key_id=key_id,
        algorithm=parameters.get("algorithm", "").lower(),
        headers=headers,
        signature=_base64(parameters.get("signature", "")),
        created=_seconds(parameters, "created"),
        expires=_seconds(parameters, "expires"),
    )


def check(
    message: SignedMessage, signature: CavageSignature, public_key: VerifyingKey, *, now: datetime
) -> None:
    """Raise Unsigned unless `signature` was made over `message` with the key's private half, just now.

    All that `check_request` requires is required here too.
    """
    check_request(message, signature, now=now)
    targets = [message.target]
    if "?" in message.target:
        # Mastodon and GoToSocial have signed without the query; host and digest still bind the request.
        targets.append(message.target.partition("?")[0])
    texts = [_signing_bytes(message, signature, target) for target in targets]
    if not any(_verifies(text, signature, public_key) for text in texts):
        raise Unsigned("The signature does not match.")


def check_request(message: SignedMessage, signature: CavageSignature, *, now: datetime) -> None:
    """Raise Unsigned for what no key can mend; to be asked before a key is fetched for a stranger.

    Required: (request-target), host, date or (created), and where there is a body, or a POST, the digest,
    which must be that of the raw body. A covered header that stands twice is refused.
    """
    _check_algorithm(signature)
    _check_covered(message, signature)
    _check_time(message, signature, now)
    if message.method == "POST" or message.body:
        _check_digest(message)


def _parameters(header: str) -> dict[str, str]:
    if len(header) > _MAX_HEADER_CHARACTERS:
        raise Unsigned("The Signature header is too long.")
    found: dict[str, str] = {}
    position, more = 0, True
    while more:
        part = _PARAMETER.match(header, position)
        if part is None or part[1].lower() in found or len(found) >= _MAX_PARAMETERS:
            raise Unsigned("The Signature header cannot be read.")
        found[part[1].lower()] = part[2] if part[2] is not None else part[3]
        position, more = part.end(), part[4] == ","
    return found


def _base64(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsigned("The signature is no base64.") from error
    if not decoded:
        raise Unsigned("The signature is empty.")
    return decoded


def _seconds(parameters: dict[str, str], name: str) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if not re.fullmatch("[0-9]{1,12}", value):
        raise Unsigned(f"The signature's {name} is no time.")
    return int(value)


def _check_algorithm(signature: CavageSignature) -> None:
    if signature.algorithm not in {"", "hs2019", "rsa-sha256", "rsa-sha512", "ed25519"}:
        raise Unsigned("The signature's algorithm is not accepted.")
    if not {_CREATED, _EXPIRES}.isdisjoint(signature.headers) and signature.algorithm not in {"", "hs2019"}:
        raise Unsigned("(created) and (expires) belong to hs2019 alone.")


def _check_covered(message: SignedMessage, signature: CavageSignature) -> None:
    required = {_TARGET, "host"}
    if message.method == "POST" or message.body:
        required.add("digest")
    if missing := sorted(required.difference(signature.headers)):
        raise Unsigned(f"The signature does not cover {missing[0]}.")
    if {"date", _CREATED}.isdisjoint(signature.headers):
        raise Unsigned("The signature covers no time.")
    for name, values in message.headers.items():
        if len(values) > 1 and (name in _ONCE or name in signature.headers):
            raise Unsigned(f"The header {name} stands twice.")


def _check_time(message: SignedMessage, signature: CavageSignature, now: datetime) -> None:
    made = _date(message) if _CREATED not in signature.headers else signature.created
    if made is None:
        raise Unsigned("The signature has no readable time.")
    verifying.check_window(made, signature.expires if _EXPIRES in signature.headers else None, now)


def _date(message: SignedMessage) -> float | None:
    return _moment((message.header("date") or "")[:_MAX_DATE_CHARACTERS])


@lru_cache(maxsize=256)
def _moment(text: str) -> float | None:
    """Read a Date; a burst of deliveries bears the same few."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _check_digest(message: SignedMessage) -> None:
    wanted = sha256_base64(message.body)
    found = [_DIGEST.fullmatch(part) for part in (message.header("digest") or "").split(",")]
    hashes = [part[2] for part in found if part and part[1].lower() == "sha-256"]
    if None in found or not hashes:
        raise Unsigned("The Digest header has no SHA-256.")
    if not all(hmac.compare_digest(each, wanted) for each in hashes):
        raise Unsigned("The Digest does not match the body.")


def _signing_bytes(message: SignedMessage, signature: CavageSignature, target: str) -> bytes:
    lines = []
    for name in signature.headers:
        value: object = message.header(name)
        if name == _TARGET:
            value = f"{message.method.lower()} {target}"
        elif name == _CREATED:
            value = signature.created
        elif name == _EXPIRES:
            value = signature.expires
        if value is None:
            raise Unsigned(f"The signature covers {name}, which is not there.")
        lines.append(f"{name}: {value}")
    # Header lines reach us as ISO 8859-1 (ASGI), so this gives back the bytes that were sent.
    return "\n".join(lines).encode("latin-1", "replace")


def _verifies(text: bytes, signature: CavageSignature, public_key: VerifyingKey) -> bool:
    if isinstance(public_key, Ed25519PublicKey):
        return verifying.ed25519_verifies(text, signature.signature, public_key)
    verifying.check_rsa(public_key)
    hashes = {"rsa-sha256": [_SHA256], "rsa-sha512": [_SHA512]}.get(signature.algorithm, [_SHA256, _SHA512])
    return any(verifying.rsa_verifies(text, signature.signature, public_key, each) for each in hashes)
