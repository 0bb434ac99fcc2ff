"""The page of a post, what its buttons do, and how it ends."""

import pytest

from fedi.actions import deletes, posts
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark, Favourite, Pin
from fedi.models.jobs import Job
from fedi.models.posts import Post
from fedi.models.relationships import Follow
from tests.support.factories import make_account, make_post
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio

AS2 = "application/activity+json"


async def say(site: Site, author: Account, text: str = "hello", **more: object) -> Post:
    return await posts.create(site.server, author, Draft(text=text, **more), mentions={})


async def test_programs_get_the_note_and_people_the_page(site: Site, stranger: Visitor, alice: Account):
    post = await say(site, alice)

    document = await stranger.get(f"/@alice/{post.id}", Accept=AS2)
    page = await stranger.get(f"/@alice/{post.id}")

    assert document.json()["id"] == post.uri
    head = Outline(page.text)
    assert head.all("link", rel="alternate", type=AS2)[0].attributes["href"] == post.uri
    assert head.all("link", rel="canonical")[0].attributes["href"] == post.url
    assert 'property="og:description" content="hello"' in page.text


async def test_a_thread_is_shown_in_order(site: Site, stranger: Visitor, alice: Account):
    first = await say(site, alice, "first words")
    second = await say(site, alice, "second words", in_reply_to=first)
    third = await say(site, alice, "third words", in_reply_to=second)

    page = (await stranger.get(f"/@alice/{second.id}")).text

    body = page[page.index("<main") :]
    assert body.index("first words") < body.index("second words") < body.index("third words")
    assert f'id="post-{third.id}"' in page


async def test_a_post_for_followers_is_not_found_for_strangers(
    site: Site, stranger: Visitor, alices: Visitor, alice
):
    post = await say(site, alice, visibility="followers")

    assert (await stranger.get(f"/@alice/{post.id}")).status_code == 404
    assert (await alices.get(f"/@alice/{post.id}")).status_code == 200


async def test_a_deleted_post_is_gone(site: Site, stranger: Visitor, alice: Account):
    post = await say(site, alice)
    await deletes.delete(site.server, post)

    assert (await stranger.get(f"/@alice/{post.id}")).status_code == 410
    assert (await stranger.get(f"/@alice/{post.id}", Accept=AS2)).json()["type"] == "Tombstone"


async def test_another_name_in_the_address_leads_to_the_author(
    site: Site, stranger: Visitor, alice: Account, bob: Account
):
    post = await say(site, alice)

    assert (await stranger.get(f"/@bob/{post.id}")).headers["location"] == f"/@alice/{post.id}"


async def test_a_remote_post_is_read_at_home_by_strangers(site: Site, stranger: Visitor, alices: Visitor):
    bob = await make_account(site.server, "bob", domain="b.example")
    post = await make_post(site.server, bob, "<script>alert(1)</script>")

    assert (await stranger.get(f"/@bob@b.example/{post.id}")).headers["location"] == post.url
    page = await alices.get(f"/@bob@b.example/{post.id}")
    assert page.status_code == 200
    assert 'content="noindex' in page.text


@pytest.mark.parametrize(
    ("deed", "row"), [("favourite", Favourite), ("bookmark", Bookmark), ("pin", Pin)], ids=str
)
async def test_a_mark_is_made_and_taken_back(site: Site, alices: Visitor, alice: Account, deed: str, row):
    post = await say(site, alice)

    done = await alices.post(f"/posts/{post.id}/{deed}", {"back": "/home?before=9", "row": str(post.id)})

    assert done.headers["location"] == f"/home?before=9#post-{post.id}"
    assert await row.filter(post_id=post.id).count() == 1
    await alices.post(f"/posts/{post.id}/un{deed}")
    assert await row.filter(post_id=post.id).count() == 0


async def test_a_pinned_post_stands_on_top_and_in_its_place(site: Site, alices: Visitor, alice: Account):
    first, second = await say(site, alice, "older"), await say(site, alice, "newer")
    await alices.post(f"/posts/{first.id}/pin")

    page = Outline((await alices.get("/@alice")).text)

    shown = [each.attributes["id"] for each in page.all("article")]
    assert shown == [f"pinned-{first.id}", f"post-{second.id}", f"post-{first.id}"]
    assert "Pinned" in page.all("article")[0].text


