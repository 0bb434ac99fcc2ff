"""Activities in the shapes that peers send, and in ours."""

import pytest

from fedi.activitypub.activities import (
    Accept,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    Flag,
    Follow,
    Like,
    Move,
    Reject,
    Remove,
    Undo,
    Unknown,
    Update,
    parse_activity,
)
from fedi.activitypub.actors import Actor
from fedi.activitypub.collections import OrderedCollection, Tombstone
from fedi.activitypub.notes import Note
from fedi.activitypub.vocabulary import AS2, PUBLIC, Uri
from fedi.errors import Malformed

ALICE = Uri("https://a.example/ap/u/1")
BOB = Uri("https://b.example/users/bob")
POST = Uri("https://b.example/o/5")
FOLLOW_ID = Uri("https://a.example/ap/a/f1")
FOLLOW = {"id": FOLLOW_ID, "type": "Follow", "actor": ALICE, "object": BOB}
NOTE = {"id": POST, "type": "Note", "attributedTo": BOB, "content": "x"}


def by_bob(type_: str, object_: object, **more):
    return parse_activity(
        {"id": "https://b.example/a/1", "type": type_, "actor": BOB, "object": object_} | more
    )


def test_accept_embeds_the_follow_with_its_own_id():
    follow = Follow(id=FOLLOW_ID, actor=ALICE, object=BOB)

    sent = Accept(id=Uri("https://b.example/a/1"), actor=BOB, object=follow).to_json()

    assert sent == {
        "@context": AS2,
        "id": "https://b.example/a/1",
        "type": "Accept",
        "actor": BOB,
        "object": {"id": FOLLOW_ID, "type": "Follow", "actor": ALICE, "object": BOB},
    }


@pytest.mark.parametrize("type_", ["Accept", "Reject"])
def test_accept_and_reject_hold_the_follow_or_its_id(type_):
    assert by_bob(type_, FOLLOW).object == Follow(id=FOLLOW_ID, actor=ALICE, object=BOB)
    assert by_bob(type_, FOLLOW_ID).object == FOLLOW_ID
    assert by_bob(type_, {"id": FOLLOW_ID, "type": "Follow"}).object == FOLLOW_ID
    assert by_bob(type_, {"id": FOLLOW_ID, "type": "QuoteRequest", "object": POST}).object == FOLLOW_ID
    with pytest.raises(Malformed):
        by_bob(type_, {"type": "Follow"})


@pytest.mark.parametrize(("type_", "class_"), [("Like", Like), ("Announce", Announce), ("Block", Block)])
def test_undo_holds_what_is_undone_or_its_id(type_, class_):
    inner = {"id": "https://b.example/a/0", "type": type_, "actor": BOB, "object": POST}

    undone = by_bob("Undo", inner).object

    assert isinstance(undone, class_)
    assert undone.object == POST
    assert by_bob("Undo", "https://b.example/a/0").object == "https://b.example/a/0"
    assert by_bob("Undo", {"id": "https://b.example/a/0", "type": type_}).object == "https://b.example/a/0"
    assert by_bob("Undo", inner | {"type": "Accept"}).object == "https://b.example/a/0"


def test_an_undone_activity_without_an_actor_is_the_undoers_own():
    assert by_bob("Undo", {"type": "Follow", "object": ALICE}).object == Follow(
        id=None, actor=BOB, object=ALICE
    )


def test_an_undone_activity_of_somebody_else_keeps_its_actor_for_the_inbox_to_see():
    assert by_bob("Undo", FOLLOW).object.actor == ALICE


def test_an_activity_may_lack_an_id():
    for absent in ({"id": None}, {"id": "not an address"}, {"id": 4}):
        assert parse_activity(FOLLOW | absent) == Follow(id=None, actor=ALICE, object=BOB)


@pytest.mark.parametrize("part", ["type", "actor", "object"])
def test_an_activity_cannot_be_without_its_parts(part):
    for value in (None, 4, [], {}):
        with pytest.raises(Malformed):
            parse_activity(FOLLOW | {part: value})


def test_the_aliases_of_json_ld_are_read():
    aliased = {"@id": FOLLOW_ID, "@type": ["Follow"], "actor": {"@id": ALICE}, "object": [{"id": BOB}]}

    assert parse_activity(aliased) == Follow(id=FOLLOW_ID, actor=ALICE, object=BOB)


