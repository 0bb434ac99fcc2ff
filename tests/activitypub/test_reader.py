"""Limits on strangers' documents, and origins of addresses."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from fedi.activitypub.reader import (
    MAX_DEPTH,
    MAX_DOCUMENT_BYTES,
    MAX_NODES,
    Reader,
    host_of,
    is_http_uri,
    origin_of,
    parse_document,
    read_moment,
    same_origin,
    write_moment,
)
from fedi.activitypub.vocabulary import PUBLIC
from fedi.errors import Malformed


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'{"a": 1}', b"[1]"),
        (b'{"a": 1}', b""),
        (b'{"a": 1}', b"\xef\xbb\xbf{}"),
        ('{"a": "ü"}'.encode(), '{"a": "ü"}'.encode("latin-1")),
        (b'{"a": 1e30}', b'{"a": 1e999999}'),
        (b'{"a": 1}', b'{"a": NaN}'),
        (b'{"a": 1}', b'{"a": -Infinity}'),
        (rb'{"a": "\ud83d\ude00"}', rb'{"a": "\ud83d"}'),
        (rb'{"a": "\u0001"}', rb'{"a": "\u0000"}'),
        (rb'{"\u0061": 1}', rb'{"\u0000": 1}'),
        (b'{"name": 1, "name": 2}', b'{"actor": 1, "actor": 2}'),
        (rb'{"actor": "\\\\\"actor\\\":"}', rb'{"actor": "\\\\", "a\u0063tor": ":"}'),
        (b'{"name": 1, "name": {"id": 1}}', b'{"name": {"id": 1, "id": 2}, "name": 1}'),
        (b'{"a": {"id": 1}, "id": 2}', b'{"a": {"id": 1, "id": 2}}'),
        (b'{"@id": 1}', b'{"id": 1, "@id": 2}'),
        (b'{"@type": 1}', b'{"type": 1, "@type": 2}'),
        (nested(MAX_DEPTH), nested(MAX_DEPTH + 1)),
        (json.dumps({"a": [1] * (MAX_NODES - 2)}).encode(), json.dumps({"a": [1] * MAX_NODES}).encode()),
        (b'{"a":"%s"}' % (b"x" * (MAX_DOCUMENT_BYTES - 8)), b'{"a":"%s"}' % (b"x" * MAX_DOCUMENT_BYTES)),
    ],
    ids=lambda raw: raw[:24],
)
def test_a_document_passes_within_the_rules_and_not_outside(good, bad):
    assert isinstance(parse_document(good), dict)
    with pytest.raises(Malformed):
        parse_document(bad)


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000, b'{"a": ' + b"9" * 1_000_000 + b"}"])
def test_a_bomb_costs_little_time(raw):
    started = time.process_time()
    with suppress(Malformed):
        parse_document(raw)

    assert time.process_time() - started < 2


def test_integers_are_clamped_to_what_every_reader_can_hold():
    assert parse_document(b'{"a": 99999999999999999999999, "b": -9007199254740993}') == {
        "a": 2**53,
        "b": -(2**53),
    }


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://a.example/x", ("https", "a.example", 443)),
        ("HTTPS://A.Example:443", ("https", "a.example", 443)),
        ("http://127.0.0.1:8000/ap/u/1#main-key", ("http", "127.0.0.1", 8000)),
        ("https://bücher.example/x", ("https", "xn--bcher-kva.example", 443)),
        ("https://BÜCHER.example/x", ("https", "xn--bcher-kva.example", 443)),
        ("https://[2001:DB8::1]:8443/", ("https", "[2001:db8::1]", 8443)),
        ("https://b.example/users/zoé", ("https", "b.example", 443)),
        ("https://a_b.example?x", ("https", "a_b.example", 443)),
    ],
)
def test_an_address_has_an_origin(uri, origin):
    assert origin_of(uri) == origin


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "a.example",
        "ftp://a.example/",
        "https:/a.example/",
        "https:///x",
        "https://user@a.example/",
        "https://s.test@evil.example/",
        "https://a.example\\@evil.example/",
        "https://a.example/\r\nHost: evil",
        "https://a.exa\tmple/",
        " https://a.example/",
        "https://a.example/ x",
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:/",
        "https://a.example:443:443/",
        "https://a%2eexample/",
        "https://a..example/",
        "https://a.example./",
        "https://evil\u3002example/",
        "https://\uff41.example/",
        "https://-a.example/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[1.2.3.4]/",
        "https://" + "a" * 64 + ".example/",
        "https://a.example/\ud800",
        "https://a.example/" + "x" * 3000,
        "javascript:alert(1)//https://a.example/",
    ],
)
def test_what_could_be_read_two_ways_is_no_address(uri):
    assert not is_http_uri(uri)
    with pytest.raises(Malformed):
        host_of(uri)


def test_same_origin_wants_scheme_host_and_port_alike():
    assert same_origin("https://a.example/1", "https://A.example:443/2")
    assert not same_origin("https://a.example/", "http://a.example/")
    assert not same_origin("https://a.example/", "https://a.example:444/")
    assert not same_origin("https://a.example/", "https://a.example.evil.example/")
    assert not same_origin("nonsense", "nonsense")


def test_a_host_names_its_port_only_where_it_is_not_the_schemes_own():
    assert host_of("https://A.example:443/x") == "a.example"
    assert host_of("http://a.example:443/x") == "a.example:443"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22t10:00:00.123456789z", datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-22T10:00:00+02:00", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("2026-11-22T10:00:00-00:30", datetime(2026, 11, 22, 10, 30, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("2026-02-30T10:00:00Z", None),
        ("2026-11-22T10:00:00+99:00", None),
        ("2026-11-22", None),
        ("yesterday", None),
        (1795341600, None),
        (None, None),
    ],
)
def test_times_are_read_as_utc_or_not_at_all(text, moment):
    assert read_moment(text) == moment


def test_times_are_written_as_mastodon_writes_them():
    assert write_moment(datetime(26, 1, 2, 3, 4, 5, 678, tzinfo=UTC)) == "0026-01-02T03:04:05Z"


def test_one_value_and_a_list_of_values_read_alike():
    for json_ in ({"to": "https://a.example/1"}, {"to": ["https://a.example/1"]}):
        assert Reader(json_).uris("to", limit=5) == ("https://a.example/1",)
    assert Reader({"to": None}).uris("to", limit=5) == ()
    assert Reader({}).uris("to", limit=5) == ()


def test_a_reference_may_be_a_string_an_object_or_a_link():
    for value in ("https://a.example/1", {"id": "https://a.example/1"}, {"@id": "https://a.example/1"}):
        assert Reader({"x": value}).uri("x") == "https://a.example/1"
    assert Reader({"x": {"type": "Link", "href": "https://a.example/1"}}).uri("x") == "https://a.example/1"
    for value in (None, 1, {}, [], {"id": 4}, "urn:x"):
        with pytest.raises(Malformed):
            Reader({"x": value}).uri("x")


def test_the_aliases_of_id_type_and_public_are_known():
    read = Reader({"@id": "https://a.example/1", "@type": ["x:Y", "as:Note"], "to": ["as:Public", "Public"]})

    assert read.id() == "https://a.example/1"
    assert read.type({"Note"}) == "Note"
    assert read.uris("to", limit=9) == (PUBLIC,)


def test_plain_text_loses_what_cannot_be_seen():
    read = Reader({"name": " a\u202eb\x07 \r\n c\u2066 ", "empty": " \u202e ", "number": 4})

    assert read.text("name", limit=99) == "ab \n c"
    assert read.line("name", limit=99) == "ab c"
    assert read.line("name", limit=3) == "ab"
    assert read.text("empty", limit=99) is None
    assert read.text("number", limit=99) is None


def test_numbers_and_truths_of_a_wrong_kind_are_absent():
    read = Reader(
        {"n": 3, "f": 3.0, "big": 1e300, "minus": -1, "true": True, "text": "3", "inf": float("inf")}
    )

    assert [read.count(name) for name in ("n", "f", "big")] == [3, 3, 2**53]
    assert [read.count(name) for name in ("minus", "true", "text", "inf", "none")] == [None] * 5
    assert (read.flag("true"), read.flag("text"), read.flag("n")) == (True, None, None)


def test_only_objects_have_readers():
    with pytest.raises(Malformed):
        Reader(["not", "an", "object"])
