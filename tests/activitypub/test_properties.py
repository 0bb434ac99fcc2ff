"""Properties that every wire class has: what we write we read back, and nothing but Malformed is raised."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedi.activitypub.activities import parse_activity
from fedi.activitypub.actors import Actor, PublicKey
from fedi.activitypub.attachments import Attachment
from fedi.activitypub.collections import CollectionPage, OrderedCollection, Tombstone
from fedi.activitypub.discovery import Jrd, self_link, subject
from fedi.activitypub.notes import Note
from fedi.activitypub.policies import Policy
from fedi.activitypub.reader import is_http_uri, origin_of, parse_document, same_origin
from fedi.activitypub.stamps import QuoteAuthorization, RemixAuthorization
from fedi.activitypub.tags import Emoji, Hashtag, Mention
from fedi.activitypub.vocabulary import is_activity_type, wants_activity
from fedi.errors import Malformed
from tests.activitypub import strategies

WRITTEN = {
    Note.from_json: strategies.notes,
    Actor.from_json: strategies.actors(),
    Attachment.from_json: strategies.attachments,
    Mention.from_json: strategies.mentions,
    Hashtag.from_json: strategies.hashtags,
    Emoji.from_json: strategies.emojis,
    OrderedCollection.from_json: strategies.collections,
    CollectionPage.from_json: strategies.pages,
    Tombstone.from_json: strategies.tombstones,
    QuoteAuthorization.from_json: strategies.stamps,
    RemixAuthorization.from_json: strategies.remix_stamps,
    Policy.from_json: strategies.policies,
    Jrd.from_json: strategies.jrds,
    parse_activity: strategies.activities,
}
ALL = [*WRITTEN, PublicKey.from_json]
relaxed = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("read", WRITTEN, ids=lambda read: read.__qualname__)
def test_what_we_write_we_read_back(read):
    @relaxed
    @given(WRITTEN[read])
    def check(written):
        sent = json.dumps(written.to_json()).encode()

        assert read(parse_document(sent)) == written

    check()


@relaxed
@given(strategies.hostile)
def test_no_json_makes_a_reader_raise_anything_but_malformed(document):
    for read in ALL:
        try:
            read(document)
        except Malformed:
            continue


@relaxed
@given(strategies.hostile)
def test_what_was_read_can_be_written_and_read_again(document):
    for read in (Note.from_json, Actor.from_json, Attachment.from_json, OrderedCollection.from_json):
        try:
            found = read(document)
        except Malformed:
            continue
        again = read(found.to_json())
        assert read(again.to_json()) == again


@given(
    st.binary() | st.text().map(str.encode) | strategies.hostile.map(lambda each: json.dumps(each).encode())
)
def test_no_bytes_make_the_parser_raise_anything_but_malformed(raw):
    try:
        assert isinstance(parse_document(raw), dict)
    except Malformed:
        return


@given(st.text() | st.text("ahtps:/.@[]#?%1:\\ü。").map("https://{}".format))
def test_any_text_either_is_an_address_with_an_origin_or_is_none(text):
    if is_http_uri(text):
        assert same_origin(text, text)
        assert 0 < origin_of(text)[2] < 65536
    else:
        assert not same_origin(text, text)
        with pytest.raises(Malformed):
            origin_of(text)


@given(st.text() | st.text('application/ld+json; profile="q=0.1,*').map(str))
def test_any_header_is_negotiated_without_a_failure(header):
    assert is_activity_type(header) in {True, False}
    assert wants_activity(header) in {True, False}


@given(st.text().map(lambda text: Jrd(subject=text)))
def test_a_jrd_of_any_subject_names_somebody_or_is_malformed(jrd):
    for read in (subject, self_link):
        try:
            read(jrd)
        except Malformed:
            continue