def test_a_note_without_addresses_takes_those_of_its_create():
    for json in ({"to": "as:Public", "cc": [ALICE]}, {"to": ["Public"], "cc": ALICE}):
        created = by_bob("Create", NOTE, **json)
        assert isinstance(created, Create)
        assert (created.object.to, created.object.cc) == ((PUBLIC,), (ALICE,))
    assert by_bob("Create", NOTE | {"to": [ALICE]}, to=[PUBLIC]).object.to == (ALICE,)


def test_a_note_without_an_author_is_the_actors_if_of_the_same_origin():
    anonymous = {key: value for key, value in NOTE.items() if key != "attributedTo"}

    assert by_bob("Create", anonymous).object.attributed_to == BOB
    with pytest.raises(Malformed):
        by_bob("Create", anonymous | {"id": "https://a.example/o/5"})


def test_create_may_hold_an_id_or_something_unknown():
    assert by_bob("Create", POST).object == POST
    assert by_bob("Create", {"id": POST}).object == POST
    assert isinstance(by_bob("Create", {"id": POST, "type": "ChatMessage"}), Unknown)
    with pytest.raises(Malformed):
        by_bob("Create", {"type": "Note", "content": "no id"})


def test_update_holds_a_note_an_actor_or_an_id():
    actor = {"id": BOB, "type": "Person", "preferredUsername": "bob", "inbox": f"{BOB}/inbox"}

    assert isinstance(by_bob("Update", NOTE).object, Note)
    assert isinstance(by_bob("Update", actor).object, Actor)
    assert by_bob("Update", POST).object == POST
    assert isinstance(by_bob("Update", {"id": POST, "type": "CacheFile"}), Unknown)
    assert isinstance(by_bob("Update", NOTE), Update)


@pytest.mark.parametrize(
    ("object_", "former_type"),
    [
        (POST, None),
        ({"id": POST, "type": "Tombstone"}, None),
        ({"id": POST, "type": "Tombstone", "formerType": "Question"}, "Question"),
        (NOTE, "Note"),
    ],
)
def test_delete_names_its_object_in_each_form(object_, former_type):
    deleted = by_bob("Delete", object_)

    assert isinstance(deleted, Delete)
    assert (deleted.object, deleted.former_type) == (POST, former_type)


def test_a_delete_is_sent_with_a_tombstone_but_of_an_actor_bare():
    sent = Delete(id=None, actor=BOB, object=POST, to=(PUBLIC,)).to_json()

    assert sent["object"] == {"id": POST, "type": "Tombstone"}
    assert sent["to"] == [PUBLIC]
    assert Delete(id=None, actor=BOB, object=BOB).to_json()["object"] == BOB


def test_a_like_without_content_is_sent_bare():
    sent = Like(id=FOLLOW_ID, actor=BOB, object=POST).to_json()

    assert sent == {"@context": AS2, "id": FOLLOW_ID, "type": "Like", "actor": BOB, "object": POST}


def test_reactions_are_likes_with_content():
    assert by_bob("EmojiReact", POST, content="🦊").content == "🦊"
    assert by_bob("Like", POST, _misskey_reaction=":fox:").content == ":fox:"
    assert by_bob("Like", POST).content is None


def test_an_announce_keeps_the_id_alone_of_what_it_inlines():
    assert by_bob("Announce", NOTE | {"content": "forged"}).object == POST


@pytest.mark.parametrize(
    ("type_", "class_", "object_"),
    [
        ("Create", Create, NOTE),
        ("Create", Create, POST),
        ("Update", Update, NOTE),
        ("Delete", Delete, POST),
        ("Delete", Delete, {"id": POST, "type": "Tombstone"}),
    ],
)
def test_an_announced_activity_is_read_with_what_it_is_about(type_, class_, object_):
    inner = {"id": "https://b.example/a/0", "type": type_, "actor": BOB, "object": object_}

    announce = by_bob("Announce", inner)

    assert announce.object == POST
    assert isinstance(announce.passed_on, class_)
    assert parse_activity(announce.to_json()) == announce


@pytest.mark.parametrize("type_", ["Like", "Dislike", "Undo", "Lock", "Announce"])
def test_other_announced_activities_are_ignored_politely(type_):
    inner = {"id": "https://b.example/a/0", "type": type_, "actor": BOB, "object": POST}

    assert isinstance(by_bob("Announce", inner), Unknown)


def test_an_announced_create_of_something_unknown_is_ignored_politely():
    inner = {"id": "https://b.example/a/0", "type": "Create", "actor": BOB, "object": {"type": "ChatMessage"}}

    assert isinstance(by_bob("Announce", inner), Unknown)


