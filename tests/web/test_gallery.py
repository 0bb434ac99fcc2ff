"""The gallery's pages, their feeds, and the owner's page about prompts: without a script."""

import re
from xml.etree import ElementTree

import msgspec
import pytest

from fedi.models.accounts import Account
from fedi.models.media import ArtPrompt
from fedi.models.users import User
from tests.support.factories import make_picture, make_post, make_prompt, make_tag
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio

PROMPT = {"title": "Foxes", "tag": "#Foxes", "days": "7"}


@pytest.fixture
def settings(settings):
    """Settings of a server that gives out prompts."""
    return msgspec.structs.replace(settings, studio=msgspec.structs.replace(settings.studio, prompts=True))


@pytest.fixture
async def painter(alice: Account) -> Account:
    """Alice, who opened her wall."""
    await Account.filter(id=alice.id).update(in_gallery=True)
    return await Account.get(id=alice.id)


@pytest.fixture
async def owners(alice: Account, alices: Visitor) -> Visitor:
    """Alice's browser; the place is hers."""
    await User.filter(account_id=alice.id).update(role="owner")
    return alices


def main_of(answer):
    assert answer.status_code == 200, answer.text
    return Outline(answer.text).all("main")[0]


def pictures_of(answer) -> list[str]:
    """The alt texts on the wall, without the sentence that stands in each."""
    assert answer.status_code == 200, answer.text
    walls = re.findall(r'<a class="art-link".*?</a>', answer.text, re.DOTALL)
    return [re.search(r'alt="([^"]*) \(Made by an AI model\.\)"', wall)[1] for wall in walls]


async def hang(site: Site, author: Account, description: str, *, tag: str = "", **columns):
    post = await make_post(site.server, author, **columns)
    if tag:
        await make_tag(site.server, post, tag)
    await make_picture(site.server, post, description=description)
    return post


async def veils_of(visitor: Visitor) -> int:
    return (await visitor.get("/gallery")).text.count('<details class="veil">')


@pytest.mark.parametrize("wish", ["blur", "hide"])
async def test_who_wants_none_elsewhere_finds_them_veiled(site, stranger, alice, alices, bob, wish):
    await Account.filter(id=bob.id).update(in_gallery=True)
    await hang(site, bob, "Hills")
    await User.filter(account_id=alice.id).update(preferences={"model_media": wish})

    assert (await veils_of(alices), await veils_of(stranger)) == (1, 0)


async def test_ones_own_picture_is_not_veiled(site, painter, alices):
    await hang(site, painter, "Hills")
    await User.filter(account_id=painter.id).update(preferences={"model_media": "blur"})

    assert await veils_of(alices) == 0


async def test_a_picture_hangs_with_alt_text_size_author_and_style(site, stranger, painter):
    post = await hang(site, painter, "a fox in the rain")

    answer = await stranger.get("/gallery")

    assert pictures_of(answer) == ["a fox in the rain"]
    assert f'href="/@alice/{post.id}"' in answer.text
    assert re.search(r'<li class="art art-150">', answer.text)
    assert re.search(r'<img [^>]*width="300" height="200"', answer.text)
    text = main_of(answer).text
    assert "alice" in text
    assert "cel" in text


@pytest.mark.parametrize(
    ("columns", "words"), [({"sensitive": True}, "Sensitive"), ({"summary": "teeth"}, "teeth")]
)
async def test_what_its_author_warns_of_is_behind_a_veil(site, stranger, painter, columns, words):
    await hang(site, painter, "a shark", **columns)
    await hang(site, painter, "a fox")

    answer = await stranger.get("/gallery")

    (veil,) = Outline(answer.text).all("details", **{"class": "veil"})
    assert words in veil.text
    assert "Show" in veil.text


async def test_a_members_wall_is_linked_from_the_profile_once_something_hangs_there(site, stranger, painter):
    assert "/@alice/gallery" not in (await stranger.get("/@alice")).text
    await hang(site, painter, "a fox")

    assert "/@alice/gallery" in (await stranger.get("/@alice")).text
    assert pictures_of(await stranger.get("/@alice/gallery")) == ["a fox"]
    assert pictures_of(await stranger.get("/@bob/gallery")) == []
    assert (await stranger.get("/@nobody/gallery")).status_code == 404


async def test_a_suspended_members_wall_is_gone(site, stranger, painter):
    await hang(site, painter, "a fox")
    await Account.filter(id=painter.id).update(suspended_at=site.server.clock.now())

    assert (await stranger.get("/@alice/gallery")).status_code == 410
    assert pictures_of(await stranger.get("/gallery")) == []


async def test_older_pictures_are_a_page_away(site, stranger, painter):
    post = await make_post(site.server, painter)
    for n in range(31):
        await make_picture(site.server, post, description=f"number {n}")

    first = await stranger.get("/gallery")
    older = Outline(first.text).all("a", rel="next")[0].attributes["href"]

    assert pictures_of(first) == [f"number {n}" for n in range(30, 0, -1)]
    assert pictures_of(await stranger.get(older)) == ["number 0"]


async def test_bare_walls_invite_into_the_studio(stranger, alices):
    assert "/sign-in?next=/studio" in (await stranger.get("/gallery")).text
    invited = (await alices.get("/gallery")).text
    assert 'class="wall-empty"' in invited
    assert "/settings/profile#in-gallery" in invited


