"""What a client posts to its outbox, read: an activity, addressed, with what a client may not say left out.

A thing that is no activity is wrapped in a Create (ActivityPub 6.2.1). Types that other servers believe of
whoever serves them (actors, keys, stamps, collections) are refused: nobody with an account may make this
origin speak for them (FEP-fe34).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fedi.activitypub.audience import MAX_RECIPIENTS
from fedi.activitypub.reader import Reader, parse_document
from fedi.activitypub.vocabulary import ACTOR_TYPES, PUBLIC, Json, Uri
from fedi.errors import Malformed

# ActivityStreams' own, but for Question, which is posted as what it asks, and the reactions of FEP-c0e0.
ACTIVITY_TYPES: Final = frozenset(
    (
        *("Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "EmojiReact"),
        *("Flag", "Follow", "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Move", "Offer"),
        *("QuoteRequest", "Read", "Reject", "Remove", "TentativeAccept", "TentativeReject", "Travel"),
        *("Undo", "Update", "View"),
    )
)
# What other servers would take from our origin for an account, a key or a consent of ours.
_NEVER: Final = ACTOR_TYPES | {
    *("Key", "PublicKey", "CryptographicKey", "Multikey", "JsonWebKey", "VerificationMethod"),
    *("DataIntegrityProof", "VerifiableIdentityStatement", "QuoteAuthorization", "LikeApproval"),
    *("ReplyApproval", "AnnounceApproval", "LikeAuthorization", "ReplyAuthorization"),
    *("AnnounceAuthorization", "FeatureAuthorization", "Collection", "OrderedCollection"),
    *("CollectionPage", "OrderedCollectionPage", "Tombstone", "Relationship"),
}
_KEYS: Final = frozenset(
    {"publicKey", "publicKeyPem", "publicKeyMultibase", "publicKeyJwk", "assertionMethod", "owner", "proof"}
)
_ADDRESSES: Final = ("to", "cc", "bto", "bcc", "audience")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Whom something is for: `hidden` ones (bto, bcc) are told to nobody."""

    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()
    hidden: tuple[Uri, ...] = ()

    @property
    def everybody(self) -> tuple[Uri, ...]:
        """All of them."""
        return (*self.to, *self.cc, *self.hidden)

    def __bool__(self) -> bool:
        return bool(self.everybody)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """An activity of a client's, `type` one of ACTIVITY_TYPES; `json` is as it came but for its wrapping."""

    type: str
    json: Json
    addresses: Addresses

    @property
    def read(self) -> Reader:
        """A reader of the activity."""
        return Reader(self.json)

    @property
    def thing(self) -> Json:
        """The object, whole. Raises Malformed where there is none or only its id."""
        found = self.read.one("object")
        if not isinstance(found, dict):
            raise Malformed(f"{self.type} needs its whole object.")
        return found

    @property
    def object_uri(self) -> Uri:
        """The id of the object. Raises Malformed without one."""
        return self.read.uri("object")


def read_submitted(body: bytes) -> Submitted:
    """Read what a client posted. Raises Malformed for what is no activity or object that may be posted."""
    json = parse_document(body)
    types = Reader(json).types()
    if not types:
        raise Malformed("The document has no type.")
    name = next((name for name in types if name in ACTIVITY_TYPES), None)
    if name is None:
        json, name = {"type": "Create", "object": json}, "Create"
    inner = Reader(json).one("object")
    # An actor is updated by itself, and keys may stand in what is updated: there each is looked at.
    for part in (json, inner) if name != "Update" else (json,):
        if isinstance(part, dict):
            _check(part)
    shared = [json, inner] if isinstance(inner, dict) and name in {"Create", "Update"} else [json]
    return Submitted(type=name, json=json, addresses=addresses_of(shared))


def addresses_of(documents: Sequence[Mapping[str, Any]]) -> Addresses:
    """Read whom documents are for, together: addresses of a Create and its object are the same (6.2).

    Raises Malformed for too many. Being hidden makes nothing public.
    """
    found: dict[str, dict[Uri, None]] = {name: {} for name in _ADDRESSES}
    for document in documents:
        read = Reader(dict(document))
        for name in _ADDRESSES:
            found[name] |= dict.fromkeys(read.uris(name, limit=MAX_RECIPIENTS + 1))
    to, cc = found["to"], found["cc"] | found["audience"]
    hidden = {uri: None for uri in found["bto"] | found["bcc"] if uri != PUBLIC}
    if len(to | cc | hidden) > MAX_RECIPIENTS:
        raise Malformed("There are too many recipients.")
    return Addresses(
        to=tuple(to),
        cc=tuple(uri for uri in cc if uri not in to),
        hidden=tuple(uri for uri in hidden if uri not in to and uri not in cc),
    )


def _check(part: Json) -> None:
    """Refuse what would make an account, a key or a consent of what we serve (FEP-fe34)."""
    types = {name.rpartition("#")[2].rpartition(":")[2] for name in Reader(part).types()}
    if refused := sorted(types & _NEVER):
        raise Malformed(f"{refused[0]} cannot be posted.")
    if keys := sorted(_KEYS.intersection(part)):
        raise Malformed(f"{keys[0]} cannot be posted.")
