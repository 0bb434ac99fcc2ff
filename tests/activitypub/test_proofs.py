"""Integrity proofs and multikeys: the vectors of W3C and the FEPs, and every way to be wrong."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from fedi.activitypub.signatures import multikeys, proofs
from fedi.activitypub.signatures.jcs import canonical
from fedi.errors import Malformed, Unsigned
from fedi.security.keys import load_public

SHARED = Path(__file__).resolve().parents[3] / "shared"
VECTORS = SHARED / "wire" / "vectors.json"
W3C = SHARED / "vectors" / "eddsa"
needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="../shared/wire/vectors.json is absent")
needs_w3c = pytest.mark.skipif(not W3C.exists(), reason="../shared/vectors/eddsa is absent")

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
ALICE = "https://a.example/ap/u/1"
KEY_ID = f"{ALICE}#ed25519-key"
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"toot": "http://joinmastodon.org/ns#"}],
    "id": "https://a.example/ap/a/2",
    "type": "Create",
    "actor": ALICE,
    "object": {
        "id": "https://a.example/ap/o/2",
        "type": "Note",
        "attributedTo": ALICE,
        "content": "<p>é 😀</p>",
    },
}

# FEP-8b32's own example; its key is that of the W3C's vectors.
FEP_SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
FEP_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
FEP_NOW = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
FEP_DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams", proofs.CONTEXT],
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
FEP_VALUE = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"


def signed(document=DOCUMENT, **more):
    return proofs.sign({**document, **more}, key=KEY, key_id=KEY_ID, now=NOW)


def made(config=None, document=None, *, value=None):
    """A document whose proof was really made, over whatever is asked for."""
    good = signed()
    config = {
        **{name: part for name, part in good["proof"].items() if name != "proofValue"},
        **(config or {}),
    }
    config = {name: part for name, part in config.items() if part is not None}
    unsecured = {**{name: part for name, part in good.items() if name != "proof"}, **(document or {})}
    covered = {**unsecured, "@context": config.get("@context", unsecured["@context"])}
    proof_value = value or multikeys.write_base58(KEY.sign(proofs.hashed(covered, config)))
    return {**unsecured, "proof": {**config, "proofValue": proof_value}}


def check(document, *, now=NOW, key=KEY):
    proofs.check(document, key.public_key(), now)


# Vectors


def test_the_example_of_fep_8b32_is_made_and_checked():
    secret = Ed25519PrivateKey.from_private_bytes(multikeys.read_base58(FEP_SECRET)[2:])

    made_here = proofs.sign(
        FEP_DOCUMENT, key=secret, key_id="https://server.example/users/alice#ed25519-key", now=FEP_NOW
    )

    assert made_here["proof"]["proofValue"] == FEP_VALUE
    assert made_here["@context"] == FEP_DOCUMENT["@context"]
    public = load_public(multikeys.to_pem(FEP_PUBLIC))
    proofs.check(made_here, public, FEP_NOW)


@needs_vectors
def test_the_shared_vector_is_accepted():
    vectors = json.loads(VECTORS.read_text())
    vector = vectors["eddsa_jcs_2022"]
    config = {name: value for name, value in vector["proof"].items() if name != "proofValue"}

    public = load_public(multikeys.to_pem(vectors["ed25519_multibase"]))
    proofs.check({**vector["document"], "proof": vector["proof"]}, public, NOW)

    assert canonical(vector["document"]).decode() == vector["jcs_document"]
    assert canonical(config).decode() == vector["jcs_proof_config"]
    assert proofs.hashed(vector["document"], config).hex() == vector["hash_hex"]


@needs_vectors
@pytest.mark.parametrize("part", ["id", "type", "actor", "published", "to", "object", "@context"])
def test_the_shared_vector_is_refused_with_any_part_changed(part):
    vectors = json.loads(VECTORS.read_text())
    vector = vectors["eddsa_jcs_2022"]
    public = load_public(multikeys.to_pem(vectors["ed25519_multibase"]))

    with pytest.raises(Unsigned):
        proofs.check({**vector["document"], part: "changed", "proof": vector["proof"]}, public, NOW)


@needs_w3c
def test_the_steps_of_the_w3c_vectors_are_reproduced():
    steps = W3C / "eddsa-jcs-2022"
    document = json.loads((W3C / "unsigned.json").read_text())
    config = json.loads((steps / "proofConfigJCS.json").read_text())
    config["@context"] = document["@context"]
    keys = json.loads((W3C / "keyPair.json").read_text())
    secret = Ed25519PrivateKey.from_private_bytes(multikeys.read_base58(keys["privateKeyMultibase"])[2:])

    both = proofs.hashed(document, config)

    assert canonical(document).decode() == (steps / "canonDocJCS.txt").read_text()
    assert canonical(config).decode() == (steps / "proofCanonJCS.txt").read_text()
    assert both.hex() == (steps / "combinedHashJCS.txt").read_text()
    assert secret.sign(both).hex() == (steps / "sigHexJCS.txt").read_text()
    assert multikeys.write_base58(secret.sign(both)) == (steps / "sigBTC58JCS.txt").read_text()


@needs_w3c
def test_the_employment_authorisation_vector_keeps_its_canonical_form():
    document = json.loads((W3C / "employmentAuth.json").read_text())

    assert json.loads(canonical(document)) == document


# Our own


def test_what_we_sign_passes_and_states_its_context():
    document = signed()

    check(document)

    assert document["@context"] == [
        "https://www.w3.org/ns/activitystreams",
        proofs.CONTEXT,
        {"toot": "http://joinmastodon.org/ns#"},
    ]
    assert document["proof"]["@context"] == document["@context"]


def test_a_context_that_is_one_string_becomes_a_list():
    assert signed({"@context": "https://www.w3.org/ns/activitystreams", "id": "x"})["@context"] == [
        "https://www.w3.org/ns/activitystreams",
        proofs.CONTEXT,
    ]


def test_a_document_signed_again_has_one_proof():
    again = signed(signed())

    check(again)
    assert again == signed()


def test_a_proof_holds_after_the_document_was_written_and_read():
    check(json.loads(json.dumps(signed(), ensure_ascii=False, sort_keys=True, indent=3)))


def test_contexts_added_after_the_proofs_own_are_left_out():
    document = signed()

    check({**document, "@context": [*document["@context"], "https://w3id.org/security/v1"]})


def test_a_legacy_signature_made_after_the_proof_is_left_out():
    check({**signed(), "signature": {"type": "RsaSignature2017", "signatureValue": "AA=="}})


def test_a_proof_without_a_context_of_its_own_covers_the_documents():
    document = made({"@context": None})

    check(document)

    with pytest.raises(Unsigned):
        check({**document, "@context": ["https://www.w3.org/ns/activitystreams"]})


def test_a_list_of_one_proof_is_that_proof():
    document = signed()

    check({**document, "proof": [document["proof"]]})


# What is refused


@pytest.mark.parametrize(
    "config",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"cryptosuite": "jcs-eddsa-2022"},
        {"cryptosuite": None},
        {"proofPurpose": "authentication"},
        {"proofPurpose": None},
        {"verificationMethod": None},
        {"verificationMethod": "did:key:z6Mk"},
        {"verificationMethod": {"id": KEY_ID}},
        {"created": None},
        {"created": "yesterday"},
        {"created": "2026-11-22T11:00:01Z"},
        {"created": "2026-11-15T09:59:59Z"},
        {"expires": "2026-11-22T10:00:00Z"},
        {"expires": "never"},
        {"expires": 7},
        {"@context": ["https://evil.example/context"]},
        {"@context": [proofs.CONTEXT, "https://www.w3.org/ns/activitystreams"]},
    ],
)
def test_a_proof_that_was_made_but_may_not_count_is_refused(config):
    with pytest.raises(Unsigned):
        check(made(config))


@pytest.mark.parametrize(
    "config",
    [
        {"created": "2026-11-22T10:59:59Z"},
        {"created": "2026-11-15T10:00:01Z"},
        {"expires": "2026-11-22T10:00:01Z"},
        {"more": 1},
    ],
)
def test_a_proof_within_its_window_passes(config):
    check(made(config))


@pytest.mark.parametrize("value", ["", "z", "zz", "x" * 88, "z" + "1" * 64, "z" + "2" * 5000, "z0OIl"])
def test_a_value_that_is_no_signature_is_refused(value):
    document = signed()

    with pytest.raises(Unsigned):
        check({**document, "proof": {**document["proof"], "proofValue": value}})


def test_none_or_several_proofs_are_refused():
    document = signed()
    bare = {name: value for name, value in document.items() if name != "proof"}

    for bad in (
        bare,
        {**bare, "proof": []},
        {**bare, "proof": [document["proof"]] * 2},
        {**bare, "proof": "x"},
    ):
        with pytest.raises(Unsigned):
            check(bad)


def test_a_proof_of_something_nested_says_nothing_of_what_is_around_it():
    nested = {**DOCUMENT, "object": signed()}

    with pytest.raises(Unsigned):
        check(nested)


@pytest.mark.parametrize("path", [("actor",), ("object", "content"), ("object", "attributedTo"), ("id",)])
def test_any_change_of_the_document_is_refused(path):
    document = deepcopy(signed())
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] += "x"

    with pytest.raises(Unsigned):
        check(document)


def test_a_part_added_or_taken_away_is_refused():
    document = signed()

    with pytest.raises(Unsigned):
        check({**document, "to": ["https://www.w3.org/ns/activitystreams#Public"]})
    with pytest.raises(Unsigned):
        check({name: value for name, value in document.items() if name != "actor"})


def test_another_key_is_refused():
    with pytest.raises(Unsigned):
        check(signed(), key=Ed25519PrivateKey.generate())


def test_a_proof_ages():
    document = signed()

    check(document, now=NOW + timedelta(days=6, hours=23))
    with pytest.raises(Unsigned):
        check(document, now=NOW + timedelta(days=7, seconds=1))


# Multikeys

RSA_DER = bytes.fromhex(
    "3082010a0282010100b1b5fcd8d4d5e88ca5c4287b31f578865caf6a78826a3b8ff7b1b23aa4af4e6a0474139f945bd9d3a911"
    "ffd0fa72db78e4593a86c91f9da836186ebd3402d51f6a3844247ab5088b46929c311b43604fed84499f06f0f39bf55590e218"
    "7f1bbe229ba8f49fd2e570cd0e3733c76bfede80e1e7e0881e4538ea1bc5782be9512f8bf132526e05f4923564fe6e1e21bf70"
    "87adebb660fa533fca06d0a8e66991e1312d70b64a61da8ca77c028cdf939601e2cffe2855759b1d479f0847bcac59d7d62427"
    "a431d4e3dfd2697428b9dd6309a7b1167db99fe01af1ff1b739566fb949e47089d1dae84aef1214ef7f5773e86a0d3e9da246f"
    "9bec09d60c705891183d0203010001"
)
RSA_MULTIBASE = (
    "z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq8HCuW1w24nhBFGkRE4cd2"
    "Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1jmN6GBj22SjVsr6dxezRVQc7aj9TxE7JLbMH1wh5X3"
    "kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJAdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcmvynADfNZ5MBvcCS7m3XkF"
    "CMNUYBS9NQ3fze6vMSUPsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i"
)
ED25519_RAW = bytes.fromhex("2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6")
ED25519_MULTIBASE = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def pem_of(key) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("pem", "multibase"),
    [
        (pem_of(Ed25519PublicKey.from_public_bytes(ED25519_RAW)), ED25519_MULTIBASE),
        (pem_of(load_der_public_key(RSA_DER)), RSA_MULTIBASE),
    ],
    ids=["ed25519", "rsa"],
)
def test_the_keys_of_fep_521a_are_written_and_read(pem, multibase):
    assert multikeys.from_pem(pem) == multibase
    assert multikeys.to_pem(multibase) == pem


@pytest.mark.parametrize(
    "multibase",
    [
        "",
        "z",
        "m6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        ED25519_MULTIBASE[:-1],
        ED25519_MULTIBASE + "1",
        FEP_SECRET,
        multikeys.write_base58(b"\x85\x24nonsense"),
        multikeys.write_base58(b"\xe7\x01" + bytes(33)),
        multikeys.write_base58(
            b"\x85\x24"
            + Ed25519PublicKey.from_public_bytes(ED25519_RAW).public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        ),
        "z" + "2" * 3000,
        "z0",
    ],
)
def test_other_multikeys_are_malformed(multibase):
    with pytest.raises(Malformed):
        multikeys.to_pem(multibase)


@given(st.binary(max_size=80))
def test_base58_reads_back(raw):
    assert multikeys.read_base58(multikeys.write_base58(raw)) == raw
