"""What we send, held to the JSON schemas that others have written for it."""

import inspect
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fedi.activitypub.actors import Actor
from fedi.activitypub.attachments import Image
from fedi.activitypub.polls import Poll, PollOption
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import Uri
from fedi.models.accounts import Account
from fedi.models.interactions import Reaction
from fedi.models.media import MediaAttachment, Remix
from fedi.models.moderation import Report
from fedi.models.posts import Post, Tag
from fedi.models.quotes import Quote
from fedi.queries.snapshots import MentionView, PostSnapshot
from fedi.translate import activities
from fedi.translate.notes import note_of
from tests.support.schemas import faults, needs_schemas

pytestmark = needs_schemas

URIS = LocalUris(base_url="https://a.example", account_domain="a.example")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
THEIRS = "https://b.example/notes/1"
STAMP = Uri("https://a.example/ap/q/5")


def person(id_: int, username: str, domain: str = "") -> Account:
    uri = f"https://{domain}/users/{username}" if domain else URIS.actor(id_)
    return Account(
        id=id_,
        username=username,
        domain=domain,
        uri=uri,
        followers_url=f"{uri}/followers",
        featured_url=f"{uri}/featured",
    )


ANN, BOB = person(1, "ann"), person(2, "bob", "b.example")
POST = Post(
    local=True,
    id=7,
    uri=URIS.post(7),
    url=URIS.post_page("ann", 7),
    author_id=1,
    visibility="public",
    kind="Note",
    content="<p>Fox day</p>",
    language="en",
    text="Fox day",
    published_at=NOW,
    edited_at=NOW + timedelta(minutes=5),
    context_uri=URIS.context(7),
)
BOOST = Post(id=8, uri=URIS.post(8), author_id=1, visibility="public", published_at=NOW, local=True)
QUOTED = Post(id=9, uri=THEIRS, author_id=2, visibility="public", published_at=NOW)
PICTURE = MediaAttachment(
    id=9,
    file_key="media/9.webp",
    media_type="image/webp",
    description="A fox",
    width=9,
    height=9,
    source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    ai_system="cel",
)
SNAPSHOT = PostSnapshot(
    post=POST,
    author=ANN,
    mentions=[MentionView(account=BOB, silent=False)],
    media=[PICTURE],
    tags=[Tag(id=3, name="foxes", display="Foxes")],
)
BARE = PostSnapshot(post=POST, author=ANN, media=[MediaAttachment(id=9, file_key="media/9.webp")])
ACTOR = Actor(
    id=Uri(ANN.uri),
    type="Person",
    username="ann",
    inbox=Uri(f"{ANN.uri}/inbox"),
    outbox=Uri(f"{ANN.uri}/outbox"),
    followers=Uri(ANN.followers_url),
    icon=Image(url=Uri("https://a.example/a.webp"), media_type="image/webp"),
)
FOLLOW = "https://a.example/ap/a/1"
ID = Uri("https://a.example/ap/a/2")
REACTION = Reaction(id=4, uri=f"{ANN.uri}#reactions/4", emoji=":fox:", image_url="https://b.example/fox.png")
REPORT = Report(id=6, uri="https://a.example/ap/a/6", comment="rude")
QUOTE = Quote(id=5, stamp_uri=STAMP, quoted_uri=POST.uri)
ASKED = activities.asked_quote(BOB, POST, post_uri=THEIRS, uri="https://b.example/quotes/1")
REMIX_STAMP = Uri("https://a.example/ap/r/6")
REMIX = Remix(
    id=6, original_uri=POST.uri, remix_uri=THEIRS, stamp_uri=REMIX_STAMP, request_uri="https://b.example/r/1"
)
REMIX_ASKED = activities.remix_request(BOB, REMIX)

