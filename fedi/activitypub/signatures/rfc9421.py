"""HTTP message signatures (RFC 9421), in the profile that the fediverse uses: sign, parse, check.

One signature a request, over @method and @target-uri, of a POST also over its Content-Digest (RFC 9530).
The target URI is built from our configured address, never from what the request says of itself. Fetching
keys, comparing Host with our own name and the owner of the key with the actor: federation/verify.py.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fedi.activitypub.reader import host_of, is_http_uri
from fedi.activitypub.signatures import verifying
from fedi.activitypub.signatures.message import SignedMessage, sha256_base64
from fedi.activitypub.signatures.structured import Bare, InnerList, Item, read_dictionary, write, write_list
from fedi.activitypub.signatures.verifying import SigningKey, VerifyingKey
from fedi.errors import Unsigned

RSA: Final = "rsa-v1_5-sha256"
ED25519: Final = "ed25519"

_LABEL = "sig1"
_METHOD, _TARGET_URI, _DIGEST = "@method", "@target-uri", "content-digest"
_DERIVED = frozenset({_METHOD, _TARGET_URI, "@authority", "@scheme", "@request-target", "@path", "@query"})
_FIELD_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
# Two of any of these, and sender and receiver may each read another.
_ONCE = ("host", "date", _DIGEST, "signature", "signature-input", "content-type")
_MAX_SECONDS = 10**12
_HASHES: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSignature:
    """A parsed signature: `covered` are the component names in order; `created`, `expires` Unix seconds.

    `parameters` is the value of @signature-params. `algorithm` is the sender's word, "" where it gave none;
    the key's type decides.
    """

    key_id: str
    algorithm: str
    covered: tuple[str, ...]
    parameters: str
    signature: bytes
    created: int
    expires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What an Accept-Signature asks for (RFC 9421 section 5.1): a label, components, and what to repeat."""

    label: str
    covered: tuple[str, ...]
    nonce: str | None = None
    tag: str | None = None


def sign(
    message: SignedMessage,
    *,
    key: SigningKey,
    key_id: str,
    base_url: str,
    now: datetime,
    challenge: Challenge | None = None,
) -> dict[str, str]:
    """Give the headers to add: of a POST Content-Digest, then Signature-Input and Signature.

    `base_url` is scheme and host of whom the request goes to. All headers of a POST but Host, which
    @target-uri says, are covered, and what a `challenge` names.
    """
    added: dict[str, str] = {}
    covered = [_METHOD, _TARGET_URI]
    if message.method == "POST":
        added["Content-Digest"] = f"sha-256=:{sha256_base64(message.body)}:"
        covered += [_DIGEST, *(name for name in message.headers if name != "host")]
    parameters: dict[str, Bare] = {"created": int(now.timestamp()), "keyid": key_id}
    parameters["alg"] = ED25519 if isinstance(key, Ed25519PrivateKey) else RSA
    if challenge is not None:
        if "date" in challenge.covered:
            added["Date"] = format_datetime(now.astimezone(UTC), usegmt=True)
        covered += [name for name in challenge.covered if name not in covered]
        parameters |= {
            name: value
            for name, value in (("nonce", challenge.nonce), ("tag", challenge.tag))
            if value is not None
        }
    lines = [(name, value) for name, values in message.headers.items() for value in values]
    complete = SignedMessage.of(message.method, message.target, [*lines, *added.items()], message.body)
    written = write_list(InnerList(tuple(Item(name) for name in covered), parameters))
    signature = verifying.sign(signature_base(complete, covered, written, base_url=base_url), key)
    label = challenge.label if challenge is not None else _LABEL
    added["Signature-Input"] = f"{label}={written}"
    added["Signature"] = f"{label}={write(signature)}"
    return added


def parse(message: SignedMessage) -> MessageSignature:
    """Read a signature strictly. Raises Unsigned where there is none, or none to be trusted."""
    label, inner = _one_list(_only(message, "signature-input"))
    signatures = read_dictionary(_only(message, "signature"))
    item = signatures.get(label)
    if len(signatures) != 1 or not isinstance(item, Item) or item.parameters:
        raise Unsigned("Exactly one signature is needed, named alike in both headers.")
    if not isinstance(item.value, bytes) or not item.value:
        raise Unsigned("The signature is no byte sequence.")
    key_id = _text(inner, "keyid")
    if key_id is None or not is_http_uri(key_id):
        raise Unsigned("The signature's keyid is no address.")
    created = _seconds(inner, "created")
    if created is None:
        raise Unsigned("The signature does not say when it was created.")
    return MessageSignature(
        key_id=key_id,
        algorithm=_text(inner, "alg") or "",
        covered=_components(inner),
        parameters=write_list(inner),
        signature=item.value,
        created=created,
        expires=_seconds(inner, "expires"),
    )


