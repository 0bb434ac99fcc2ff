"""Posts as we send them and as peers send them."""

from datetime import UTC, datetime

import pytest

from fedi.activitypub.attachments import AiSystem, Attachment
from fedi.activitypub.notes import Note
from fedi.activitypub.policies import Policy, Rule
from fedi.activitypub.polls import MAX_OPTIONS, Poll, PollOption
from fedi.activitypub.tags import MAX_MENTIONS, Emoji, Hashtag, Mention
from fedi.activitypub.vocabulary import AS2, DIGITAL_SOURCE_TYPES, PUBLIC, Uri
from fedi.errors import Malformed

ALICE = Uri("https://a.example/ap/u/1")
BOB = Uri("https://b.example/users/bob")
POST = Uri("https://a.example/ap/o/77")
MINIMAL = {"@context": AS2, "id": POST, "type": "Note", "attributedTo": ALICE, "content": "<p>Fox day</p>"}
PICTURE = {"type": "Document", "mediaType": "image/webp", "url": "https://m.example/9.webp"}
STYLED = Uri(DIGITAL_SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia")


def note(**more) -> Note:
    return Note.from_json(MINIMAL | more)


def picture(**more) -> Attachment:
    (found,) = note(attachment=PICTURE | more).attachments
    return found


def test_a_note_is_written_as_mastodon_reads_it():
    sent = Note(
        id=POST,
        attributed_to=ALICE,
        content="<p>Fox day</p>",
        language="en",
        published=datetime(2026, 11, 22, 10, tzinfo=UTC),
        to=(PUBLIC,),
        cc=(Uri(f"{ALICE}/followers"), BOB),
        mentions=(Mention(href=BOB, name="@bob@b.example"),),
        hashtags=(Hashtag(name="foxes", href=Uri("https://a.example/tags/foxes")),),
        context="https://a.example/ap/c/77",
        likes=Uri(f"{POST}/likes"),
        likes_count=0,
        interaction_policy=Policy(quote=Rule(automatic=(PUBLIC,))),
    ).to_json()

    assert next(iter(sent)) == "@context"
    assert sent["@context"][0] == AS2
    assert sent["to"] == [PUBLIC]
    assert sent["published"] == "2026-11-22T10:00:00Z"
    assert sent["contentMap"] == {"en": "<p>Fox day</p>"}
    assert sent["context"] == sent["conversation"] == "https://a.example/ap/c/77"
    assert sent["tag"] == [
        {"type": "Mention", "href": BOB, "name": "@bob@b.example"},
        {"type": "Hashtag", "href": "https://a.example/tags/foxes", "name": "#foxes"},
    ]
    assert sent["likes"] == {"id": f"{POST}/likes", "type": "Collection", "totalItems": 0}
    assert sent["interactionPolicy"] == {"canQuote": {"automaticApproval": [PUBLIC]}}
    assert "aiSystem" not in sent["@context"][1]


def test_an_ai_picture_is_labelled_with_terms_in_the_context():
    styled = Attachment(
        url=Uri("https://a.example/m/1.webp"),
        media_type="image/webp",
        alt="A street. AI style transfer.",
        digital_source_type=STYLED,
        ai_system=AiSystem(name="style-v2", version="sha256:00"),
    )

    sent = Note(id=POST, attributed_to=ALICE, attachments=(styled,)).to_json()

    (written,) = sent["attachment"]
    assert written["digitalSourceType"] == STYLED
    assert written["aiSystem"] == {"type": "fedi:Model", "name": "style-v2", "version": "sha256:00"}
    terms = sent["@context"][1]
    assert terms["fedi"] == "https://a.example/ns#"
    assert terms["aiSystem"] == "fedi:aiSystem"
    assert terms["digitalSourceType"] == {"@id": "http://schema.org/digitalSourceType", "@type": "@id"}


@pytest.mark.parametrize(
    "label",
    [
        STYLED,
        "https" + STYLED[4:],
        "iptc:compositeWithTrainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        {"@id": STYLED},
        [STYLED],
    ],
)
def test_a_label_is_read_in_each_of_its_spellings(label):
    assert picture(digitalSourceType=label).digital_source_type == STYLED


@pytest.mark.parametrize("label", [4, "", "https://evil.example/x", "a b", None, {}])
def test_what_is_no_label_is_none(label):
    assert picture(digitalSourceType=label).digital_source_type is None


@pytest.mark.parametrize("part", ["id", "type", "attributedTo"])
def test_a_note_cannot_be_without_its_parts(part):
    assert note().content == "<p>Fox day</p>"
    for value in (None, 4, {}, "x"):
        with pytest.raises(Malformed):
            note(**{part: value})


def test_an_author_of_another_origin_is_refused():
    assert note(attributedTo=f"{ALICE}/other").attributed_to == f"{ALICE}/other"
    with pytest.raises(Malformed):
        note(attributedTo=BOB)


def test_of_a_person_and_a_group_the_person_is_the_author():
    people = [{"type": "Group", "id": f"{ALICE}0"}, {"type": "Person", "id": ALICE}]

    assert note(attributedTo=people).attributed_to == ALICE
    assert note(attributedTo=[ALICE, f"{ALICE}0"]).attributed_to == ALICE


@pytest.mark.parametrize(
    ("json", "content", "language"),
    [
        ({"content": "a"}, "a", None),
        ({"content": "b", "contentMap": {"de": "a", "en": "b"}}, "b", "en"),
        ({"content": "c", "contentMap": {"de": "a", "en": "b"}}, "c", "de"),
        ({"content": None, "contentMap": {"de": "a", "en": "b"}}, "a", "de"),
        ({"content": "a", "contentMap": {"not a language": "a"}}, "a", None),
        ({"content": "a", "contentMap": {"und": "a"}}, "a", None),
        ({"content": "a", "contentMap": {"en-abcdefghij": "a"}}, "a", None),
        ({"content": "a", "contentMap": "x"}, "a", None),
        ({"content": 42}, "", None),
    ],
)
def test_content_and_language_are_read_as_mastodon_does(json, content, language):
    found = note(**json)

    assert (found.content, found.language) == (content, language)


def test_names_and_summaries_may_stand_in_language_maps():
    found = note(type="Article", nameMap={"en": "Title"}, summaryMap={"en": "Short"}, name=None)

    assert (found.type, found.name, found.summary) == ("Article", "Title", "Short")
    assert note(name={"en": "no"}, summary=4).name is None


def test_a_reply_to_itself_is_no_reply():
    assert note(inReplyTo=f"{POST}0").in_reply_to == f"{POST}0"
    assert note(inReplyTo=[{"id": f"{POST}0"}, BOB]).in_reply_to == f"{POST}0"
    assert note(inReplyTo=POST).in_reply_to is None


def test_a_bare_name_in_reply_is_a_vote_and_stays_one_when_sent():
    vote = note(name="Yes", inReplyTo=f"{POST}0", content=None)

    assert vote.is_vote
    assert not note(name="Yes", inReplyTo=f"{POST}0").is_vote
    assert not note(name="Yes", content=None).is_vote
    assert "content" not in vote.to_json()


def test_each_kind_of_tag_is_read_and_bad_ones_are_left_out():
    found = note(
        tag=[
            {"type": "Mention", "href": BOB, "name": "@bob"},
            {"type": "Mention", "href": "nowhere"},
            {"type": "Hashtag", "name": "#\uff26oxes"},
            {"type": "Hashtag", "name": "#"},
            {"type": "toot:Emoji", "name": ":fox:", "icon": {"url": "https://a.example/f.png"}},
            {"type": "Emoji", "name": ":a b:", "icon": {"url": "https://a.example/f.png"}},
            {"type": "Emoji", "name": ":x:"},
            "https://a.example/tag",
            4,
        ]
    )

    assert found.mentions == (Mention(href=BOB, name="@bob"),)
    assert found.hashtags == (Hashtag(name="Foxes"),)
    assert found.emojis == (Emoji(shortcode="fox", url=Uri("https://a.example/f.png")),)
    assert note(tag={"type": "Hashtag", "name": "one"}).hashtags == (Hashtag(name="one"),)


def test_mentions_beyond_the_limit_are_left_out():
    many = [{"type": "Mention", "href": f"https://b.example/{number}"} for number in range(MAX_MENTIONS + 9)]

    assert len(note(tag=many).mentions) == MAX_MENTIONS


def test_an_attachment_is_read_with_what_its_author_claims():
    found = picture(
        name="Name",
        summary="Alt",
        width=1600,
        height=1200,
        blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        focalPoint=[0, 0.2],
    )

    assert (found.alt, found.width, found.height) == ("Alt", 1600, 1200)
    assert (found.blurhash, found.focal_point) == ("LEHV6nWB2yk8pyo0adR*.7kCMdnj", (0.0, 0.2))
    assert picture(name="Only name\nof two lines").alt == "Only name\nof two lines"


def test_claims_out_of_range_are_absent():
    found = picture(
        width=-1, height=2**40, blurhash="<script>", focalPoint=[0, 2], mediaType="nonsense", name=4
    )

    assert found == Attachment(url=Uri("https://m.example/9.webp"))
    for point in ([True, False], [0], "0,0", [0, "0"], [float("nan"), 0]):
        assert picture(focalPoint=point).focal_point is None


def test_media_are_found_in_lists_of_links_and_pages_are_not_media():
    video = {
        "type": "Video",
        "url": [{"type": "Link", "mediaType": "video/mp4; codecs=x", "href": "https://m.example/v.mp4"}],
    }
    found = note(
        attachment=[
            video,
            {"type": "Link", "href": "https://b.example/page"},
            {"type": "Link", "href": "https://m.example/a.png", "mediaType": "image/png"},
            {"type": "PropertyValue", "name": "x", "value": "y"},
            {"type": "Image"},
        ]
    ).attachments

    assert [(each.url, each.media_type) for each in found] == [
        ("https://m.example/v.mp4", "video/mp4"),
        ("https://m.example/a.png", "image/png"),
    ]


def test_collections_count_only_on_the_posts_own_server():
    likes = {"id": f"{POST}/likes", "type": "Collection", "totalItems": 3}
    found = note(likes=likes, shares=likes | {"id": "https://b.example/x"}, replies=f"{POST}/replies")

    assert (found.likes, found.likes_count) == (f"{POST}/likes", 3)
    assert (found.shares, found.shares_count) == (None, None)
    assert found.replies == f"{POST}/replies"


def test_a_question_is_read_with_its_options_and_end():
    options = [
        {"type": "Note", "name": "Yes", "replies": {"type": "Collection", "totalItems": 3}},
        {"name": "No"},
    ]
    found = note(type="Question", oneOf=options, endTime="2026-11-23T10:00:00Z", votersCount=3)

    assert found.poll == Poll(
        options=(PollOption(name="Yes", votes=3), PollOption(name="No")),
        multiple=False,
        end_time=datetime(2026, 11, 23, 10, tzinfo=UTC),
        voters=3,
    )
    assert note(type="Question", anyOf=options).poll.multiple
    assert note(oneOf=options).poll is None
    assert note(type="Question").poll is None


@pytest.mark.parametrize(
    ("closed", "is_closed"), [(True, True), ("2026-11-23T10:00:00Z", True), (False, False), (None, False)]
)
def test_a_poll_is_closed_by_a_time_or_by_true(closed, is_closed):
    assert bool(note(type="Question", oneOf=[{"name": "Yes"}], closed=closed).poll.closed) is is_closed


def test_options_beyond_the_limit_and_blank_ones_are_left_out():
    options = [{"name": " "}, *({"name": str(number)} for number in range(MAX_OPTIONS + 50))]

    assert len(note(type="Question", anyOf=options).poll.options) == MAX_OPTIONS - 1


def test_a_closed_poll_says_when_it_ended():
    end = datetime(2026, 11, 23, 10, tzinfo=UTC)
    poll = Poll(options=(PollOption(name="Yes"),), multiple=True, end_time=end, closed=end)

    sent = Note(id=POST, attributed_to=ALICE, type="Question", poll=poll).to_json()

    assert sent["closed"] == sent["endTime"] == "2026-11-23T10:00:00Z"
    assert sent["anyOf"][0]["replies"] == {"type": "Collection", "totalItems": 0}


def test_the_thread_is_named_by_any_opaque_string():
    assert note(conversation="tag:a.example,2026:1").context == "tag:a.example,2026:1"
    assert note(context={"id": "https://a.example/c", "type": "Collection"}).context == "https://a.example/c"
    assert note(context=4).context is None


def test_the_source_is_kept():
    assert note(source={"content": "Fox", "mediaType": "text/markdown"}).source.content == "Fox"
    assert note(source={"mediaType": "text/markdown"}).source is None
    assert note(source="Fox").source is None