async def test_a_script_gets_the_one_post_as_it_is_now(site: Site, alices: Visitor, alice: Account):
    post = await say(site, alice)

    answer = await alices.post(f"/posts/{post.id}/favourite", **{"X-Part": "post"})

    part = Outline(answer.text)
    assert answer.status_code == 200
    assert part.elements[0].tag == "article"
    assert part.all("button", data_deed="favourite")[0].attributes["aria-pressed"] == "true"
    assert "<html" not in answer.text


async def test_a_boost_stands_under_its_own_head_and_gives_way_when_taken_back(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    post = await say(site, bob)
    await alices.post(f"/posts/{post.id}/boost")
    row = await Post.get(boost_of_id=post.id)
    assert "boosted" in (await alices.get("/home")).text

    answer = await alices.post(f"/posts/{post.id}/unboost", {"row": str(row.id)}, **{"X-Part": "post"})

    assert f'id="post-{post.id}"' in answer.text
    assert not await Post.exists(boost_of_id=post.id)


async def test_what_one_may_not_see_cannot_be_marked(site: Site, alices: Visitor, bob: Account):
    hidden = await say(site, bob, visibility="direct")

    assert (await alices.post(f"/posts/{hidden.id}/favourite")).status_code == 404
    assert (await alices.post(f"/posts/{hidden.id}/delete")).status_code == 404
    assert await Favourite.all().count() == 0


async def test_a_row_that_one_may_not_see_is_not_shown_either(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    seen, hidden = await say(site, alice), await say(site, bob, "secret words", visibility="direct")

    answer = await alices.post(f"/posts/{seen.id}/favourite", {"row": str(hidden.id)}, **{"X-Part": "post"})

    assert "secret words" not in answer.text


async def test_deleting_asks_first_and_then_leads_back(site: Site, alices: Visitor, alice: Account):
    post = await say(site, alice)
    asked = await alices.get(f"/posts/{post.id}/delete?back=/@alice")
    assert "cannot be undone" in asked.text
    assert await Post.exists(id=post.id)

    done = await alices.post(f"/posts/{post.id}/delete", {"back": f"/@alice/{post.id}"})

    assert done.headers["location"] == "/home?notice=deleted"
    assert not await Post.exists(id=post.id)


async def test_anothers_post_cannot_be_deleted_or_edited(site: Site, alices: Visitor, bob: Account):
    post = await say(site, bob)

    assert (await alices.post(f"/posts/{post.id}/delete")).status_code == 404
    assert (await alices.get(f"/compose?edit={post.id}")).status_code == 404
    edited = await alices.post("/compose", {"edit": str(post.id), "text": "mine now", "do": "post"})
    assert edited.status_code == 404
    assert (await Post.get(id=post.id)).text == "hello"


async def test_an_author_sees_where_a_post_went_and_what_was_answered(
    site: Site, alices: Visitor, alice: Account
):
    for name in ("well", "late", "odd"):
        follower = await make_account(site.server, name, domain=f"{name}.example")
        await Follow.create(
            id=site.server.new_id(),
            follower_id=follower.id,
            target_id=alice.id,
            state="accepted",
            uri=f"{follower.uri}#follow",
            created_at=site.server.clock.now(),
        )
    post = await say(site, alice)
    now = int(site.server.clock.now().timestamp() * 1000)
    await Job.filter(group_key="well.example").update(state="done", finished_at=now)
    await Job.filter(group_key="odd.example").update(
        state="done", finished_at=now, error="odd.example answered 422: <b>no</b>"
    )

    page = (await alices.get(f"/posts/{post.id}/delivery")).text

    assert "1 of 3 deliveries arrived, 1 wait for their next try, 1 were refused." in page
    assert "422: &lt;b&gt;no&lt;/b&gt;" in page
    assert f"/posts/{post.id}/delivery" in (await alices.get(f"/@alice/{post.id}")).text


async def test_nobody_else_sees_where_a_post_went(
    site: Site, stranger: Visitor, alice: Account, bob: Account
):
    post = await say(site, alice)
    bobs = await site.signed_in("bob")

    assert (await bobs.get(f"/posts/{post.id}/delivery")).status_code == 404
    assert (await stranger.get(f"/posts/{post.id}/delivery")).status_code in {303, 401, 404}
