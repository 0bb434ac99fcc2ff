"""Posts as notes, and notes as posts."""

from datetime import UTC, datetime, timedelta

import pytest

from fedi.activitypub.notes import Note
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import PUBLIC
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post, Tag
from fedi.queries.snapshots import MentionView, PostSnapshot
from fedi.translate.notes import ReceivedPost, note_of, received
from fedi.translate.polls import MAX_VOTES

URIS = LocalUris(base_url="https://a.example", account_domain="a.example")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FOLLOWERS = "https://b.example/users/bob/followers"


def person(id_: int, username: str, domain: str = "") -> Account:
    uri = f"https://{domain}/users/{username}" if domain else URIS.actor(id_)
    return Account(id=id_, username=username, domain=domain, uri=uri, followers_url=f"{uri}/followers")


def snapshot(visibility: str = "public", **parts) -> PostSnapshot:
    post = Post(
        local=True,
        id=7,
        uri=URIS.post(7),
        url=URIS.post_page("ann", 7),
        author_id=1,
        visibility=visibility,
        content="<p>x</p>",
        published_at=NOW,
        context_uri=URIS.context(7),
    )
    return PostSnapshot(post=post, author=person(1, "ann"), **parts)


ANN_FOLLOWERS = f"{URIS.actor(1)}/followers"
BOB = "https://b.example/users/bob"


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        ("public", [PUBLIC], [ANN_FOLLOWERS, BOB]),
        ("unlisted", [ANN_FOLLOWERS], [PUBLIC, BOB]),
        ("followers", [ANN_FOLLOWERS], [BOB]),
        ("direct", [BOB], []),
    ],
)
def test_each_visibility_has_its_addresses(visibility: str, to: list[str], cc: list[str]):
    mentions = [MentionView(account=person(2, "bob", "b.example"), silent=False)]

    json = note_of(snapshot(visibility, mentions=mentions), URIS).to_json()

    assert (json["to"], json["cc"]) == (to, cc)


def test_the_silently_named_are_told_to_nobody():
    bob, eve = person(2, "bob", "b.example"), person(3, "eve")
    mentions = [MentionView(account=bob, silent=True), MentionView(account=eve, silent=False)]

    json = note_of(snapshot(mentions=mentions), URIS).to_json()

    assert BOB not in str(json)
    assert json["tag"] == [{"type": "Mention", "href": eve.uri, "name": "@eve@a.example"}]


def test_what_we_send_reads_back_as_it_was():
    media = MediaAttachment(
        id=9, file_key="media/9.webp", media_type="image/webp", description="A fox", focus_x=0.5
    )
    tag = Tag(id=3, name="foxes", display="Foxes")

    note = note_of(snapshot(media=[media], tags=[tag]), URIS)

    assert Note.from_json(note.to_json()) == note


def test_labels_bring_their_terms_into_the_context_and_plain_pictures_do_not():
    iri = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    labelled = MediaAttachment(id=9, file_key="media/9.webp", source_type=iri, ai_system="cel", ai_version="")
    plain = MediaAttachment(id=9, file_key="media/9.webp")

    json = note_of(snapshot(media=[labelled]), URIS).to_json()

    assert json["@context"][1]["fedi"] == "https://a.example/ns#"
    assert json["attachment"][0]["digitalSourceType"] == iri
    assert json["attachment"][0]["aiSystem"]["name"] == "cel"
    assert "fedi" not in note_of(snapshot(media=[plain]), URIS).to_json()["@context"][1]


# Received


def take(**properties) -> ReceivedPost:
    note = {
        "id": "https://b.example/1",
        "type": "Note",
        "attributedTo": BOB,
        "to": [PUBLIC],
        "published": "2026-11-22T09:00:00Z",
        "content": "<p>x</p>",
        **properties,
    }
    return received(Note.from_json(note), followers_uri=FOLLOWERS, now=NOW)


@pytest.mark.parametrize(
    ("to", "cc", "visibility"),
    [
        (["as:Public"], [], "public"),
        ([FOLLOWERS], ["Public"], "unlisted"),
        ([FOLLOWERS], [], "followers"),
        (["https://b.example/users/eve/followers"], [], "direct"),
        ([URIS.actor(1)], [], "direct"),
    ],
)
def test_the_addresses_tell_the_visibility(to: list[str], cc: list[str], visibility: str):
    assert take(to=to, cc=cc).visibility == visibility


def test_the_addressed_are_people_not_collections():
    post = take(cc=[FOLLOWERS, URIS.actor(1)], tag=[{"type": "Mention", "href": URIS.actor(2)}])

    assert (post.addressed, post.mentions) == ((URIS.actor(1),), (URIS.actor(2),))


