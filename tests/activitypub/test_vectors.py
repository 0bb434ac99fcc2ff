"""The wire library against vectors of others: HTTP signatures and the W3C's ActivityStreams documents."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fedi.activitypub.activities import Activity, parse_activity
from fedi.activitypub.actors import Actor, PublicKey
from fedi.activitypub.attachments import Attachment
from fedi.activitypub.collections import CollectionPage, OrderedCollection, Tombstone
from fedi.activitypub.discovery import Jrd
from fedi.activitypub.keys import Multikey
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import parse_document
from fedi.activitypub.signatures import cavage, rfc9421
from fedi.activitypub.signatures.message import SignedMessage
from fedi.errors import Malformed, Unsigned
from fedi.translate.notes import received

SHARED = Path(__file__).resolve().parents[3] / "shared"
SIGNATURES = SHARED / "wire" / "vectors.json"
DOCUMENTS = SHARED / "vectors" / "as2"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY_ID = "https://a.example/ap/u/1#main-key"

needs_signatures = pytest.mark.skipif(not SIGNATURES.exists(), reason="../shared/wire/vectors.json is absent")
needs_documents = pytest.mark.skipif(not DOCUMENTS.exists(), reason="../shared/vectors/as2 is absent")

READERS = (
    parse_activity,
    Note.from_json,
    Actor.from_json,
    PublicKey.from_json,
    Attachment.from_json,
    OrderedCollection.from_json,
    CollectionPage.from_json,
    Tombstone.from_json,
    Jrd.from_json,
)
ACTIVITY_TYPES = {"View"} | {kind.__name__ for kind in get_args(Activity)} | {"EmojiReact"}


def vectors() -> dict:
    return json.loads(SIGNATURES.read_text())


def key() -> RSAPublicKey:
    loaded = load_pem_public_key(vectors()["rsa_public_pem"].encode())
    assert isinstance(loaded, RSAPublicKey)
    return loaded


def post_vector(*, covered: str | None = None, body: bytes | None = None) -> SignedMessage:
    vector = vectors()["cavage_post"]
    names = covered or " ".join(vector["order"])
    signature = f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="{names}",signature="{vector["signature"]}"'
    lines = [*vector["headers"].items(), ("Signature", signature)]
    return SignedMessage.of("POST", vector["path"], lines, body or vectors()["body"].encode())


def get_vector(target: str | None = None) -> SignedMessage:
    vector = vectors()["cavage_get"]
    names = "(request-target) host date"
    signature = f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="{names}",signature="{vector["signature"]}"'
    date = "Sun, 22 Nov 2026 10:00:00 GMT"
    lines = [("Host", "b.example"), ("Date", date), ("Signature", signature)]
    return SignedMessage.of("GET", target or vector["path"], lines)


@needs_signatures
def test_the_signed_post_of_the_vectors_is_accepted():
    cavage.check(post_vector(), cavage.parse(post_vector()), key(), now=NOW)


@needs_signatures
def test_the_signed_get_of_the_vectors_is_accepted():
    cavage.check(get_vector(), cavage.parse(get_vector()), key(), now=NOW)


@needs_signatures
def test_the_vectors_are_refused_with_anything_changed():
    changed = [
        (post_vector(body=vectors()["body"].encode() + b" "), NOW),
        (post_vector(covered="(request-target) host digest date content-type"), NOW),
        (post_vector(covered="(request-target) host date digest"), NOW),
        (post_vector(covered="host date digest content-type"), NOW),
        (get_vector("/ap/u/2?x=2"), NOW),
        (get_vector("/ap/u/2"), NOW),
        (get_vector(), NOW + timedelta(hours=1, minutes=6)),
        (get_vector(), NOW - timedelta(hours=1, minutes=1)),
    ]

    for message, now in changed:
        with pytest.raises(Unsigned):
            cavage.check(message, cavage.parse(message), key(), now=now)


@needs_signatures
def test_the_signature_of_the_vectors_is_kept_byte_for_byte():
    assert cavage.parse(get_vector()).signature == base64.b64decode(vectors()["cavage_get"]["signature"])


def message_vector(name: str, **changed: str) -> SignedMessage:
    """Give a request of the vectors that is signed by RFC 9421; `changed` replaces what it says."""
    vector = vectors()[name] | changed
    is_post = "content-digest" in vector
    lines = [("Host", "b.example"), ("Signature-Input", vector["signature-input"])]
    lines += [("Content-Digest", vector["content-digest"])] if is_post else []
    lines += [("Signature", vector["signature"])]
    method, target = ("POST", "/inbox") if is_post else ("GET", vector.get("target", "/ap/u/2?x=1"))
    return SignedMessage.of(method, target, lines, vectors()["body"].encode() if is_post else b"")


def ed25519_key() -> Ed25519PublicKey:
    multikey = {
        "id": "https://a.example/ap/u/1#ed25519-key",
        "type": "Multikey",
        "controller": "https://a.example/ap/u/1",
        "publicKeyMultibase": vectors()["ed25519_multibase"],
    }
    loaded = load_pem_public_key(Multikey.from_json(multikey).pem.encode())
    assert isinstance(loaded, Ed25519PublicKey)
    return loaded


@needs_signatures
@pytest.mark.parametrize(("name", "load"), [("rfc9421_post_rsa", key), ("rfc9421_get_ed25519", ed25519_key)])
def test_the_message_signatures_of_the_vectors_are_accepted_over_their_very_base(name, load):
    message = message_vector(name)
    signature = rfc9421.parse(message)

    base = rfc9421.signature_base(
        message, signature.covered, signature.parameters, base_url="https://b.example"
    )
    rfc9421.check(message, signature, load(), base_url="https://b.example", now=NOW)

    assert base.decode() == vectors()[name]["base"]


@needs_signatures
@pytest.mark.parametrize(
    "changed",
    [
        {"target": "/ap/u/2?x=2"},
        {
            "signature-input": 'sig1=("@method");created=1795341600;keyid="https://a.example/ap/u/1#ed25519-key"'
        },
        {"signature": "sig1=:" + base64.b64encode(b"x" * 64).decode() + ":"},
    ],
)
def test_a_changed_message_of_the_vectors_is_refused(changed):
    with pytest.raises(Unsigned):
        message = message_vector("rfc9421_get_ed25519", **changed)
        signature = rfc9421.parse(message)
        rfc9421.check(message, signature, ed25519_key(), base_url="https://b.example", now=NOW)


@needs_documents
@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__qualname__)
def test_every_w3c_document_is_read_or_malformed(read):
    for path in sorted(DOCUMENTS.rglob("*.json")):
        try:
            read(parse_document(path.read_bytes()))
        except Malformed:
            continue


def objects() -> list[dict]:
    """The W3C's documents, those to be refused too, that are JSON objects at all."""
    found = []
    for path in sorted(DOCUMENTS.rglob("*.json")):
        try:
            found.append(parse_document(path.read_bytes()))
        except Malformed:
            continue
    return found


