"""The facts that tests measure by are those of the tables, and the measure notices what is wrong."""

import pytest

from fedi.mastodon.routes import TABLE
from tests.conformance import make
from tests.conformance.checking import faults
from tests.conformance.facts import CORRECTIONS, EXTENSIONS, PARENTS, entities
from tests.conformance.routes import answer_faults, published, returns

needs_tables = pytest.mark.skipif(not make.SHARED.exists(), reason="../shared/api is absent")

# Routes of priority A and B that are not ours to answer, and why.
ELSEWHERE = {
    "GET /oauth/authorize": "a page: fedi/web/authorise.py",
    "POST /oauth/authorize": "a page: fedi/web/authorise.py",
    "GET /oauth/authorize/native": "a page: fedi/web/authorise.py",
    "GET /.well-known/webfinger": "federation: fedi/federation/routes.py",
    "GET /.well-known/host-meta": "federation: fedi/federation/routes.py",
    "GET /.well-known/nodeinfo": "federation: fedi/federation/routes.py",
    "GET /nodeinfo/2.0": "federation: fedi/federation/routes.py",
    "GET /health": "the roof: fedi/app.py",
    "GET /authorize_interaction": "a page: fedi/web/routes.py",
    "GET /@{}.rss": "a feed: fedi/web/routes.py",
}


@needs_tables
def test_the_facts_are_those_of_the_tables():
    entities_now = make.read_entities((make.SHARED / "mastodon-entities.md").read_text())
    routes_now = make.read_routes((make.SHARED / "mastodon-endpoints.tsv").read_text())

    assert make.ENTITIES.read_text() == make.written(entities_now)
    assert make.ROUTES.read_text() == make.written(routes_now)


def test_every_correction_is_of_something_that_is_there_and_says_why():
    assert [key for key, (_, why) in CORRECTIONS.items() if key[0] not in entities() or not why] == []
    assert {*EXTENSIONS, *PARENTS, *PARENTS.values()} <= set(entities())


def test_every_route_of_the_first_two_priorities_is_answered_here():
    ours = {make.unnamed(entry.method, entry.path) for entry in TABLE}
    ours |= {key.replace(a, b, 1) for key in ours for a, b in (("PUT ", "PATCH "), ("PATCH ", "PUT "))}

    missing = {key for key, (_, priority, _) in published().items() if priority in "AB" and key not in ours}

    assert missing == {key for key in ELSEWHERE if key in missing}
    assert sorted(set(ELSEWHERE) - missing) == []


def test_of_every_route_it_is_known_what_it_answers_with():
    unknown = []
    for entry in TABLE:
        try:
            returns(entry.method, entry.path)
        except LookupError as error:
            unknown.append(str(error))

    assert unknown == []


@pytest.mark.parametrize(
    ("value", "kind", "part"),
    [
        ({"name": "a", "url": "https://a.example/a"}, "Status::Tag", ""),
        ({"name": "a"}, "Status::Tag", "$.url: missing"),
        ({"name": "a", "url": "/a"}, "Status::Tag", "absolute URL"),
        ({"name": "a", "url": "https://a.example/a", "b": 1}, "Status::Tag", "$.b: unknown"),
        ({"name": None, "url": "https://a.example/a"}, "Status::Tag", "null"),
        (
            {"last_read_id": "1", "version": True, "updated_at": "2026-01-02T03:04:05.678Z"},
            "Marker",
            "whole number",
        ),
        ({"last_read_id": "x", "version": 1, "updated_at": "2026-01-02T03:04:05.678Z"}, "Marker", "is no id"),
        ({"last_read_id": 1, "version": 1, "updated_at": "2026-01-02T03:04:05.678Z"}, "Marker", "no string"),
        ({"last_read_id": "1", "version": 1, "updated_at": "2026-01-02T03:04:05Z"}, "Marker", "three digits"),
        ({"id": "1", "title": "a", "replies_policy": "x", "exclusive": False}, "List", "not one of followed"),
        ({"count": "1"}, "Count", "whole number"),
        ([{"count": 1}], "Count", "is no Count"),
        ({"count": 1}, "Array of Count", "is no list"),
        ({"a": 1}, "{}", "should be {}"),
    ],
)
def test_what_would_break_an_app_is_noticed(value, kind, part):
    found = faults(value, kind)

    assert part in " ".join(found) if part else found == []


@pytest.mark.parametrize(
    ("status", "kind", "body", "part"),
    [
        (200, "application/json; charset=utf-8", b"[]", ""),
        (200, "application/json", b"[]", "its type is"),
        (200, "application/json; charset=utf-8", b"{}", "is no list"),
        (404, "application/json; charset=utf-8", b'{"error":"Record not found"}', ""),
        (404, "application/json; charset=utf-8", b"{}", "must say why"),
        (500, "text/plain", b"oops", "its type is"),
    ],
)
def test_an_answer_is_held_to_its_route(status, kind, body, part):
    found = answer_faults("GET", "/api/v1/lists", status, kind, body)

    assert part in " ".join(found) if part else found == []