def check(
    message: SignedMessage,
    signature: MessageSignature,
    public_key: VerifyingKey,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Raise Unsigned unless `signature` was made over `message` with the key's private half, just now.

    `base_url` is our own address. All that `check_request` requires is required here too.
    """
    check_request(message, signature, now=now)
    text = signature_base(message, signature.covered, signature.parameters, base_url=base_url)
    is_ed25519 = isinstance(public_key, Ed25519PublicKey)
    if signature.algorithm not in {"", ED25519 if is_ed25519 else RSA}:
        raise Unsigned("The signature's algorithm is not that of its key.")
    if isinstance(public_key, Ed25519PublicKey):
        holds = verifying.ed25519_verifies(text, signature.signature, public_key)
    else:
        verifying.check_rsa(public_key)
        holds = verifying.rsa_verifies(text, signature.signature, public_key)
    if not holds:
        raise Unsigned("The signature does not match.")


def check_request(message: SignedMessage, signature: MessageSignature, *, now: datetime) -> None:
    """Raise Unsigned for what no key can mend; to be asked before a key is fetched for a stranger.

    Required: @method, @target-uri, a time, and where there is a body, or a POST, the content-digest, which
    must be that of the raw body. A covered header that stands twice is refused.
    """
    if signature.algorithm not in {"", RSA, ED25519}:
        raise Unsigned("The signature's algorithm is not accepted.")
    has_body = message.method == "POST" or bool(message.body)
    required = [_METHOD, _TARGET_URI, *([_DIGEST] if has_body else [])]
    if missing := [name for name in required if name not in signature.covered]:
        raise Unsigned(f"The signature does not cover {missing[0]}.")
    for name in (*_ONCE, *signature.covered):
        if len(message.headers.get(name, ())) > 1:
            raise Unsigned(f"The header {name} stands twice.")
    verifying.check_window(signature.created, signature.expires, now)
    if has_body:
        _check_digest(message)


def signature_base(
    message: SignedMessage, covered: Sequence[str], parameters: str, *, base_url: str
) -> bytes:
    """Give what is signed (RFC 9421 section 2.5). Raises Unsigned for a component that is not there."""
    lines = [f'"{name}": {_value(message, name, base_url)}' for name in covered]
    lines.append(f'"@signature-params": {parameters}')
    # Header lines reach us as ISO 8859-1 (ASGI), so this gives back the bytes that were sent.
    return "\n".join(lines).encode("latin-1", "replace")


def read_challenge(header: str, *, key_id: str) -> Challenge:
    """Read an Accept-Signature. Raises Unsigned for one that cannot be read or met with our key."""
    label, inner = _one_list(header)
    if _text(inner, "keyid") not in {None, key_id} or _text(inner, "alg") not in {None, RSA}:
        raise Unsigned("The challenge asks for another key than ours.")
    return Challenge(
        label=label, covered=_components(inner), nonce=_text(inner, "nonce"), tag=_text(inner, "tag")
    )


def _only(message: SignedMessage, name: str) -> str:
    value = message.header(name)
    if value is None:
        raise Unsigned(f"Exactly one {name} header is needed.")
    return value


def _one_list(header: str) -> tuple[str, InnerList]:
    members = read_dictionary(header)
    label, member = next(iter(members.items()))
    if len(members) != 1 or not isinstance(member, InnerList):
        raise Unsigned("Exactly one signature is needed.")
    return label, member


def _components(inner: InnerList) -> tuple[str, ...]:
    names: list[str] = []
    for item in inner.items:
        name = item.value
        if type(name) is not str or item.parameters or name in names:
            raise Unsigned("The signature covers something twice, or a part of something.")
        if name not in _DERIVED and not _FIELD_NAME.fullmatch(name):
            raise Unsigned("The signature covers something unknown.")
        names.append(name)
    return tuple(names)


def _text(inner: InnerList, name: str) -> str | None:
    # Of a challenge a parameter may stand alone: any value will do.
    value = inner.parameters.get(name)
    if value is None or value is True:
        return None
    if type(value) is not str:
        raise Unsigned(f"The signature's {name} is no text.")
    return value


def _seconds(inner: InnerList, name: str) -> int | None:
    value = inner.parameters.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < _MAX_SECONDS:
        raise Unsigned(f"The signature's {name} is no time.")
    return value


def _value(message: SignedMessage, name: str, base_url: str) -> str:
    if not name.startswith("@"):
        values = message.headers.get(name)
        if not values:
            raise Unsigned(f"The signature covers {name}, which is not there.")
        return ", ".join(values)
    path, has_query, query = message.target.partition("?")
    derived = {
        _METHOD: message.method,
        _TARGET_URI: f"{base_url}{message.target}",
        "@authority": host_of(base_url),
        "@scheme": base_url.partition(":")[0].lower(),
        "@request-target": message.target,
        "@path": path or "/",
        "@query": f"?{query}" if has_query else "?",
    }
    return derived[name]


def _check_digest(message: SignedMessage) -> None:
    known = 0
    for name, member in read_dictionary(_only(message, _DIGEST)).items():
        if not isinstance(member, Item) or not isinstance(member.value, bytes):
            raise Unsigned("The Content-Digest cannot be read.")
        if name in _HASHES:
            known += 1
            if not hmac.compare_digest(_HASHES[name](message.body).digest(), member.value):
                raise Unsigned("The Content-Digest does not match the body.")
    if not known:
        raise Unsigned("The Content-Digest has no SHA-256 or SHA-512.")
