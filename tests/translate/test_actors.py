"""Accounts as actors, and actors as accounts."""

from datetime import UTC, datetime

import pytest

from fedi.activitypub.actors import Actor
from fedi.activitypub.uris import LocalUris
from fedi.errors import WrongOrigin
from fedi.models.accounts import Account
from fedi.security.keys import make_rsa_pair
from fedi.translate.actors import account_values, actor_of

URIS = LocalUris(base_url="https://a.example", account_domain="a.example")
BORN = datetime(2026, 3, 1, tzinfo=UTC)


def account(**columns) -> Account:
    places = {
        "uri": URIS.actor(1),
        "url": URIS.profile_page("ann"),
        "inbox_url": URIS.inbox(1),
        "shared_inbox_url": URIS.shared_inbox,
        "outbox_url": URIS.outbox(1),
        "followers_url": URIS.followers(1),
        "following_url": URIS.following(1),
        "featured_url": URIS.featured(1),
        "key_id": URIS.key(1),
        "public_key_pem": "PEM",
    }
    return Account(
        **{"id": 1, "username": "ann", "username_lower": "ann", "created_at": BORN, **places, **columns}
    )


def test_an_account_is_served_with_all_its_places():
    field = {"name": "Site", "value": "<a>x</a>", "text": "x", "verified_at": None}
    json = actor_of(
        account(
            display_name="Ann", note="<p>hi</p>", locked=True, fields_list=[field], avatar_key="media/1.webp"
        ),
        URIS,
    ).to_json()

    json.pop("@context")
    assert json == {
        "id": "https://a.example/ap/u/1",
        "type": "Person",
        "webfinger": "ann@a.example",
        "preferredUsername": "ann",
        "name": "Ann",
        "summary": "<p>hi</p>",
        "url": "https://a.example/@ann",
        "inbox": "https://a.example/ap/u/1/inbox",
        "outbox": "https://a.example/ap/u/1/outbox",
        "followers": "https://a.example/ap/u/1/followers",
        "following": "https://a.example/ap/u/1/following",
        "liked": "https://a.example/ap/u/1/liked",
        "featured": "https://a.example/ap/u/1/featured",
        "featuredTags": "https://a.example/ap/u/1/tags",
        "endpoints": {"sharedInbox": "https://a.example/ap/inbox"},
        "manuallyApprovesFollowers": True,
        "discoverable": False,
        "indexable": False,
        "memorial": False,
        "alsoKnownAs": [],
        "published": "2026-03-01T00:00:00Z",
        "publicKey": {
            "id": "https://a.example/ap/u/1#main-key",
            "owner": "https://a.example/ap/u/1",
            "publicKeyPem": "PEM",
        },
        "generator": {
            "type": "Application",
            "implements": [
                {
                    "href": "https://datatracker.ietf.org/doc/html/rfc9421",
                    "name": "RFC-9421: HTTP Message Signatures",
                },
                {"href": "https://w3id.org/fep/c0e0", "name": "FEP-c0e0: Emoji reactions"},
            ],
        },
        "tag": [],
        "attachment": [{"type": "PropertyValue", "name": "Site", "value": "<a>x</a>"}],
        "icon": {"type": "Image", "url": "https://a.example/media/media/1.webp", "mediaType": "image/webp"},
    }


def test_what_we_serve_reads_back_as_it_was():
    actor = actor_of(account(avatar_key="media/1.png", avatar_alt="A fox"), URIS)

    assert Actor.from_json(actor.to_json()) == actor


def test_the_servers_own_actor_is_named_like_the_server():
    row = account(uri=URIS.instance_actor, actor_type="Application", followers_url="", featured_url="")

    actor = actor_of(row, URIS, instance_title="Foxes")

    assert (actor.id, actor.name, actor.followers) == (URIS.instance_actor, "Foxes", None)
    assert actor_of(account(), URIS, instance_title="Foxes").name == ""


def test_a_suspended_account_says_so():
    assert actor_of(account(suspended_at=BORN), URIS).suspended


def test_the_label_of_an_avatar_is_sent_and_read():
    iri = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    row = account(avatar_key="media/1.webp", avatar_source_type=iri, avatar_ai_system="cel")
    json = actor_of(row, URIS).to_json()

    values = account_values(Actor.from_json(json))

    assert json["icon"]["digitalSourceType"] == iri
    assert json["icon"]["aiSystem"] == {"type": "fedi:Model", "name": "cel"}
    assert json["@context"][-1]["fedi"] == "https://a.example/ns#"
    assert (values["avatar_source_type"], values["avatar_ai_system"]) == (iri, "cel")
    assert "fedi" not in actor_of(account(), URIS).to_json()["@context"][-1]


def remote(**properties) -> Actor:
    uri = "https://b.example/users/bob"
    return Actor.from_json(
        {"id": uri, "type": "Person", "preferredUsername": "Bob", "inbox": f"{uri}/inbox", **properties}
    )


def test_markup_from_outside_is_sanitised_everywhere():
    values = account_values(
        remote(
            summary="<p>x<script>y</script></p>",
            name="a\u202eb <b>c</b>",
            attachment=[{"type": "PropertyValue", "name": "n", "value": "<a href='javascript:x'>l</a>"}],
        )
    )

    assert values["note"] == "<p>x</p>"
    assert values["display_name"] == "ab <b>c</b>"
    assert "javascript" not in values["fields_list"][0]["value"]


def test_what_is_not_said_is_empty_and_what_is_not_asked_for_is_no():
    values = account_values(remote())

    assert (values["username_lower"], values["url"]) == ("bob", "https://b.example/users/bob")
    empty = (
        "note",
        "avatar_url",
        "header_alt",
        "shared_inbox_url",
        "followers_url",
        "key_id",
        "moved_to_uri",
    )
    assert [values[name] for name in empty] == [""] * len(empty)
    assert (values["locked"], values["discoverable"], values["indexable"]) == (False, False, False)


def test_the_first_usable_key_counts():
    uri = "https://b.example/users/bob"
    good = make_rsa_pair().public_pem
    keys = [
        {"id": f"{uri}#1", "owner": uri, "publicKeyPem": "nonsense"},
        {"id": f"{uri}#2", "owner": uri, "publicKeyPem": good},
    ]

    values = account_values(remote(publicKey=keys))

    assert (values["key_id"], values["public_key_pem"].strip()) == (f"{uri}#2", good.strip())


@pytest.mark.parametrize(
    "inbox", ["https://a.example/ap/inbox", "https://c.example/inbox", "http://b.example/inbox"]
)
def test_an_inbox_on_another_server_is_refused(inbox: str):
    with pytest.raises(WrongOrigin):
        account_values(remote(inbox=inbox))


def test_a_shared_inbox_on_another_server_is_left_out():
    assert (
        account_values(remote(endpoints={"sharedInbox": "https://c.example/inbox"}))["shared_inbox_url"] == ""
    )


def test_an_emoji_is_kept_once():
    icon = {"type": "Image", "url": "https://b.example/fox.png"}
    tags = [{"type": "Emoji", "name": ":fox:", "icon": icon}] * 2

    assert account_values(remote(tag=tags))["emojis"] == [
        {"shortcode": "fox", "url": "https://b.example/fox.png"}
    ]
