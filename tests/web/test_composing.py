"""The composer: what was typed is never lost, and what is posted is what was meant."""

import pytest

from fedi.actions import media, posts
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from tests.support.pictures import NOT_A_PICTURE, noise, photo, truncated_photo, vast_png
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio


async def test_a_post_is_written_and_stands_on_the_home_page(alices: Visitor):
    done = await alices.post("/compose", {"text": "Hello <b>there</b>", "do": "post", "back": "/home"})

    assert done.headers["location"] == "/home?notice=posted"
    home = (await alices.get("/home?notice=posted")).text
    assert "Hello &lt;b&gt;there&lt;/b&gt;" in home
    assert "Posted." in home


async def test_choices_of_the_composer_are_kept_by_the_post(alices: Visitor):
    fields = {"text": "x", "summary": "Careful", "visibility": "followers", "language": "fr", "do": "post"}

    await alices.post("/compose", fields)

    post = await Post.get()
    assert (post.summary, post.visibility, post.language, post.sensitive) == (
        "Careful",
        "followers",
        "fr",
        True,
    )


async def test_sending_twice_makes_one_post(alices: Visitor):
    for _ in range(2):
        await alices.post("/compose", {"text": "once", "key": "abc", "do": "post"})

    assert await Post.all().count() == 1


@pytest.mark.parametrize(
    "file", [NOT_A_PICTURE, vast_png(), truncated_photo()], ids=["no picture", "30 000 x 30 000", "truncated"]
)
async def test_a_bad_file_says_why_and_what_was_typed_stays(alices: Visitor, file: bytes):
    files = [("pictures", ("x.jpg", file, "image/jpeg"))]

    answer = await alices.post("/compose", {"text": "my words", "do": "post"}, files=files)

    page = Outline(answer.text)
    assert answer.status_code in {413, 415, 422}
    problem = next(each for each in page.elements if each.attributes.get("role") == "alert")
    assert problem.text.strip()
    assert "Validation failed" not in problem.text
    assert page.all("textarea", name="text")[0].text.strip() == "my words"
    assert await Post.all().count() == 0
    assert await MediaAttachment.all().count() == 0


async def test_pictures_are_attached_described_and_removed_without_losing_words(alices: Visitor):
    files = [
        ("pictures", ("a.jpg", photo(), "image/jpeg")),
        ("pictures", ("b.jpg", photo(50, 50), "image/jpeg")),
    ]
    page = await alices.post("/compose", {"text": "look", "do": "attach"}, files=files)
    first, second = [each.attributes["value"] for each in Outline(page.text).all("input", name="media")]
    fields = {"text": "look", "media": [first, second], f"alt_{first}": "One", f"alt_{second}": "Two"}

    removed = await alices.post("/compose", {**fields, "do": f"remove-{first}"})
    left = [each.attributes["value"] for each in Outline(removed.text).all("input", name="media")]
    await alices.post("/compose", {**fields, "media": left, "do": "post"})

    post = await Post.get()
    assert left == [second]
    attached = await MediaAttachment.filter(post_id=post.id)
    assert [(str(each.id), each.description) for each in attached] == [(second, "Two")]
    assert 'alt="Two"' in (await alices.get("/home")).text


async def test_a_picture_of_several_megabytes_is_taken(alices: Visitor):
    files = [("pictures", ("noise.png", noise(1200, 900), "image/png"))]

    answer = await alices.post("/compose", {"text": "large", "do": "post"}, files=files)

    assert answer.status_code == 303
    assert await MediaAttachment.filter(post_id__not_isnull=True).count() == 1


async def test_more_pictures_than_a_post_can_have_are_refused(site: Site, alices: Visitor, alice: Account):
    files = [("pictures", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(3)]
    attached = [
        await MediaAttachment.create(
            id=site.server.new_id(), account=alice, created_at=site.server.clock.now()
        )
        for _ in range(14)
    ]
    fields = {"text": "many", "do": "attach", "media": [str(each.id) for each in attached]}

    answer = await alices.post("/compose", fields, files=files)

    assert answer.status_code == 422
    assert "16 pictures at most" in answer.text


async def test_another_persons_picture_is_not_attached(site: Site, alices: Visitor, bob: Account):
    theirs = await media.upload(site.server, bob, photo())

    await alices.post("/compose", {"text": "mine?", "media": str(theirs.id), "do": "post"})

    assert await MediaAttachment.filter(post_id=None).count() == 1
    assert f'name="media" value="{theirs.id}"' not in (await alices.get(f"/compose?media={theirs.id}")).text


async def test_nothing_and_too_much_are_both_told(alices: Visitor):
    nothing = await alices.post("/compose", {"text": " ", "do": "post"})
    much = await alices.post("/compose", {"text": "é" * 5001, "do": "post"})

    assert "There is nothing to post yet." in nothing.text
    assert "This is too long for a post." in much.text
    assert "é" * 5001 in much.text


async def test_a_script_gets_the_form_alone(alices: Visitor):
    files = [("pictures", ("a.jpg", photo(), "image/jpeg"))]

    answer = await alices.post(
        "/compose", {"text": "x", "do": "attach"}, files=files, **{"X-Part": "composer"}
    )

    assert answer.text.lstrip().startswith("<form")
    assert Outline(answer.text).all("input", name="media")


async def test_an_answer_names_whom_it_is_for_and_is_no_louder_than_the_post(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    draft = Draft(text="@alice psst", visibility="direct")
    post = await posts.create(site.server, bob, draft, mentions={"alice": alice})

    page = Outline((await alices.get(f"/compose?reply_to={post.id}")).text)
    done = await alices.post("/compose", {"text": "@bob yes", "reply_to": str(post.id), "do": "post"})

    assert page.all("textarea", name="text")[0].text.strip() == "@bob"
    offered = [each for each in page.all("option") if each.around[-1].attributes["name"] == "visibility"]
    chosen = [each for each in offered if "selected" in each.attributes]
    assert [each.attributes["value"] for each in chosen] == ["direct"]
    answer = await Post.get(author_id=alice.id)
    assert answer.in_reply_to_id == post.id
    assert answer.visibility == "direct"
    assert done.headers["location"].startswith(f"/@alice/{answer.id}")


async def test_an_edit_begins_with_what_was_written(site: Site, alices: Visitor, alice: Account):
    post = await posts.create(site.server, alice, Draft(text="frist", summary="typo"), mentions={})

    page = Outline((await alices.get(f"/compose?edit={post.id}")).text)
    await alices.post("/compose", {"text": "first", "summary": "typo", "edit": str(post.id), "do": "post"})

    assert page.all("textarea", name="text")[0].text.strip() == "frist"
    edited = await Post.get(id=post.id)
    assert (edited.text, edited.edited_at is not None) == ("first", True)
    assert "edited" in (await alices.get(f"/@alice/{post.id}")).text
