"""Our own addresses: built and recognised."""

from datetime import UTC, datetime

import pytest

from fedi.activitypub.reader import is_http_uri
from fedi.activitypub.uris import LocalUris
from fedi.errors import ConfigError

URIS = LocalUris("https://s.test", "handle.test")
DEVELOPMENT = LocalUris("http://127.0.0.1:8000/", "127.0.0.1:8000")


@pytest.mark.parametrize("uris", [URIS, DEVELOPMENT])
def test_what_is_built_is_recognised(uris):
    number = 2**62

    assert uris.account_id(uris.actor(number)) == number
    assert uris.post_id(uris.post(number)) == number
    assert uris.activity_id(uris.activity("f-1")) == "f-1"
    assert uris.activity_id(uris.new_activity()) is not None
    assert uris.username_of_page(uris.profile_page("al.ice")) == "al.ice"


@pytest.mark.parametrize("uris", [URIS, DEVELOPMENT])
def test_everything_built_is_a_local_address(uris):
    built = [
        uris.key(1),
        uris.replies(1),
        uris.likes(1),
        uris.shares(1),
        uris.delete_of(1),
        uris.update_of(1, datetime(2026, 1, 1, tzinfo=UTC)),
        uris.post_page("alice", 1),
        uris.tag_page("füchse/ x"),
        uris.media("9.webp"),
        uris.instance_actor,
        uris.instance_key,
        uris.instance_inbox,
        uris.instance_outbox,
        uris.shared_inbox,
    ]

    assert all(is_http_uri(uri) and uris.is_local(uri) for uri in built)
    assert len(set(built)) == len(built)


@pytest.mark.parametrize(
    "uri",
    [
        "https://s.test.evil/ap/u/1",
        "https://s.test@evil/ap/u/1",
        "https://evil/https://s.test/ap/u/1",
        "http://s.test/ap/u/1",
        "https://s.test:444/ap/u/1",
        "s.test/ap/u/1",
        "",
    ],
)
def test_another_origin_is_neither_local_nor_an_account(uri):
    assert not URIS.is_local(uri)
    assert URIS.account_id(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "https://S.TEST:443/ap/u/1",
        "https://s.test/ap/u/01",
        "https://s.test/ap/u/1/",
        "https://s.test/ap/u/1?x",
        "https://s.test/ap/u/1#main-key",
        "https://s.test/ap/u/-1",
        "https://s.test/ap/u/\u0661",
        "https://s.test/ap/u/99999999999999999999",
        "https://s.test/ap/u/9999999999999999999",
        "https://s.test/ap/u/",
        "https://s.test//ap/u/1",
    ],
)
def test_another_spelling_is_local_but_no_account(uri):
    assert URIS.is_local(uri)
    assert URIS.account_id(uri) is None


def test_one_kind_is_not_taken_for_another():
    assert URIS.post_id(URIS.actor(1)) is None
    assert URIS.account_id(URIS.post(1)) is None
    assert URIS.post_id(URIS.create_of(1)) is None
    assert URIS.activity_id(URIS.post(1)) is None
    assert URIS.username_of_page(URIS.post_page("alice", 1)) is None


def test_the_host_and_the_handles_domain_may_differ():
    assert (URIS.host, URIS.handle("alice")) == ("s.test", "alice@handle.test")
    assert DEVELOPMENT.host == "127.0.0.1:8000"
    assert LocalUris("https://S.test:443/", "S.test") == LocalUris("https://s.test", "s.test")


@pytest.mark.parametrize(
    "base_url", ["s.test", "https://s.test/path", "https://s.test?x", "ftp://s.test", ""]
)
def test_a_base_that_is_more_or_less_than_an_origin_is_refused(base_url):
    with pytest.raises(ConfigError):
        LocalUris(base_url, "s.test")
