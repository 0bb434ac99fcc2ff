"""Key pairs and PEM: ours, made and loaded fast, and strangers', accepted by rule.

Acceptance of public keys: RSA of 2048 to 8192 bits with exponent 3 or an odd one from 65537, or Ed25519.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from fedi.errors import Malformed

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

_OWN_KEY_BITS = 2048
_MIN_KEY_BITS = 2048
_MAX_KEY_BITS = 8192
_USUAL_EXPONENT = 65537
# Checking costs time in proportion to the exponent's length (threat: giant keys).
_MAX_EXPONENT = 2**32
_MAX_PEM_LENGTH = 8192
_KEPT_PRIVATE_KEYS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A key pair as PEM text: PKCS 8 and SubjectPublicKeyInfo."""

    private_pem: str
    public_pem: str


def make_rsa_pair() -> KeyPair:
    """Make an RSA-2048 pair, the one kind every peer can check. Takes about 40 ms."""
    return _pair(generate_private_key(_USUAL_EXPONENT, _OWN_KEY_BITS))


def make_ed25519_pair() -> KeyPair:
    """Make an Ed25519 pair, for object integrity proofs (FEP-8b32)."""
    return _pair(Ed25519PrivateKey.generate())


@lru_cache(maxsize=_KEPT_PRIVATE_KEYS)
def load_private(pem: str) -> PrivateKey:
    """Load a private key of our own making; the last 256 stay loaded.

    Skips the check of the key's numbers (40 ms against 11 µs): never for a key that came from outside.
    """
    key = serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, PrivateKey):
        raise TypeError(f"not a key of ours: {type(key).__name__}")
    return key


def load_public(pem: str) -> PublicKey:
    """Load a stranger's public key; raises Malformed when it is no key or not one that is accepted."""
    if len(pem) > _MAX_PEM_LENGTH:
        raise Malformed("The public key is too long.")
    try:
        key = serialization.load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed("The public key cannot be read.") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise Malformed("The public key is of a kind that is not accepted.")
    _check_rsa(key)
    return key


def _check_rsa(key: RSAPublicKey) -> None:
    if not _MIN_KEY_BITS <= key.key_size <= _MAX_KEY_BITS:
        raise Malformed("An RSA key must have 2048 to 8192 bits.")
    exponent = key.public_numbers().e
    if exponent != 3 and (exponent % 2 == 0 or not _USUAL_EXPONENT <= exponent < _MAX_EXPONENT):
        raise Malformed("The RSA key's exponent is not accepted.")


def _pair(key: PrivateKey) -> KeyPair:
    return KeyPair(
        private_pem=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        public_pem=key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )
