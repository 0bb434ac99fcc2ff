"""Keys as multibase text (FEP-521a; Controlled Identifiers 1.0, section 2.2.2): base58btc and a prefix."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from fedi.errors import Malformed

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
# An RSA key of 8192 bits has 1400 letters; decoding costs time by the square of the length.
_MAX_CHARACTERS: Final = 2048
# The multicodec numbers 0xed (Ed25519) and 0x1205 (RSA, as PKCS 1 DER), as variable-length integers.
_ED25519: Final = b"\xed\x01"
_RSA: Final = b"\x85\x24"
_ED25519_BYTES: Final = 32


def read_base58(text: str) -> bytes:
    """Read multibase text of base58btc (`z…`). Raises Malformed."""
    if not text.startswith("z") or len(text) > _MAX_CHARACTERS:
        raise Malformed("This is no base58btc text.")
    digits, number = text[1:], 0
    for letter in digits:
        if letter not in _DIGITS:
            raise Malformed("This is no base58btc text.")
        number = number * 58 + _DIGITS[letter]
    zeros = len(digits) - len(digits.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def write_base58(raw: bytes) -> str:
    """Write bytes as multibase text of base58btc."""
    number, letters = int.from_bytes(raw), []
    while number:
        number, digit = divmod(number, 58)
        letters.append(_ALPHABET[digit])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(letters))


def to_pem(multibase: str) -> str:
    """Give the SPKI PEM of an Ed25519 or RSA key written as multibase. Raises Malformed."""
    raw = read_base58(multibase)
    prefix, rest = raw[:2], raw[2:]
    key: Ed25519PublicKey | RSAPublicKey
    if prefix == _ED25519 and len(rest) == _ED25519_BYTES:
        key = Ed25519PublicKey.from_public_bytes(rest)
    elif prefix == _RSA:
        key = _rsa(rest)
    else:
        raise Malformed("The key is of a kind that is not accepted.")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def from_pem(pem: str) -> str:
    """Write an Ed25519 or RSA public key, given as SPKI PEM, as multibase text."""
    key = load_pem_public_key(pem.encode("ascii"))
    if isinstance(key, Ed25519PublicKey):
        return write_base58(_ED25519 + key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    if isinstance(key, RSAPublicKey):
        return write_base58(_RSA + key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    raise TypeError(f"no key of ours: {type(key).__name__}")


def _rsa(der: bytes) -> RSAPublicKey:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed("The key cannot be read.") from error
    if not isinstance(key, RSAPublicKey):
        raise Malformed("The key is of a kind that is not accepted.")
    return key
