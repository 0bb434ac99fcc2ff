"""Web Push: messages encrypted for an app, and who sends them (RFC 8291, RFC 8188, RFC 8292).

Beside the standard stands the draft that came before it, which most apps' own servers still read
(draft-ietf-webpush-encryption-04, content coding aesgcm). Keys of ours are derived from the server's secret,
so that nothing needs to be set up.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fedi.errors import Malformed

# The order of P-256 (FIPS 186-4, D.1.2.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# Sixteen bytes more than the order has, so that the remainder leans to no number.
_SEED_BYTES = 48
_POINT_BYTES, _AUTH_BYTES, _SALT_BYTES, _NONCE_BYTES = 65, 16, 16, 12
_RECORD_BYTES = 4096
# Of a body: header, the delimiter and the tag (RFC 8188 section 2).
MAX_TEXT_BYTES = _RECORD_BYTES - (_SALT_BYTES + 4 + 1 + _POINT_BYTES) - 1 - 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """What an app gave to encrypt for it: a point on P-256 and a secret."""

    point: bytes
    auth: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An encrypted message and the headers that go with it."""

    body: bytes
    headers: Mapping[str, str]


def read_keys(p256dh: str, auth: str) -> AppKeys:
    """Read an app's keys. Raises Malformed for what is no point of the curve or no secret of 16 bytes."""
    point, secret = _bytes(p256dh), _bytes(auth)
    if len(point) != _POINT_BYTES or len(secret) != _AUTH_BYTES:
        raise Malformed("The keys are not as long as they must be.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise Malformed("The key is not a point of P-256.") from error
    return AppKeys(point=point, auth=secret)


def public_key(secret: str) -> str:
    """Give the key by which push services know this server: an uncompressed point, base64url."""
    return text_of(_point(_own_key(secret)))


def seal(text: bytes, keys: AppKeys) -> Sealed:
    """Encrypt a message of at most MAX_TEXT_BYTES as RFC 8291 says (aes128gcm)."""
    salt, ours = secrets.token_bytes(_SALT_BYTES), ec.generate_private_key(ec.SECP256R1())
    point = _point(ours)
    shared = _derived(
        _agreed(ours, keys), salt=keys.auth, info=b"WebPush: info\0" + keys.point + point, length=32
    )
    key = _derived(shared, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(shared, salt=salt, info=b"Content-Encoding: nonce\0", length=_NONCE_BYTES)
    header = salt + _RECORD_BYTES.to_bytes(4, "big") + len(point).to_bytes(1, "big") + point
    # 2 delimits the last record, of which nothing is padding.
    body = header + AESGCM(key).encrypt(nonce, text + b"\2", None)
    return Sealed(body=body, headers={"Content-Encoding": "aes128gcm"})


def seal_as_draft(text: bytes, keys: AppKeys) -> Sealed:
    """Encrypt a message as the draft says (aesgcm): salt and key stand in headers."""
    salt, ours = secrets.token_bytes(_SALT_BYTES), ec.generate_private_key(ec.SECP256R1())
    point = _point(ours)
    shared = _derived(_agreed(ours, keys), salt=keys.auth, info=b"Content-Encoding: auth\0", length=32)
    length = _POINT_BYTES.to_bytes(2, "big")
    context = b"P-256\0" + length + keys.point + length + point
    key = _derived(shared, salt=salt, info=b"Content-Encoding: aesgcm\0" + context, length=16)
    nonce = _derived(shared, salt=salt, info=b"Content-Encoding: nonce\0" + context, length=_NONCE_BYTES)
    # Two bytes say how much padding follows them: none.
    body = AESGCM(key).encrypt(nonce, b"\0\0" + text, None)
    headers = {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={text_of(salt)}",
        "Crypto-Key": f"dh={text_of(point)}",
    }
    return Sealed(body=body, headers=headers)


def claim(secret: str, *, audience: str, subject: str, until: int) -> str:
    """Sign who sends to a push service (RFC 8292 section 2): `until` in seconds since 1970, within a day."""
    head = {"typ": "JWT", "alg": "ES256"}
    claims = {"aud": audience, "exp": until, "sub": subject}
    said = ".".join(text_of(json.dumps(each, separators=(",", ":")).encode()) for each in (head, claims))
    r, s = decode_dss_signature(_own_key(secret).sign(said.encode(), ec.ECDSA(SHA256())))
    return f"{said}.{text_of(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def lock(secret: str, text: str, *, about: str) -> str:
    """Encrypt what only this server may read again; `about` says what it belongs to."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return text_of(nonce + AESGCM(_lock_key(secret)).encrypt(nonce, text.encode(), about.encode()))


def unlock(secret: str, locked: str, *, about: str) -> str:
    """Read what `lock` made. Raises Malformed when it was made with another secret or for something else."""
    whole = _bytes(locked)
    try:
        return (
            AESGCM(_lock_key(secret))
            .decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], about.encode())
            .decode()
        )
    except (InvalidTag, ValueError) as error:
        raise Malformed("This was not locked by this server.") from error


def text_of(raw: bytes) -> str:
    """Give bytes as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Read base64url, or base64, with or without padding."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("This is not base64url.") from error


@lru_cache(maxsize=8)
def _own_key(secret: str) -> ec.EllipticCurvePrivateKey:
    seed = _derived(secret.encode(), salt=b"", info=b"fedi web push: who sends", length=_SEED_BYTES)
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


@lru_cache(maxsize=8)
def _lock_key(secret: str) -> bytes:
    return _derived(secret.encode(), salt=b"", info=b"fedi web push: tokens", length=32)


def _derived(material: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(material)


def _agreed(ours: ec.EllipticCurvePrivateKey, keys: AppKeys) -> bytes:
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.point)
    return ours.exchange(ec.ECDH(), theirs)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
