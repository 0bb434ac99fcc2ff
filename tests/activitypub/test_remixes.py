"""Remixes on the wire: who may, what a remix says of itself, the stamp, and licences."""

import pytest

from fedi.activitypub.licences import CHOICES, forbids_derivatives, read_licence
from fedi.activitypub.notes import Note
from fedi.activitypub.policies import Policy, Standing, decide
from fedi.activitypub.reader import Reader
from fedi.activitypub.remixes import RemixClaim
from fedi.activitypub.stamps import QuoteAuthorization, RemixAuthorization
from fedi.activitypub.vocabulary import PUBLIC
from fedi.errors import Malformed

ANN, BEN = "https://a.example/users/ann", "https://b.example/users/ben"
NOTE = {"id": "https://a.example/notes/1", "type": "Note", "attributedTo": ANN, "content": "a fox"}
PICTURE = {"type": "Document", "mediaType": "image/png", "url": "https://a.example/fox.png"}


def permission(**note: object) -> str:
    policy = Note.from_json(NOTE | note).interaction_policy or Policy()
    return decide(
        policy, "remix", Standing(uri=BEN), author=ANN, followers=f"{ANN}/followers", following=None
    )


@pytest.mark.parametrize("name", ["canRemix", "fedi:canRemix", "ours:canRemix"])
def test_whoever_says_so_lets_everybody_restyle(name):
    policy = {name: {"automaticApproval": [PUBLIC]}}

    assert permission(interactionPolicy=policy) == "automatic"


def test_silence_is_no_consent():
    assert permission() == "denied"
    assert permission(interactionPolicy={"canQuote": {"automaticApproval": [PUBLIC]}}) == "denied"


@pytest.mark.parametrize("words", ["noai", ["noindex", "noimageai"], "noindex, NoAI"])
def test_what_asks_machines_to_keep_away_is_left_alone(words):
    policy = {"canRemix": {"automaticApproval": [PUBLIC]}}

    assert permission(interactionPolicy=policy, xRobotsTag=words) == "denied"


def test_a_remix_without_a_stamp_says_nothing():
    note = Note.from_json(NOTE | {"isBasedOn": "https://b.example/notes/2"})

    assert note.remix is None


def test_a_remix_names_the_original_and_the_stamp():
    said = {"isBasedOn": "https://b.example/notes/2", "remixAuthorization": "https://b.example/stamps/3"}

    note = Note.from_json(NOTE | said)

    assert note.remix == RemixClaim(target=said["isBasedOn"], stamp=said["remixAuthorization"])
    assert said.items() <= note.to_json().items()
    assert "remixAuthorization" in note.json_context()[1]


def test_a_stamp_of_a_quote_is_none_of_a_remix():
    stamp = QuoteAuthorization(id=f"{BEN}#1", attributed_to=BEN, quoting=NOTE["id"], target=f"{BEN}#2")

    with pytest.raises(Malformed):
        RemixAuthorization.from_json(stamp.to_json())


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ({"license": CHOICES["by-nd"]}, CHOICES["by-nd"]),
        ({"schema:license": {"id": CHOICES["by"]}}, CHOICES["by"]),
        ({"license": "Attribution-NonCommercial-NoDerivs"}, CHOICES["by-nc-nd"]),
        ({"license": {"title": "CC BY-SA 4.0"}}, CHOICES["by-sa"]),
        ({"licence": {"identifier": "3", "name": "Attribution - No Derivatives"}}, CHOICES["by-nd"]),
        ({"licence": {"identifier": "1", "name": "Attribution"}}, CHOICES["by"]),
        ({"license": "All Rights Reserved"}, None),
        ({"license": ["nonsense", 7]}, None),
        ({}, None),
    ],
)
def test_a_licence_is_read_as_others_write_it(said, licence):
    assert read_licence(Reader(said)) == licence


@pytest.mark.parametrize("word", CHOICES)
def test_a_licence_without_derivatives_is_known(word):
    assert forbids_derivatives(CHOICES[word]) is ("nd" in word.split("-"))


def test_an_older_one_and_that_of_a_country_are_known_as_well():
    assert forbids_derivatives("http://creativecommons.org/licenses/by-nd-nc/1.0/jp/")
    assert not forbids_derivatives("https://example.org/licenses/nd")


def test_an_attachment_carries_its_licence():
    note = Note.from_json(NOTE | {"attachment": [PICTURE | {"license": CHOICES["by"]}]})

    assert note.attachments[0].licence == CHOICES["by"]
    assert note.to_json()["attachment"][0]["license"] == CHOICES["by"]
