"""Feeds, health and the owner's pages."""

from xml.etree import ElementTree

import msgspec
import pytest

from fedi.actions import media, posts
from fedi.actions.posts import Draft
from fedi.media.provenance import DigitalSource
from fedi.models.accounts import Account
from tests.support.factories import make_boost, make_post, make_tag
from tests.support.pictures import photo

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


@pytest.fixture
def wish():
    """What the owner wishes strangers to be shown of model-made media; a test names it."""
    return "show"


@pytest.fixture
def settings(settings, wish):
    return msgspec.structs.replace(
        settings, studio=msgspec.structs.replace(settings.studio, model_media=wish)
    )


@pytest.mark.parametrize(
    ("wish", "is_listed", "has_picture"),
    [("show", True, True), ("blur", True, False), ("hide", False, False)],
)
@pytest.mark.parametrize("path", ["/@bob.rss", "/tags/art.rss"])
async def test_what_the_owner_wishes_for_model_made_media_holds_in_feeds(
    site, stranger, bob, path, wish, is_listed, has_picture
):
    picture = await media.upload(
        site.server, bob, photo(), source_type=DigitalSource.COMPOSITE_WITH_TRAINED.value
    )
    await posts.create(site.server, bob, Draft(text="drawn #art", media=[picture]), mentions={})
    await posts.create(site.server, bob, Draft(text="plain #art"), mentions={})

    found = items(await stranger.get(path))

    drawn = [item for item in found if "drawn" in (item.findtext("description") or "")]
    assert (len(drawn), len(found)) == (int(is_listed), 1 + is_listed)
    assert bool([each for item in drawn for each in item if each.tag.endswith("}content")]) is has_picture
    if is_listed:
        assert ("Made or changed with an AI model" in drawn[0].findtext("description")) is not has_picture


@pytest.mark.parametrize(("wish", "has_picture"), [("show", True), ("blur", False), ("hide", False)])
@pytest.mark.parametrize("path", ["/gallery.rss", "/@bob/gallery.rss"])
async def test_the_gallerys_feed_is_veiled_as_its_page_is(site, stranger, bob, path, wish, has_picture):
    await Account.filter(id=bob.id).update(in_gallery=True)
    picture = await media.upload(
        site.server, bob, photo(), source_type=DigitalSource.COMPOSITE_WITH_TRAINED.value
    )
    await posts.create(site.server, bob, Draft(text="drawn", media=[picture]), mentions={})

    (item,) = items(await stranger.get(path))

    assert bool([each for each in item if each.tag.endswith("}content")]) is has_picture
    assert item.findtext("link")
