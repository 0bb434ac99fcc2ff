"""Feeds, health and the owner's pages."""

from xml.etree import ElementTree

import pytest

from tests.support.factories import make_boost, make_post, make_tag

pytestmark = pytest.mark.anyio


def items(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content).findall("channel/item")


async def test_an_accounts_feed_has_what_anybody_may_see(site, stranger, alice, bob):
    server = site.server
    shown = await make_post(server, alice, "hello & <b>you</b>", summary="a < b")
    await make_post(server, alice, "secret", visibility="followers")
    await make_post(server, alice, "here", local_only=True)
    await make_boost(server, alice, await make_post(server, bob))
    parent = await make_post(server, bob)
    await make_post(server, alice, "an answer", in_reply_to=parent)

    (item,) = items(await stranger.get("/@alice.rss"))

    assert item.findtext("link") == shown.url
    text = item.findtext("description")
    assert text is not None
    assert "hello & <b>you</b>" in text
    assert "a &lt; b" in text


async def test_a_hashtags_feed(site, stranger, alice):
    post = await make_post(site.server, alice, "text \x0b with a control character")
    await make_tag(site.server, post, "art")

    (item,) = items(await stranger.get("/tags/Art.rss"))

    assert item.findtext("category") == "art"


async def test_nobodys_feed_is_not_there(stranger):
    assert (await stranger.get("/@nobody.rss")).status_code == 404
    assert (await stranger.get("/tags/...rss")).status_code == 404


async def test_health(stranger):
    answer = await stranger.get("/health")
    assert (answer.status_code, answer.text) == (200, "OK")


async def test_the_owners_pages_are_there_once_written(site, stranger):
    for path in ("/privacy-policy", "/terms-of-service"):
        assert (await stranger.get(path)).status_code == 404
