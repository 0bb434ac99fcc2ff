"""Actors as we send them and as peers send them."""

from datetime import UTC, datetime

import pytest

from fedi.activitypub.actors import MAX_FIELDS, Actor, Field, PublicKey
from fedi.activitypub.attachments import Image
from fedi.activitypub.vocabulary import AS2, DIGITAL_SOURCE_TYPES, Uri
from fedi.errors import Malformed

ALICE = Uri("https://a.example/ap/u/1")
MINIMAL = {
    "@context": AS2,
    "id": ALICE,
    "type": "Person",
    "preferredUsername": "alice",
    "inbox": "https://a.example/ap/u/1/inbox",
}
KEY = {"id": f"{ALICE}#main-key", "owner": ALICE, "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nx\n"}


def actor(**more) -> Actor:
    return Actor.from_json(MINIMAL | more)


def test_an_actor_is_written_as_mastodon_reads_it():
    alice = Actor(
        id=ALICE,
        type="Person",
        username="alice",
        inbox=Uri(f"{ALICE}/inbox"),
        name="Alice",
        shared_inbox=Uri("https://a.example/ap/inbox"),
        locked=False,
        published=datetime(2026, 3, 1, tzinfo=UTC),
        fields=(Field(name="Site", value="<a>x</a>"),),
        public_keys=(PublicKey(id=Uri(KEY["id"]), owner=ALICE, pem=KEY["publicKeyPem"]),),
        icon=Image(
            url=Uri("https://a.example/i.webp"),
            alt="A fox",
            digital_source_type=Uri(DIGITAL_SOURCE_TYPES + "trainedAlgorithmicMedia"),
        ),
    )

    json = alice.to_json()

    assert json["@context"][0] == AS2
    assert json["publicKey"] == KEY
    assert json["endpoints"] == {"sharedInbox": "https://a.example/ap/inbox"}
    assert json["manuallyApprovesFollowers"] is False
    assert json["published"] == "2026-03-01T00:00:00Z"
    assert json["attachment"] == [{"type": "PropertyValue", "name": "Site", "value": "<a>x</a>"}]
    assert json["icon"]["summary"] == "A fox"
    assert json["icon"]["digitalSourceType"] == DIGITAL_SOURCE_TYPES + "trainedAlgorithmicMedia"
    assert "discoverable" not in json
    assert "suspended" not in json


@pytest.mark.parametrize("part", ["id", "type", "preferredUsername", "inbox"])
def test_an_actor_cannot_be_without_its_parts(part):
    assert actor().username == "alice"
    for value in (None, 4, "", {}):
        with pytest.raises(Malformed):
            actor(**{part: value})


@pytest.mark.parametrize(
    ("good", "bad"), [("alice", "al ice"), ("a.l-i_ce", ".alice"), ("ALICE", "alïce"), ("a:80", "a/80")]
)
def test_a_username_has_mastodons_shape(good, bad):
    assert actor(preferredUsername=good).username == good
    with pytest.raises(Malformed):
        actor(preferredUsername=bad)


def test_the_webfinger_property_names_an_actor_without_a_username():
    named = Actor.from_json(
        {key: value for key, value in MINIMAL.items() if key != "preferredUsername"}
        | {"webfinger": "acct:alice@handle.example"}
    )

    assert (named.username, named.webfinger) == ("alice", "alice@handle.example")


def test_what_belongs_to_the_actor_is_of_its_origin_or_absent():
    for name, attribute in [("followers", "followers"), ("featured", "featured"), ("outbox", "outbox")]:
        assert getattr(actor(**{name: f"{ALICE}/{name}"}), attribute) == f"{ALICE}/{name}"
        assert getattr(actor(**{name: f"https://b.example/{name}"}), attribute) is None


def test_a_key_counts_if_its_owner_and_origin_are_the_actors():
    good, other_owner = actor(publicKey=KEY), actor(publicKey=KEY | {"owner": "https://a.example/ap/u/2"})
    other_origin = actor(publicKey=KEY | {"id": "https://b.example/key"})

    assert [key.id for key in good.public_keys] == [KEY["id"]]
    assert other_owner.public_keys == other_origin.public_keys == ()
    assert (
        len(actor(publicKey=[KEY, KEY | {"id": f"{ALICE}#second"}, "https://a.example/k"]).public_keys) == 2
    )


def test_a_key_of_its_own_names_its_owner_or_controller():
    alone = {key: value for key, value in KEY.items() if key != "owner"}

    assert PublicKey.from_json(alone | {"controller": ALICE}).owner == ALICE
    for bad in (alone, KEY | {"publicKeyPem": ""}, KEY | {"id": None}):
        with pytest.raises(Malformed):
            PublicKey.from_json(bad)


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://a.example/@alice", "https://a.example/@alice"),
        ("https://b.example/@alice", None),
        ("javascript:alert(1)", None),
        (
            [
                {"type": "Link", "mediaType": "application/json", "href": "https://a.example/json"},
                {"type": "Link", "mediaType": "text/html", "href": "https://a.example/html"},
            ],
            "https://a.example/html",
        ),
        (["https://b.example/1", "https://a.example/2", "https://a.example/3"], "https://a.example/2"),
        (None, None),
    ],
)
def test_the_page_is_html_on_the_actors_host(url, page):
    assert actor(url=url).url == page


@pytest.mark.parametrize(
    "icon",
    [
        "https://a.example/i.png",
        {"type": "Image", "url": "https://a.example/i.png"},
        {"type": "Image", "url": [{"type": "Link", "href": "https://a.example/i.png"}]},
        [{"type": "Image"}, {"type": "Image", "url": "https://a.example/i.png"}],
        {"type": "Link", "href": "https://a.example/i.png"},
    ],
)
def test_an_icon_is_found_in_each_of_its_forms(icon):
    assert actor(icon=icon).icon == Image(url=Uri("https://a.example/i.png"))


def test_silence_on_locking_and_indexing_is_kept_apart_from_no():
    assert (actor().locked, actor(manuallyApprovesFollowers=False).locked) == (None, False)
    assert (actor().discoverable, actor(discoverable=True).discoverable) == (None, True)
    assert (actor().indexable, actor(indexable="true").indexable) == (None, None)
    assert (actor().memorial, actor(suspended=True).suspended) == (False, True)


def test_fields_are_capped_and_other_attachments_are_left_out():
    row = {"type": "PropertyValue", "name": "n", "value": "v"}
    many = [{"type": "IdentityProof", "name": "x"}, row | {"name": ""}, *[row] * (MAX_FIELDS + 5)]

    assert actor(attachment=many).fields == (Field(name="n", value="v"),) * MAX_FIELDS


def test_emoji_in_a_name_are_read_from_tags():
    tag = {"type": "Emoji", "id": None, "name": ":fox:", "icon": {"url": "https://a.example/f.png"}}

    (fox,) = actor(tag=tag).emojis

    assert (fox.shortcode, fox.url, fox.id) == ("fox", "https://a.example/f.png", None)


def test_several_keys_are_written_as_a_list():
    two = actor(publicKey=[KEY, KEY | {"id": f"{ALICE}#second"}])

    assert [key["id"] for key in two.to_json()["publicKey"]] == [KEY["id"], f"{ALICE}#second"]
