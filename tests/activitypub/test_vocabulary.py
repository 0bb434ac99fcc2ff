"""Media types and content negotiation."""

import time

import pytest

from fedi.activitypub.vocabulary import ACTIVITY_ACCEPT, is_activity_type, wants_activity

PROFILE = "https://www.w3.org/ns/activitystreams"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON",
        f'application/ld+json; profile="{PROFILE}"',
        f"application/ld+json;profile={PROFILE}",
        f'application/ld+json; charset=utf-8; profile="https://x.example {PROFILE}"',
    ],
)
def test_the_two_types_of_activitypub_are_accepted(content_type):
    assert is_activity_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "text/html",
        "application/ld+json",
        'application/ld+json; profile="https://x.example"',
        f'application/ld+json; profile="{PROFILE}2"',
        "application/activity+jsonp",
        "text/plain, application/activity+json",
        "application/activity+json, text/plain",
        "application/activity+json ???",
    ],
)
def test_other_types_are_refused(content_type):
    assert not is_activity_type(content_type)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (ACTIVITY_ACCEPT, True),
        ("application/activity+json", True),
        ("application/ld+json", True),
        ("application/json", True),
        ("application/activity+json, text/html;q=0.9", True),
        ("text/html;q=0.5, application/activity+json", True),
        ("application/activity+json, text/html", True),
        ("text/html, application/activity+json", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/activity+json;q=0", False),
        ("application/activity+json;q=nonsense", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_a_page_or_an_activity_is_negotiated(accept, wanted):
    assert wants_activity(accept) is wanted


@pytest.mark.parametrize(
    "header", [" " * 100_000, "a;" * 50_000, "a/b; x=" + '"' * 99_999, "a/b;x=y " * 9_999]
)
def test_a_header_of_any_length_costs_little_time(header):
    started = time.process_time()
    is_activity_type(header)
    wants_activity(header)

    assert time.process_time() - started < 1