# Each function of `translate.activities` with its schema; "as2/activity-base" where Mastodon's has none.
SENT = {
    "create_of": ("mastodon/create", activities.create_of(SNAPSHOT, URIS)),
    "update_post": ("mastodon/update", activities.update_post(SNAPSHOT, URIS)),
    "update_quietly": ("mastodon/update", activities.update_quietly(BARE, URIS, id_=ID)),
    "vote_of": (
        "mastodon/create",
        activities.vote_of(ANN, QUOTED, BOB, uri="https://a.example/ap/o/3", option="Yes"),
    ),
    "delete_of": ("mastodon/delete", activities.delete_of(SNAPSHOT, URIS)),
    "update_actor": ("mastodon/update", activities.update_actor(ACTOR, id_=ID)),
    "delete_actor": ("mastodon/delete", activities.delete_actor(ANN)),
    "announce_of": ("mastodon/announce", activities.announce_of(BOOST, ANN, QUOTED, BOB)),
    "undo_announce": ("mastodon/activity-base", activities.undo_announce(BOOST, ANN, QUOTED, BOB)),
    "like_of": ("mastodon/like", activities.like_of(ANN, QUOTED, uri=f"{ANN.uri}#likes/1")),
    "undo_like": ("mastodon/undo", activities.undo_like(ANN, QUOTED, uri=f"{ANN.uri}#likes/1")),
    "react_of": ("mastodon/activity-base", activities.react_of(ANN, QUOTED, REACTION)),
    "undo_react": ("mastodon/activity-base", activities.undo_react(ANN, QUOTED, REACTION)),
    "follow_of": ("mastodon/follow", activities.follow_of(ANN, BOB, uri=FOLLOW)),
    "undo_follow": ("mastodon/undo", activities.undo_follow(ANN, BOB, uri=FOLLOW)),
    "accept_of": ("mastodon/accept", activities.accept_of(BOB, ANN, uri=FOLLOW, id_=ID)),
    "reject_of": ("mastodon/reject", activities.reject_of(BOB, ANN, uri=FOLLOW, id_=ID)),
    "block_of": ("mastodon/block", activities.block_of(ANN, BOB, uri=FOLLOW)),
    "undo_block": ("mastodon/activity-base", activities.undo_block(ANN, BOB, uri=FOLLOW)),
    "flag_of": ("mastodon/flag", activities.flag_of(REPORT, BOB, [QUOTED], ANN)),
    "quote_request": ("mastodon/activity-base", activities.quote_request(SNAPSHOT, URIS, QUOTED, id_=ID)),
    "asked_quote": ("mastodon/activity-base", ASKED),
    "accept_quote": ("mastodon/activity-base", activities.accept_quote(ANN, ASKED, stamp=STAMP, id_=ID)),
    "reject_quote": ("mastodon/activity-base", activities.reject_quote(ANN, ASKED, id_=ID)),
    "revoke_quote": ("mastodon/delete", activities.revoke_quote(ANN, QUOTE, QUOTED, is_open=True)),
    "stamp_of": ("as2/object-base", activities.stamp_of(ANN, QUOTE, QUOTED)),
    "remix_request": ("mastodon/activity-base", REMIX_ASKED),
    "accept_remix": (
        "mastodon/activity-base",
        activities.accept_remix(ANN, REMIX_ASKED, stamp=REMIX_STAMP, id_=ID),
    ),
    "reject_remix": ("mastodon/activity-base", activities.reject_remix(ANN, REMIX_ASKED, id_=ID)),
    "revoke_remix": ("mastodon/delete", activities.revoke_remix(ANN, REMIX, is_open=True)),
    "remix_stamp_of": ("as2/object-base", activities.remix_stamp_of(ANN, REMIX)),
    "add_of": ("mastodon/add", activities.add_of(ANN, POST, id_=ID)),
    "remove_of": ("mastodon/remove", activities.remove_of(ANN, POST, id_=ID)),
    "move_of": ("mastodon/move", activities.move_of(ANN, BOB, id_=ID)),
}


def test_every_activity_that_we_send_is_here():
    written = inspect.getmembers(activities, inspect.isfunction)
    ours = {name for name, function in written if function.__module__ == activities.__name__}

    assert {name for name in ours if not name.startswith("_")} == set(SENT)


@pytest.mark.parametrize("name", SENT)
def test_an_activity_of_ours_is_as_its_schema_says(name):
    schema, sent = SENT[name]

    assert not faults(sent.to_json(), schema)


def test_a_note_of_ours_is_as_its_schema_says():
    answer = replace(note_of(SNAPSHOT, URIS), in_reply_to=Uri(THEIRS), summary="Foxes")

    assert not faults(answer.to_json(), "mastodon/note")


def test_a_question_of_ours_is_as_its_schema_says():
    options = tuple(PollOption(name=name, votes=3) for name in ("Yes", "No"))
    poll = Poll(options=options, end_time=NOW, closed=NOW, voters=6)
    question = replace(note_of(BARE, URIS), type="Question", poll=poll)

    assert not faults(question.to_json(), "mastodon/question")


def test_an_actor_of_ours_is_as_its_schema_says():
    assert not faults(ACTOR.to_json(), "ap/actor")