def test_of_several_authors_it_is_the_one_who_sends():
    group = Uri("https://b.example/c/foxes")

    assert by_bob("Create", NOTE | {"attributedTo": [group, BOB]}).object.attributed_to == BOB
    assert by_bob("Create", NOTE | {"attributedTo": [group, ALICE]}).object.attributed_to == group


def test_a_flag_names_at_least_one_thing():
    assert by_bob("Flag", [ALICE, POST, 4], content="spam") == Flag(
        id=Uri("https://b.example/a/1"), actor=BOB, object=(ALICE, POST), content="spam"
    )
    with pytest.raises(Malformed):
        by_bob("Flag", [])


def test_add_pins_a_post_and_a_featured_hashtag_is_ignored():
    featured = f"{BOB}/featured"

    assert isinstance(by_bob("Add", POST, target=featured), Add)
    assert isinstance(by_bob("Add", {"type": "Hashtag", "name": "#x"}, target=featured), Unknown)
    with pytest.raises(Malformed):
        by_bob("Add", POST)


@pytest.mark.parametrize("type_", ["View", "Listen", "Offer", "EncryptedMessage"])
def test_other_activities_are_ignored_politely(type_):
    assert by_bob(type_, POST) == Unknown(id=Uri("https://b.example/a/1"), type=type_, actor=BOB)
    assert parse_activity({"type": type_}) == Unknown(id=None, type=type_, actor=None)


def test_one_context_stands_on_the_outside():
    note = Note(id=POST, attributed_to=BOB, to=(PUBLIC,))

    sent = Create(id=Uri(f"{POST}/activity"), actor=BOB, object=note, to=(PUBLIC,)).to_json()

    assert sent["@context"] == note.to_json()["@context"]
    assert "@context" not in sent["object"]
    assert next(iter(sent)) == "@context"


def test_a_relay_is_followed_by_its_public_collection():
    assert parse_activity(FOLLOW | {"object": "as:Public"}).object == PUBLIC


def test_a_collection_hides_its_members_by_having_no_first_page():
    hidden = OrderedCollection(id=Uri(f"{BOB}/followers"), total_items=3).to_json()

    assert hidden == {
        "@context": AS2,
        "id": f"{BOB}/followers",
        "type": "OrderedCollection",
        "totalItems": 3,
    }


def test_the_ids_of_a_collections_items_are_found():
    found = OrderedCollection.from_json(
        {"id": POST, "type": "Collection", "items": [ALICE, {"id": BOB}, {"no": "id"}, 4, "x"]}
    )

    assert found.item_ids == (ALICE, BOB)


def test_a_first_page_may_be_inside():
    page = {"type": "CollectionPage", "items": ALICE, "next": f"{POST}?page=2"}
    found = OrderedCollection.from_json({"id": POST, "type": "Collection", "first": page})

    assert found.first.item_ids == (ALICE,)
    assert found.first.next == f"{POST}?page=2"


def test_only_a_tombstone_is_read_as_one():
    assert Tombstone.from_json({"id": POST, "type": "Tombstone"}).id == POST
    with pytest.raises(Malformed):
        Tombstone.from_json(NOTE)


def test_each_activity_is_written_under_its_own_name():
    target = Uri(f"{BOB}/featured")
    moved = {"actor": BOB, "object": POST, "target": target}
    cases = {
        "Like": Like(id=FOLLOW_ID, actor=BOB, object=POST, content="x", emojis=()),
        "Block": Block(id=FOLLOW_ID, actor=BOB, object=POST),
        "Announce": Announce(id=FOLLOW_ID, actor=BOB, object=POST, to=(PUBLIC,)),
        "Create": Create(id=FOLLOW_ID, actor=BOB, object=POST, to=(PUBLIC,)),
        "Update": Update(id=FOLLOW_ID, actor=BOB, object=POST),
        "Delete": Delete(id=FOLLOW_ID, actor=BOB, object=POST, former_type="Note"),
        "Add": Add(id=FOLLOW_ID, **moved),
        "Remove": Remove(id=FOLLOW_ID, **moved),
        "Move": Move(id=FOLLOW_ID, **moved),
        "Reject": Reject(id=FOLLOW_ID, actor=BOB, object=FOLLOW_ID),
        "Flag": Flag(id=FOLLOW_ID, actor=BOB, object=(POST,), content="spam"),
        "Undo": Undo(id=FOLLOW_ID, actor=BOB, object=FOLLOW_ID, to=(PUBLIC,)),
    }

    for name, activity in cases.items():
        sent = activity.to_json()
        assert (sent["@context"], sent["type"], sent["actor"]) == (AS2, name, BOB)
        assert parse_activity(sent) == activity
