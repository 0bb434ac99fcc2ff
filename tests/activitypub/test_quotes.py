"""Quotes as they stand on the wire (FEP-044f and what came before it)."""

import pytest

from fedi.activitypub.activities import Accept, Delete, QuoteRequest, parse_activity
from fedi.activitypub.notes import Note
from fedi.activitypub.quotes import QuoteClaim
from fedi.activitypub.stamps import QuoteAuthorization
from fedi.activitypub.vocabulary import AS2, LD_JSON_AS2, PUBLIC, Uri
from fedi.errors import Malformed

ANN, BEN = Uri("https://a.example/users/ann"), Uri("https://b.example/users/ben")
QUOTING, QUOTED = Uri("https://a.example/notes/1"), Uri("https://b.example/notes/5")
STAMP = Uri("https://b.example/stamps/9")
NOTE = {"@context": AS2, "id": QUOTING, "type": "Note", "attributedTo": ANN, "to": [PUBLIC]}
LINK = {"type": "Link", "mediaType": LD_JSON_AS2, "href": QUOTED, "name": "RE: https://b.example/5"}
REQUEST = {"id": f"{ANN}#q/1", "type": "QuoteRequest", "actor": ANN, "object": QUOTED, "instrument": QUOTING}


def test_a_quote_with_its_stamp_is_read():
    note = Note.from_json({**NOTE, "quote": QUOTED, "quoteAuthorization": STAMP})

    assert note.quote == QuoteClaim(target=QUOTED, stamp=STAMP)


@pytest.mark.parametrize("name", ["_misskey_quote", "quoteUrl", "quoteUri"])
def test_the_older_spellings_are_read(name):
    assert Note.from_json({**NOTE, name: QUOTED}).quote == QuoteClaim(target=QUOTED, older=True)


@pytest.mark.parametrize(
    "link", [LINK, {**LINK, "name": "x", "rel": "https://misskey-hub.net/ns#_misskey_quote"}]
)
def test_a_link_in_the_tags_is_a_quote(link):
    assert Note.from_json({**NOTE, "tag": [link]}).quote == QuoteClaim(target=QUOTED, older=True)


@pytest.mark.parametrize("link", [{**LINK, "name": "#1374"}, {**LINK, "mediaType": "text/html"}])
def test_other_links_in_the_tags_are_none(link):
    assert Note.from_json({**NOTE, "tag": link}).quote is None


def test_a_post_does_not_quote_itself():
    assert Note.from_json({**NOTE, "quote": QUOTING}).quote is None


def test_a_quote_is_written_for_all_readers():
    claim = QuoteClaim(target=QUOTED, stamp=STAMP)

    sent = Note(id=QUOTING, attributed_to=ANN, to=(PUBLIC,), quote=claim).to_json()

    assert {sent[name] for name in ("quote", "quoteUri", "quoteUrl", "_misskey_quote")} == {QUOTED}
    assert sent["quoteAuthorization"] == STAMP
    assert [tag["href"] for tag in sent["tag"] if tag["type"] == "Link"] == [QUOTED]
    assert sent["@context"][1]["quote"]["@id"] == "https://w3id.org/fep/044f#quote"


def test_a_post_without_a_quote_carries_no_terms_of_quotes():
    assert "quoteUri" not in Note(id=QUOTING, attributed_to=ANN).to_json()["@context"][1]


def test_a_stamp_is_written_as_mastodon_reads_it():
    stamp = QuoteAuthorization(id=STAMP, attributed_to=BEN, quoting=QUOTING, target=QUOTED).to_json()

    assert {name: stamp[name] for name in stamp if name != "@context"} == {
        "id": STAMP,
        "type": "QuoteAuthorization",
        "attributedTo": BEN,
        "interactingObject": QUOTING,
        "interactionTarget": QUOTED,
    }


@pytest.mark.parametrize("missing", ["attributedTo", "interactingObject", "interactionTarget", "type"])
def test_a_stamp_without_one_of_its_parts_is_none(missing):
    stamp = QuoteAuthorization(id=STAMP, attributed_to=BEN, quoting=QUOTING, target=QUOTED).to_json()
    del stamp[missing]

    with pytest.raises(Malformed):
        QuoteAuthorization.from_json(stamp)


def test_a_request_may_hold_the_post():
    note = Note(id=QUOTING, attributed_to=ANN, to=(PUBLIC,), quote=QuoteClaim(target=QUOTED))
    request = QuoteRequest(id=Uri(f"{ANN}#q/1"), actor=ANN, object=QUOTED, instrument=note)

    sent = request.to_json()

    assert sent["@context"][-1] == {"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"}
    assert "@context" not in sent["instrument"]
    assert parse_activity(sent) == request
    assert parse_activity({"@context": AS2, **REQUEST}).instrument == QUOTING


def test_an_accept_holds_the_request_and_the_stamp():
    sent = Accept(id=Uri(f"{BEN}#1"), actor=BEN, object=QuoteRequest(**_parts()), result=STAMP).to_json()

    assert sent["object"]["type"] == "QuoteRequest"
    assert sent["result"] == STAMP
    assert parse_activity(sent).object.instrument == QUOTING


def test_a_stamp_is_taken_back_by_its_delete():
    stamp = QuoteAuthorization(id=STAMP, attributed_to=BEN, quoting=QUOTING, target=QUOTED)

    sent = Delete(id=Uri(f"{STAMP}#delete"), actor=BEN, object=STAMP, stamp=stamp).to_json()

    assert sent["object"]["id"] == STAMP
    assert parse_activity(sent).stamp == stamp
    assert parse_activity({**sent, "object": STAMP}).object == STAMP


def _parts():
    return {"id": Uri(REQUEST["id"]), "actor": ANN, "object": QUOTED, "instrument": QUOTING}
