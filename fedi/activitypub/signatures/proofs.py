"""Proofs inside documents: who made an activity, whoever passes it on (FEP-8b32, eddsa-jcs-2022).

Only the proof of the document itself is looked at, never one of something nested in it. Whether the key is
one with which the actor may assert is judged by who has the actor: federation/proofs.py.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fedi.activitypub.reader import is_http_uri, read_moment, write_moment
from fedi.activitypub.signatures.jcs import canonical
from fedi.activitypub.signatures.multikeys import read_base58, write_base58
from fedi.activitypub.vocabulary import AS2, Json
from fedi.errors import Malformed, Unsigned

CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"
CRYPTOSUITE: Final = "eddsa-jcs-2022"
# A captured activity must not be passed on for ever: this is as long as applied ones are remembered.
MAX_AGE: Final = timedelta(days=7)

_MAX_AHEAD = timedelta(hours=1)
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that was read: `key_id` is who it claims made it, `hashed` what was signed."""

    key_id: str
    hashed: bytes
    value: bytes

    def check(self, key: Ed25519PublicKey) -> None:
        """Raise Unsigned unless the proof was made with the key's private half."""
        try:
            key.verify(self.value, self.hashed)
        except InvalidSignature as error:
            raise Unsigned("The proof does not match.") from error


def sign(document: Json, *, key: Ed25519PrivateKey, key_id: str, now: datetime) -> Json:
    """Give the document with a proof and the context that it needs; nothing may be changed after it."""
    unsecured = {name: value for name, value in document.items() if name not in {"proof", "signature"}}
    unsecured["@context"] = _with_integrity(unsecured.get("@context", AS2))
    proof: Json = {
        "@context": unsecured["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": key_id,
        "proofPurpose": "assertionMethod",
        "created": write_moment(now),
    }
    value = write_base58(key.sign(hashed(unsecured, proof)))
    return {**unsecured, "proof": {**proof, "proofValue": value}}


def check(document: Json, key: Ed25519PublicKey, now: datetime) -> None:
    """Raise Unsigned unless the document carries exactly one proof, made with this key, that counts now."""
    read(document, now).check(key)


def read(document: Json, now: datetime) -> Proof:
    """Read the one proof of a document. Raises Unsigned for none, several, or one that cannot count now.

    A legacy `signature` beside it was made after it, and is left out of what the proof covers.
    """
    proof = _one_proof(document)
    expected = {"type": "DataIntegrityProof", "cryptosuite": CRYPTOSUITE, "proofPurpose": "assertionMethod"}
    if any(proof.get(name) != value for name, value in expected.items()):
        raise Unsigned("The proof is of a kind that is not read here.")
    key_id = proof.get("verificationMethod")
    if not isinstance(key_id, str) or not is_http_uri(key_id):
        raise Unsigned("The proof names no key.")
    _check_window(proof, now)
    unsecured = {name: value for name, value in document.items() if name not in {"proof", "signature"}}
    if "@context" in proof:
        unsecured["@context"] = _agreed(proof["@context"], document.get("@context"))
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        value = read_base58(str(proof.get("proofValue", "")))
        both = hashed(unsecured, config)
    except Malformed as error:
        raise Unsigned("The proof cannot be read.") from error
    if len(value) != _SIGNATURE_BYTES:
        raise Unsigned("The proof has a wrong length.")
    return Proof(key_id=key_id, hashed=both, value=value)


def hashed(unsecured: Json, config: Json) -> bytes:
    """Give what is signed: SHA-256 of the proof's canonical form, then of the document's."""
    return hashlib.sha256(canonical(config)).digest() + hashlib.sha256(canonical(unsecured)).digest()


def _one_proof(document: Json) -> Json:
    proofs = document.get("proof")
    if isinstance(proofs, list) and len(proofs) == 1:
        proofs = proofs[0]
    if not isinstance(proofs, dict):
        raise Unsigned("Exactly one proof is needed.")
    return proofs


def _check_window(proof: Json, now: datetime) -> None:
    created = read_moment(proof.get("created"))
    if created is None:
        raise Unsigned("The proof does not say when it was made.")
    if created - now > _MAX_AHEAD:
        raise Unsigned("The proof is from the future.")
    if now - created > MAX_AGE:
        raise Unsigned("The proof is too old.")
    if "expires" in proof:
        expires = read_moment(proof["expires"])
        if expires is None or expires <= now:
            raise Unsigned("The proof has expired.")


def _agreed(proofs: Any, documents: Any) -> Any:
    """Give the proof's context, which the document's must begin with: what it says was signed so."""
    wanted, found = _list(proofs), _list(documents)
    if found[: len(wanted)] != wanted:
        raise Unsigned("The proof was made under another context.")
    return proofs


def _with_integrity(context: Any) -> list[Any]:
    """Put the context of proofs after the other named ones, before terms of our own."""
    parts = [part for part in _list(context) if part != CONTEXT]
    named = sum(isinstance(part, str) for part in parts)
    return [*parts[:named], CONTEXT, *parts[named:]]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
