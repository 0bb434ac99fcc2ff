"""Looking for people, tags and posts, here and (for members) on other servers."""

import pytest

from fedi.actions import posts
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from fedi.models.notifications import Notification
from tests.support.factories import make_account, make_post
from tests.support.visitors import Site, Visitor

pytestmark = pytest.mark.anyio


async def test_people_and_tags_are_found_by_strangers_too(site: Site, stranger: Visitor, alice: Account):
    await posts.create(site.server, alice, Draft(text="#kites"), mentions={})

    assert "@alice" in (await stranger.get("/search?q=ali")).text
    assert "/tags/kites" in (await stranger.get("/search?q=%23kit")).text
    assert "Nothing found" in (await stranger.get("/search?q=nowhere")).text
    assert "#kites" in (await stranger.get("/tags/kites")).text


async def test_a_known_post_is_found_by_its_address(site: Site, alices: Visitor, stranger: Visitor):
    bob = await make_account(site.server, "bob", domain="b.example")
    post = await make_post(site.server, bob, "far words")

    found = await alices.client.get("/search", params={"q": post.uri})
    assert "far words" in found.text
    assert "far words" not in (await stranger.client.get("/search", params={"q": post.uri})).text


async def test_a_post_that_one_may_not_see_is_not_found_by_its_address(
    site: Site, alices: Visitor, bob: Account
):
    post = await posts.create(site.server, bob, Draft(text="hush", visibility="direct"), mentions={})

    answer = await alices.client.get("/search", params={"q": post.uri})
    opened = await alices.client.get("/authorize_interaction", params={"uri": post.uri})

    assert "hush" not in answer.text
    assert opened.status_code == 404


async def test_what_was_found_elsewhere_is_opened_here(site: Site, alices: Visitor):
    bob = await make_account(site.server, "bob", domain="b.example")
    post = await make_post(site.server, bob)

    places = {
        bob.uri: "/@bob@b.example",
        post.uri: f"/@bob@b.example/{post.id}",
        "acct:alice@127.0.0.1:8000": "/@alice",
    }
    for uri, path in places.items():
        answer = await alices.client.get("/authorize_interaction", params={"uri": uri})

        assert answer.headers["location"] == path


async def test_reading_the_notifications_clears_their_count(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    await posts.create(site.server, bob, Draft(text="@alice hi"), mentions={"alice": alice})
    assert await Notification.filter(account_id=alice.id).count() == 1
    assert ", 1 new" in (await alices.get("/home")).text

    page = await alices.get("/notifications")

    assert "hi" in page.text
    assert ", 1 new" not in (await alices.get("/home")).text
