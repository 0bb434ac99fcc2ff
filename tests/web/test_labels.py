"""Pictures that a model made, on pages: said in words, chosen in the composer, veiled or left out."""

import pytest

from fedi.actions import media, posts, preferences
from fedi.actions.posts import Draft
from fedi.media.provenance import DigitalSource
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.models.users import User
from tests.support.pictures import photo
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio

COMPOSITE = DigitalSource.COMPOSITE_WITH_TRAINED
SENTENCE = "Made with an AI model."


async def drawn(site: Site, author: Account, **more: object) -> Post:
    picture = await media.upload(
        site.server, author, photo(), description="A street", source_type=COMPOSITE.value
    )
    draft = Draft(text="look here", media=[picture], **more)
    return await posts.create(site.server, author, draft, mentions={})


async def wish(site: Site, account: Account, what: str) -> None:
    await preferences.change(site.server, await User.get(account_id=account.id), model_media=what)


async def test_the_alt_text_and_the_badge_say_it_and_whose_word_it_is(site: Site, stranger: Visitor, bob):
    post = await drawn(site, bob)

    page = (await stranger.get(f"/@bob/{post.id}")).text

    assert f"A street ({SENTENCE})" in [each.attributes["alt"] for each in Outline(page).all("img")]
    assert "Said by its author" in page


@pytest.mark.parametrize("path", ["/local", "/@bob", "/tags/AIart"])
async def test_who_would_rather_not_finds_them_behind_a_veil(site: Site, alices: Visitor, alice, bob, path):
    await drawn(site, bob)
    assert "veiled" not in (await alices.get(path)).text

    await wish(site, alice, "blur")
    outline = Outline((await alices.get(path)).text)

    (link,) = outline.all("a", **{"class": "picture-link"})
    assert "veiled" in [each.attributes.get("class") for each in link.around if each.tag == "details"]


@pytest.mark.parametrize("path", ["/local", "/@bob", "/tags/AIart"])
async def test_who_wants_none_is_shown_none_but_what_they_open(site: Site, alices: Visitor, alice, bob, path):
    post = await drawn(site, bob)
    await wish(site, alice, "hide")

    assert "look here" not in (await alices.get(path)).text
    opened = (await alices.get(f"/@bob/{post.id}")).text
    assert 'class="veiled"' in opened


async def test_ones_own_are_shown(site: Site, alices: Visitor, alice: Account):
    await wish(site, alice, "hide")
    await drawn(site, alice)

    page = (await alices.get("/home")).text

    assert "look here" in page
    assert 'class="veiled"' not in page


async def test_the_composer_labels_and_tags_a_picture(site: Site, alices: Visitor, alice: Account):
    picture = await media.upload(site.server, alice, photo())
    fields = {"text": "x", "media": str(picture.id), f"made_{picture.id}": COMPOSITE.iri, "do": "post"}

    await alices.post("/compose", {**fields, "model_tag_asked": "1", "model_tag": "1"})

    row = await MediaAttachment.get(id=picture.id)
    assert (row.source_type, row.label_origin) == (COMPOSITE.iri, "author")
    assert (await Post.get()).text == "x\n\n#AIart"


async def test_an_edit_takes_the_authors_label_back(site: Site, alices: Visitor, alice: Account):
    post = await drawn(site, alice)
    picture = await MediaAttachment.get(post_id=post.id)
    page = (await alices.get(f"/compose?edit={post.id}")).text
    assert f'name="made_{picture.id}"' in page
    assert SENTENCE not in page[page.index("<form") :]
    fields = {"text": "x", "edit": str(post.id), "media": str(picture.id), f"made_{picture.id}": ""}

    await alices.post("/compose", {**fields, f"alt_{picture.id}": "A street", "do": "post"})

    row = await MediaAttachment.get(id=picture.id)
    assert (row.source_type, row.label_origin, row.description) == ("", "", "A street")


async def test_a_picture_labelled_by_its_file_has_no_choice(site: Site, alices: Visitor, alice: Account):
    picture = await media.upload(site.server, alice, photo())
    await MediaAttachment.filter(id=picture.id).update(source_type=COMPOSITE.iri, label_origin="file")

    page = (await alices.get(f"/compose?media={picture.id}")).text

    assert f'name="made_{picture.id}"' not in page
    assert "Found inside the file" in page


async def test_the_settings_keep_what_was_chosen(alices: Visitor, alice: Account):
    fields = {"visibility": "public", "quote_policy": "public", "expand_media": "default"}

    await alices.post("/settings/preferences", {**fields, "model_media": "blur", "model_tag_asked": "1"})

    kept = preferences.of(await User.get(account_id=alice.id))
    assert (kept.model_media, kept.model_tag) == ("blur", False)
    chosen = Outline((await alices.get("/settings/preferences")).text).all("option", selected="")
    assert "blur" in [each.attributes["value"] for each in chosen]
