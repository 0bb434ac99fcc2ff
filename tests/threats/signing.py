"""Signatures as an attacker makes them: with what it likes left out, added or lied about."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.security.keys import load_private
from tests.support.peer import key_pair
from tests.threats.evil import S


def text_over(message: SignedMessage, covered: list[str], **special: int) -> bytes:
    """Give the signing string of draft-cavage-12 over exactly these."""
    lines = []
    for name in covered:
        value: object = message.header(name)
        if name == "(request-target)":
            value = f"{message.method.lower()} {message.target}"
        elif name.startswith("("):
            value = special[name[1:-1]]
        lines.append(f"{name}: {value}")
    return "\n".join(lines).encode()


def rsa_signature(text: bytes, algorithm: SHA256 | SHA1 | None = None) -> str:
    """Sign with the usual key."""
    key = load_private(key_pair().private_pem)
    assert isinstance(key, RSAPrivateKey)
    return base64.b64encode(key.sign(text, PKCS1v15(), algorithm or SHA256())).decode()


def cavage_over(message: SignedMessage, covered: list[str], *, key_id: str) -> str:
    """Give a Signature header that holds, over exactly these."""
    signature = rsa_signature(text_over(message, covered))
    return f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",signature="{signature}"'


def _headers(body: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"Host": S, "Content-Type": ACTIVITY_JSON, "Digest": f"SHA-256={digest}"}


def with_date(body: bytes, actor: str, date: str) -> dict[str, str]:
    """Sign a request whose Date says anything at all."""
    headers = _headers(body) | {"Date": date}
    message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
    covered = ["(request-target)", "host", "date", "digest"]
    return headers | {"Signature": cavage_over(message, covered, key_id=f"{actor}#main-key")}


def hs2019(body: bytes, actor: str, *, created: int, expires: int | None) -> dict[str, str]:
    """Sign a request with (created) and (expires) instead of a Date."""
    headers = _headers(body)
    message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
    special = {"created": created} | ({} if expires is None else {"expires": expires})
    covered = ["(request-target)", "host", "digest", *(f"({name})" for name in special)]
    signature = rsa_signature(text_over(message, covered, **special))
    times = "".join(f",{name}={value}" for name, value in special.items())
    headers["Signature"] = (
        f'keyId="{actor}#main-key",algorithm="hs2019",headers="{" ".join(covered)}"{times},'
        f'signature="{signature}"'
    )
    return headers


def named_algorithm(body: bytes, actor: str, algorithm: str, *, pem: str, now: datetime) -> dict[str, str]:
    """Sign as an algorithm that should not count: an HMAC keyed with the public key, SHA-1, nothing."""
    headers = _headers(body) | {"Date": format_datetime(now.astimezone(UTC), usegmt=True)}
    message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
    covered = ["(request-target)", "host", "date", "digest"]
    text = text_over(message, covered)
    made = {
        "hmac-sha256": base64.b64encode(hmac.digest(pem.encode(), text, "sha256")).decode(),
        "rsa-sha1": rsa_signature(text, SHA1()),
    }.get(algorithm, base64.b64encode(b"\0" * 64).decode())
    headers["Signature"] = (
        f'keyId="{actor}#main-key",algorithm="{algorithm}",headers="{" ".join(covered)}",signature="{made}"'
    )
    return headers
