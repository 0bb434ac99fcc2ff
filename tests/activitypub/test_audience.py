"""Visibility and addresses."""

import pytest

from fedi.activitypub.audience import MAX_RECIPIENTS, address, read_audience, visibility_of
from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import PUBLIC, Uri

FOLLOWERS = Uri("https://a.example/ap/u/1/followers")
OTHERS = Uri("https://b.example/users/bob/followers")
BOB = Uri("https://b.example/users/bob")


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        ("public", (PUBLIC,), (FOLLOWERS, BOB)),
        ("unlisted", (FOLLOWERS,), (PUBLIC, BOB)),
        ("followers", (FOLLOWERS,), (BOB,)),
        ("direct", (BOB,), ()),
    ],
)
def test_each_visibility_has_its_addresses_and_is_told_from_them(visibility, to, cc):
    assert address(visibility, FOLLOWERS, [BOB, BOB]) == (to, cc)
    assert visibility_of(to, cc, FOLLOWERS) == visibility


def test_another_actors_followers_are_no_audience():
    assert visibility_of((FOLLOWERS,), (), FOLLOWERS) == "followers"
    assert visibility_of((OTHERS,), (BOB,), FOLLOWERS) == "direct"
    assert visibility_of((OTHERS,), (), None) == "direct"


def test_hidden_recipients_are_addressed_but_make_nothing_public():
    to, cc = read_audience(Reader({"to": [BOB], "bto": "as:Public", "bcc": [PUBLIC, OTHERS, BOB]}))

    assert (to, cc) == ((BOB,), (OTHERS,))


def test_a_thousand_recipients_are_read_and_no_more():
    many = [f"https://b.example/{number}" for number in range(MAX_RECIPIENTS)]

    to, cc = read_audience(Reader({"to": many[:900], "cc": [each + "/x" for each in many]}))

    assert (len(to), len(cc)) == (900, 100)