@pytest.mark.parametrize(
    ("published", "moment"),
    [
        ("2026-11-22T09:00:00Z", NOW - timedelta(hours=1)),
        ("2999-01-01T00:00:00Z", NOW),
        ("0001-01-01T00:00:00Z", datetime(1990, 1, 1, tzinfo=UTC)),
        (None, NOW),
    ],
)
def test_times_are_neither_in_the_future_nor_before_the_web(published: str | None, moment: datetime):
    assert take(published=published).published_at == moment


def test_only_a_later_version_is_an_edit():
    assert take(updated="2026-11-22T09:30:00Z").updated_at == NOW - timedelta(minutes=30)
    assert take(updated="2026-11-22T09:00:00Z").updated_at is None
    assert take(updated="2999-01-01T00:00:00Z").updated_at == NOW


def test_a_warning_makes_a_post_sensitive_but_an_excerpt_does_not():
    assert (take(summary="cw").summary, take(summary="cw").sensitive) == ("cw", True)
    article = take(type="Article", name="On foxes", summary="An excerpt")
    assert (article.summary, article.sensitive) == ("", False)
    assert take(type="Article", summary="cw", sensitive=True).summary == "cw"


def test_an_article_is_its_title_its_text_and_a_link():
    post = take(
        type="Article",
        name="Foxes & <b>",
        content="<p>Long.</p><script>x</script>",
        url="https://b.example/p",
    )

    assert post.kind == "Article"
    assert post.content.startswith("<p><strong>Foxes &amp; &lt;b&gt;</strong></p><p>Long.</p><p><a href=")
    assert "https://b.example/p" in post.content
    assert "script" not in post.content


def test_a_polls_options_are_no_part_of_the_text():
    options = [{"type": "Note", "name": name, "replies": {"totalItems": 1}} for name in ("Yes", "<No>")]

    post = take(type="Question", content="<p>Well?</p>", oneOf=options)

    assert post.content == "<p>Well?</p>"
    assert post.poll.options == (("Yes", 1), ("<No>", 1))


@pytest.mark.parametrize("votes", [10**18, -1, "7", None])
def test_claimed_counts_of_votes_are_numbers_within_bounds(votes):
    option = {"type": "Note", "name": "Yes", "replies": {"totalItems": votes}}

    poll = take(type="Question", oneOf=[option], votersCount=votes).poll

    assert poll.options == (("Yes", MAX_VOTES if votes == 10**18 else 0),)
    assert poll.voters == (MAX_VOTES if votes == 10**18 else None)


@pytest.mark.parametrize(
    ("said", "ends", "over"),
    [
        ({"endTime": "2099-01-01T00:00:00Z"}, 2099, False),
        ({"closed": "2099-01-01T00:00:00Z"}, 2099, False),
        ({"closed": "2001-01-01T00:00:00Z"}, 2001, True),
        ({"endTime": "2099-01-01T00:00:00Z", "closed": "2001-01-01T00:00:00Z"}, 2001, True),
        ({"endTime": "2099-01-01T00:00:00Z", "closed": True}, 2099, True),
        ({}, None, False),
    ],
)
def test_a_poll_ends_when_its_server_says_so_in_any_way(said, ends, over):
    poll = take(type="Question", anyOf={"name": "the only one"}, **said).poll

    assert (poll.ends_at.year if poll.ends_at else None, poll.closed) == (ends, over)
    assert poll.multiple


def test_files_have_their_kind_by_type_then_by_name_and_pages_are_none():
    files = [
        {"type": "Document", "mediaType": "image/png", "url": "https://b.example/1"},
        {"type": "Document", "url": "https://b.example/2.mp4?x"},
        {"type": "Audio", "url": "https://b.example/3"},
        {"type": "Document", "mediaType": "application/zip", "url": "https://b.example/4"},
        {"type": "Link", "mediaType": "text/html", "href": "https://b.example/5"},
    ]

    assert [media.kind for media in take(attachment=files).media] == ["image", "video", "audio", "unknown"]


def test_labels_of_others_are_read_as_their_claims():
    label = {
        "digitalSourceType": "iptc:trainedAlgorithmicMedia",
        "aiSystem": {"name": "other", "version": "2"},
        "focalPoint": [0.5, -0.5],
    }

    (media,) = take(attachment=[{"type": "Image", "url": "https://b.example/1.png", **label}]).media

    assert media.source_type == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert (media.ai_system, media.ai_version, media.focus_x, media.focus_y) == ("other", "2", 0.5, -0.5)


def test_hashtags_that_are_none_are_left_out():
    tags = [{"type": "Hashtag", "name": name} for name in ("#Fox", "#fox", "#1", "#a b", "#Fox")]

    assert take(tag=tags).tags == ("Fox", "fox")
