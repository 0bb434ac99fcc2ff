"""Public keys on the wire: security/v1 with PEM, and Multikey (FEP-521a), in an actor or on their own."""

from dataclasses import dataclass
from typing import Final, Self, TypeAlias

from fedi.activitypub.reader import Reader, same_origin
from fedi.activitypub.signatures.multikeys import to_pem
from fedi.activitypub.tags import readable
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import Malformed

MAX_KEYS: Final = 10

_MAX_PEM_CHARACTERS = 8192
_MAX_MULTIBASE_CHARACTERS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key as SPKI PEM: the property `publicKey`."""

    id: Uri
    owner: Uri
    pem: str

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        pem = read.string("publicKeyPem", limit=_MAX_PEM_CHARACTERS)
        if not pem:
            raise Malformed("A key has no publicKeyPem.")
        return cls(id=read.id(), owner=read.find_uri("owner") or read.uri("controller"), pem=pem)

    def to_json(self) -> Json:
        return {"id": self.id, "owner": self.owner, "publicKeyPem": self.pem}


@dataclass(frozen=True, slots=True, kw_only=True)
class Multikey:
    """A public key as multibase text: the property `assertionMethod`, whose keys may also prove documents."""

    id: Uri
    owner: Uri
    multibase: str

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        multibase = read.string("publicKeyMultibase", limit=_MAX_MULTIBASE_CHARACTERS)
        if "Multikey" not in read.types() or not multibase:
            raise Malformed("This is no Multikey.")
        return cls(id=read.id(), owner=read.uri("controller"), multibase=multibase)

    def to_json(self) -> Json:
        return {
            "id": self.id,
            "type": "Multikey",
            "controller": self.owner,
            "publicKeyMultibase": self.multibase,
        }

    @property
    def pem(self) -> str:
        """The key as SPKI PEM. Raises Malformed for what is none, or of a kind that is not accepted."""
        return to_pem(self.multibase)


Key: TypeAlias = PublicKey | Multikey


def read_key(json: Json) -> Key:
    """Read a key that is a document of its own. Raises Malformed for anything else."""
    return Multikey.from_json(json) if "Multikey" in Reader(json).types() else PublicKey.from_json(json)


def public_keys_of(read: Reader, actor: Uri) -> tuple[PublicKey, ...]:
    """Give the actor's own keys of `publicKey`, ten at most; others' and other origins' are left out."""
    found = readable([key.json for key in read.objects("publicKey")[:MAX_KEYS]], PublicKey.from_json)
    return tuple(key for key in found if key.owner == actor and same_origin(key.id, actor))


def multikeys_of(read: Reader, actor: Uri) -> tuple[Multikey, ...]:
    """Give the actor's own keys of `assertionMethod` in the same way."""
    found = readable([key.json for key in read.objects("assertionMethod")[:MAX_KEYS]], Multikey.from_json)
    return tuple(key for key in found if key.owner == actor and same_origin(key.id, actor))


def named_keys_of(read: Reader, name: str, actor: Uri) -> tuple[Uri, ...]:
    """Give the keys that an actor lists by their ids alone: each stands in a document of its own."""
    named = [Uri(value) for value in read.many(name)[:MAX_KEYS] if isinstance(value, str)]
    return tuple(key for key in named if same_origin(key, actor))