@needs_documents
@pytest.mark.parametrize("type_", ["Note", "Question", "Article", "Event", "Video"])
def test_each_w3c_object_is_a_post_where_it_has_an_id_a_type_and_an_author(type_):
    own = {"id": "https://a.example/1", "type": type_, "attributedTo": "https://a.example/ann"}

    for document in objects():
        plain = {name: value for name, value in document.items() if name not in {"@id", "@type"}}
        note = Note.from_json(plain | own)
        if not note.is_vote:
            received(note, followers_uri="", now=NOW)


@needs_documents
def test_each_w3c_object_is_an_actor_where_it_has_what_an_actor_needs():
    own = {
        "id": "https://a.example/ann",
        "type": "Person",
        "inbox": "https://a.example/ann/inbox",
        "preferredUsername": "ann",
    }

    for document in objects():
        plain = {name: value for name, value in document.items() if name not in {"@id", "@type"}}
        assert Actor.from_json(plain | own).username == "ann"


@needs_documents
@pytest.mark.parametrize("type_", sorted(ACTIVITY_TYPES))
def test_each_w3c_object_inside_an_activity_is_read_or_malformed(type_):
    outer = {"id": "https://a.example/2", "type": type_, "actor": "https://a.example/ann"}

    for document in objects():
        try:
            parse_activity(outer | {"object": document, "target": document, "instrument": document})
        except Malformed:
            continue


@needs_documents
def test_the_w3c_documents_are_within_our_limits():
    refused = []
    for path in sorted(DOCUMENTS.glob("*.json")):
        try:
            parse_document(path.read_bytes())
        except Malformed:
            refused.append(path.name)

    # This one has a bare line end inside a string, which is not JSON.
    assert refused == ["vocabulary-ex196-jsonld.json"]


@needs_documents
def test_only_what_is_no_object_is_refused_of_the_documents_that_are_wrong():
    refused = []
    for path in sorted((DOCUMENTS / "fail").glob("*.json")):
        try:
            parse_document(path.read_bytes())
        except Malformed:
            refused.append(path.stem)

    assert refused == ["array-at-top", "bad-character-set", "number-at-top", "string-at-top"]
