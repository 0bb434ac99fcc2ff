"""Previews of links: read once, from a real page on loopback, and shown on every post that links there."""

import pytest
from starlette.responses import RedirectResponse, Response

from fedi import digest
from fedi.actions import cards, posts
from fedi.actions.posts import Draft
from fedi.config import ReadingSettings
from fedi.models.cards import PreviewCard
from fedi.models.jobs import Job
from fedi.models.posts import Post
from fedi.queries import snapshots
from tests.support.pictures import photo

pytestmark = pytest.mark.anyio

PAGE = '<html lang="en"><title>A page</title><meta property="og:image" content="/one.jpg">'


def page(text=PAGE, kind="text/html; charset=utf-8"):
    return Response(text, media_type=kind)


async def write(home, text, **more):
    post = await posts.create(home.server, home.alice, Draft(text=text, **more), mentions={})
    await digest.digest(home.server)
    return post


async def read(home):
    home.clock.turn(seconds=120)
    await home.house.drain()


async def shown(home, post):
    return (await snapshots.of_post(home.server, await Post.get(id=post.id), home.alice)).card


async def test_a_linked_page_is_shown_with_its_picture(home, peer):
    peer.documents["/day"], peer.documents["/one.jpg"] = (
        page(),
        Response(photo(80, 60), media_type="image/jpeg"),
    )

    post = await write(home, f"look: {peer.url}/day#part")
    assert await shown(home, post) is None
    await read(home)

    card = await shown(home, post)
    assert card is not None
    assert (card.title, card.kind, card.language) == ("A page", "link", "en")
    assert (card.width, card.height) == (80, 60)
    assert await home.server.store.read(card.image_key)


async def test_many_posts_ask_for_a_page_once(home, peer):
    peer.documents["/day"] = page()

    written = [await write(home, f"{number}: {peer.url}/day") for number in range(3)]
    await read(home)

    assert peer.asked["/day"] == 1
    assert {(await shown(home, post)).title for post in written} == {"A page"}


async def test_what_others_post_is_read_only_after_a_while(home, peer):
    card_of = cards._card_of
    async with home.server.db.transaction():
        await card_of(home.server, f"{peer.url}/far", is_ours=False)

    job = await Job.get(kind="ReadPage")
    waits = job.run_at / 1000 - home.clock.now().timestamp()
    assert 4 < waits < 61


@pytest.mark.parametrize(
    "text",
    ["no link at all", "@alice and #tag", "our own: {base}/@alice"],
)
async def test_words_names_and_our_own_pages_want_none(home, text):
    await write(home, text.replace("{base}", home.server.uris.base_url))

    assert not await PreviewCard.exists()


@pytest.mark.parametrize(
    "answer",
    [
        page("<p>no title</p>"),
        page("{}", "application/json"),
        Response(status_code=404),
        RedirectResponse("http://10.0.0.1/"),
        RedirectResponse("file:///etc/passwd"),
    ],
)
async def test_a_page_that_says_nothing_or_leads_astray_gets_no_card(home, peer, answer):
    peer.documents["/day"] = answer

    post = await write(home, f"{peer.url}/day")
    await read(home)

    assert (await PreviewCard.get()).state == "none"
    assert await shown(home, post) is None


async def test_a_picture_that_is_none_leaves_the_words(home, peer):
    peer.documents["/day"], peer.documents["/one.jpg"] = page(), Response(b"no picture")

    post = await write(home, f"{peer.url}/day")
    await read(home)

    card = await shown(home, post)
    assert card is not None
    assert (card.title, card.image_key) == ("A page", "")


async def test_an_edit_that_drops_the_link_drops_the_card(home, peer):
    from fedi.actions import edits

    peer.documents["/day"] = page()
    post = await write(home, f"{peer.url}/day")
    await read(home)

    await edits.edit(home.server, post, Draft(text="nothing here"), mentions={})
    await digest.digest(home.server)

    assert await shown(home, post) is None


async def test_it_can_be_switched_off(home, peer, monkeypatch):
    import msgspec

    settings = msgspec.structs.replace(home.server.settings, reading=ReadingSettings(previews=False))
    object.__setattr__(home.server, "settings", settings)

    await write(home, f"{peer.url}/day")

    assert not await PreviewCard.exists()