async def test_a_member_opens_their_wall_in_the_settings(site, alice, alices):
    await alices.post("/settings/profile", {"in_gallery": "1"})
    assert (await Account.get(id=alice.id)).in_gallery
    assert re.search(r'name="in_gallery" value="1" checked', (await alices.get("/settings/profile")).text)

    await alices.post("/settings/profile", {})
    assert not (await Account.get(id=alice.id)).in_gallery


async def test_the_feeds_tell_of_posts_with_art(site, stranger, painter):
    post = await hang(site, painter, "a fox")
    await make_picture(site.server, post, description="the fox again")
    await make_post(site.server, painter, "words alone")

    for path in ("/gallery.rss", "/@alice/gallery.rss"):
        answer = await stranger.get(path)
        assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
        (item,) = ElementTree.fromstring(answer.content).findall("channel/item")
        assert item.findtext("link") == post.url
    assert (
        ElementTree.fromstring((await stranger.get("/@bob/gallery.rss")).content).find("channel/item") is None
    )
    assert (await stranger.get("/@nobody/gallery.rss")).status_code == 404


async def test_a_prompt_stands_in_gallery_studio_and_composer_while_it_runs(site, stranger, alices, clock):
    prompt = await make_prompt(site.server, "Rain on windows", "RainyWindows")
    places = [(stranger, "/gallery"), (alices, "/studio"), (alices, "/compose"), (alices, "/home")]
    for who, path in places:
        text = main_of(await who.get(path)).text
        assert ("Rain on windows" in text, "#RainyWindows" in text) == (True, True), path

    clock.turn(days=8)

    for who, path in places:
        assert "Rain on windows" not in main_of(await who.get(path)).text, path
    assert "Rain on windows" in main_of(await stranger.get("/gallery/prompts")).text
    assert (await stranger.get(f"/gallery/prompts/{prompt.id}")).status_code == 200


async def test_answers_stand_under_their_prompt_also_when_it_has_ended(site, stranger, painter, clock):
    prompt = await make_prompt(site.server, "Foxes", "Foxes")
    await hang(site, painter, "a fox", tag="foxes")
    await hang(site, painter, "a teapot")
    path = f"/gallery/prompts/{prompt.id}"

    during = await stranger.get(path)
    clock.turn(days=8)
    after = await stranger.get(path)

    assert pictures_of(during) == pictures_of(after) == ["a fox"]
    assert ("/compose?text=%23Foxes" in during.text, "/compose?text=%23Foxes" in after.text) == (True, False)


async def test_a_prompt_that_has_not_begun_is_not_there(site, stranger):
    day = site.server.clock.now().replace(year=2999)
    prompt = await make_prompt(site.server, "Later", "later", starts_at=day, ends_at=day.replace(year=3000))

    assert (await stranger.get(f"/gallery/prompts/{prompt.id}")).status_code == 404
    assert "Later" not in (await stranger.get("/gallery/prompts")).text


async def test_switched_off_there_is_no_gallery_and_nothing_leads_to_it(site, stranger, alices, painter):
    await hang(site, painter, "a fox")
    prompt = await make_prompt(site.server, "Foxes", "Foxes")
    studio = msgspec.structs.replace(site.server.settings.studio, gallery=False)
    object.__setattr__(site.server, "settings", msgspec.structs.replace(site.server.settings, studio=studio))

    for path in ("/gallery", "/gallery.rss", "/@alice/gallery", "/@alice/gallery.rss", "/gallery/prompts"):
        assert (await stranger.get(path)).status_code == 404, path
    assert (await stranger.get(f"/gallery/prompts/{prompt.id}")).status_code == 404
    for who, path in (
        (stranger, "/@alice"),
        (stranger, "/"),
        (alices, "/studio"),
        (alices, "/settings/profile"),
    ):
        assert "/gallery" not in (await who.get(path)).text, path
    await alices.post("/settings/profile", {})
    assert (await Account.get(id=painter.id)).in_gallery


async def test_the_owner_gives_out_a_prompt_and_ends_it(owners, stranger):
    answer = await owners.post("/settings/prompts", {**PROMPT, "text": "With <b>tails</b>."})
    assert answer.headers["location"] == "/settings/prompts?notice=prompt-added"
    row = await ArtPrompt.get()
    assert (row.title, row.tag, (row.ends_at - row.starts_at).days) == ("Foxes", "Foxes", 7)
    assert "With &lt;b&gt;tails&lt;/b&gt;." in (await stranger.get(f"/gallery/prompts/{row.id}")).text

    await owners.post(f"/settings/prompts/{row.id}/end")

    assert "Foxes" not in main_of(await stranger.get("/gallery")).text
    assert "ended on" in main_of(await owners.get("/settings/prompts")).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": " "}, "The title"),
        ({"tag": "two words"}, "The tag"),
        ({"days": "x"}, "The days"),
        ({"starts": "x"}, "time"),
    ],
)
async def test_a_wrong_prompt_is_refused_and_stays_as_typed(owners, wrong, words):
    answer = await owners.post("/settings/prompts", {**PROMPT, "text": "typed", **wrong})

    assert answer.status_code == 422
    assert words in Outline(answer.text).all("p", role="alert")[0].text
    assert "typed" in answer.text
    assert await ArtPrompt.all().count() == 0


async def test_for_everybody_else_there_are_no_prompts_to_make(stranger, alices):
    for who in (stranger, alices):
        assert (await who.get("/settings/prompts")).status_code == 404
    assert (await alices.post("/settings/prompts", PROMPT)).status_code == 404
    assert (await alices.post("/settings/prompts/1/end")).status_code == 404
    assert await ArtPrompt.all().count() == 0
