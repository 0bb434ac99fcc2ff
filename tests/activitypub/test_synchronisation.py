"""Followers synchronisation: the digest and the header (FEP-8fcf)."""

import contextlib
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.activitypub.synchronisation import Synchronisation, digest
from fedi.errors import Malformed

VECTORS = Path(__file__).parents[3] / "shared" / "wire" / "vectors.json"
GOOD = (
    'collectionId="https://a.example/u/1/followers", url="https://a.example/u/1/sync", digest="'
    + "0" * 64
    + '"'
)


@pytest.mark.skipif(not VECTORS.exists(), reason="the reference vectors are not at hand")
def test_the_digest_is_that_of_the_vectors():
    vector = json.loads(VECTORS.read_text())["fep8fcf"]

    assert digest(vector["followers_on_recipient"]) == vector["digest"]
    assert digest([]) == vector["empty_digest"]


def test_the_digest_of_one_follower_is_the_hash_of_its_id():
    assert digest(["https://b.example/u/2"]) == hashlib.sha256(b"https://b.example/u/2").hexdigest()


@given(st.lists(st.text(max_size=20), max_size=10))
def test_the_digest_does_not_depend_on_the_order(uris):
    assert digest(uris) == digest(reversed(uris))


def test_a_header_reads_as_it_was_written():
    said = Synchronisation.parse(GOOD)

    assert Synchronisation.parse(str(said)) == said
    assert said.url == "https://a.example/u/1/sync"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        GOOD.replace("0" * 64, "xyz"),
        GOOD.replace("https://a.example/u/1/sync", "file:///etc/passwd"),
        GOOD + ', url="https://evil.example/"',
        GOOD.partition(", digest")[0],
        GOOD + "," * 10_000,
    ],
)
def test_a_header_that_lacks_or_doubles_something_is_refused(header):
    with pytest.raises(Malformed):
        Synchronisation.parse(header)


@given(st.text(max_size=300))
def test_any_header_is_read_or_refused(header):
    with contextlib.suppress(Malformed):
        Synchronisation.parse(header)
