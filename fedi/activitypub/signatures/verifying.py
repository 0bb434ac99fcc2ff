"""What both schemes of HTTP signatures share: which keys verify, how, and how long a signature lives."""

from datetime import datetime, timedelta
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

from fedi.errors import Unsigned

SigningKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey
VerifyingKey: TypeAlias = RSAPublicKey | Ed25519PublicKey

# Mastodon's figures: clocks differ by up to an hour, and a signature lives for five minutes.
MAX_AHEAD: Final = timedelta(hours=1)
MAX_AGE: Final = timedelta(hours=1, minutes=5)

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192

_SHA256: Final[HashAlgorithm] = SHA256()
_PADDING: Final = PKCS1v15()


def check_window(made: float, expires: float | None, now: datetime) -> None:
    """Raise Unsigned unless a signature `made` then (Unix seconds) counts now; `expires` has an hour more."""
    seconds = now.timestamp()
    if made - seconds > MAX_AHEAD.total_seconds():
        raise Unsigned("The signature is from the future.")
    if seconds - made > MAX_AGE.total_seconds():
        raise Unsigned("The signature is too old.")
    if expires is not None and seconds - expires > MAX_AHEAD.total_seconds():
        raise Unsigned("The signature has expired.")


def sign(text: bytes, key: SigningKey) -> bytes:
    """Sign as the key's type says: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(text)
    return key.sign(text, _PADDING, _SHA256)


def check_rsa(public_key: RSAPublicKey) -> None:
    """Raise Unsigned for an RSA key whose size or exponent is not accepted."""
    exponent = public_key.public_numbers().e
    if not MIN_RSA_BITS <= public_key.key_size <= MAX_RSA_BITS:
        raise Unsigned("The RSA key is too short or too long.")
    if exponent != 3 and (exponent < 65537 or exponent % 2 == 0):
        raise Unsigned("The RSA key has an unusual exponent.")


def ed25519_verifies(text: bytes, signature: bytes, public_key: Ed25519PublicKey) -> bool:
    """Say whether an Ed25519 signature holds."""
    try:
        public_key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def rsa_verifies(
    text: bytes, signature: bytes, public_key: RSAPublicKey, algorithm: HashAlgorithm = _SHA256
) -> bool:
    """Say whether an RSASSA-PKCS1-v1_5 signature holds."""
    try:
        public_key.verify(signature, text, _PADDING, algorithm)
    except InvalidSignature:
        return False
    return True
