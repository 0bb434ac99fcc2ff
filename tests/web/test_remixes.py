"""Restyling other people's pictures by pages alone: asked, answered, credited."""

import pytest

from fedi.actions import accounts, deletes, media, posts, remixes
from fedi.actions.accounts import ProfileChanges
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.posts import Post
from tests.support.pictures import photo
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio


async def pictured(site: Site, author: Account, policy: str = "everyone", **more: object) -> Post:
    picture = await media.upload(site.server, author, photo(), description="a fox")
    draft = Draft(text="my fox", media=[picture], remix_policy=policy, **more)
    return await posts.create(site.server, author, draft, mentions={})


async def remixed(site: Site, alice: Account, original: Post) -> Post:
    """Have Alice post what she drew, but for the drawing."""
    await remixes.ask(site.server, alice, (await MediaAttachment.get(post_id=original.id)).id)
    drawn = await media.upload(site.server, alice, photo(32, 24))
    await MediaAttachment.filter(id=drawn.id).update(based_on_uri=original.uri)
    drawn = await MediaAttachment.get(id=drawn.id)
    return await posts.create(site.server, alice, Draft(text="look", media=[drawn]), mentions={})


@pytest.fixture
async def bobs(site: Site) -> Visitor:
    """Bob's browser, signed in."""
    return await site.signed_in("bob")


def links(page: str) -> list[str]:
    return [each.attributes.get("href", "") for each in Outline(page).all("a")]


async def test_what_may_be_restyled_leads_into_the_studio(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    original = await pictured(site, bob)
    picture = await MediaAttachment.get(post_id=original.id)
    page = (await alices.get(f"/@bob/{original.id}")).text
    assert f"/restyle/{picture.id}" in links(page)
    assert "lets you restyle it" in (await alices.get(f"/restyle/{picture.id}")).text

    answer = await alices.post(f"/restyle/{picture.id}", {})

    remix = await Remix.get(account_id=alice.id)
    assert answer.headers["location"] == f"/studio?media={remix.source_id}&size=picture"
    studio = Outline((await alices.get(answer.headers["location"])).text)
    ticked = [each for each in studio.all("input", name="media") if "checked" in each.attributes]
    assert [each.attributes["value"] for each in ticked] == [str(remix.source_id)]


async def test_what_is_closed_offers_nothing(site: Site, alices: Visitor, bob: Account):
    original = await pictured(site, bob, "nobody")
    picture = await MediaAttachment.get(post_id=original.id)

    assert f"/restyle/{picture.id}" not in links((await alices.get(f"/@bob/{original.id}")).text)
    assert "does not let you" in (await alices.get(f"/restyle/{picture.id}")).text
    assert (await alices.post(f"/restyle/{picture.id}", {})).status_code == 403


async def test_a_request_is_told_and_answered(
    site: Site, alices: Visitor, bobs: Visitor, alice: Account, bob: Account
):
    picture = await MediaAttachment.get(post_id=(await pictured(site, bob, "ask")).id)
    await alices.post(f"/restyle/{picture.id}", {})
    remix = await Remix.get(account_id=alice.id)

    assert "wants to restyle a picture of yours" in (await bobs.get("/notifications")).text
    assert f"/remixes/{remix.id}/allow" in (await bobs.get("/remixes")).text
    assert (await alices.post(f"/remixes/{remix.id}/allow", {})).status_code == 404
    await bobs.post(f"/remixes/{remix.id}/allow", {})

    assert "lets you restyle a picture" in (await alices.get("/notifications")).text
    await alices.post(f"/remixes/{remix.id}/fetch", {})
    remix = await Remix.get(id=remix.id)
    assert f"/studio?media={remix.source_id}&size=picture" in links((await alices.get("/remixes")).text)


async def test_a_remix_credits_and_is_listed(
    site: Site, stranger: Visitor, bobs: Visitor, alice: Account, bob: Account
):
    original = await pictured(site, bob)
    post = await remixed(site, alice, original)

    page = (await stranger.get(f"/@alice/{post.id}")).text
    below = (await stranger.get(f"/@bob/{original.id}/remixes")).text

    assert page.count("Based on") == 1
    assert f"/@bob/{original.id}" in links(page)
    assert f"/@bob/{original.id}/remixes" in links((await stranger.get(f"/@bob/{original.id}")).text)
    assert f"/@alice/{post.id}" in links(below)

    await bobs.post(f"/remixes/{(await Remix.get()).id}/revoke", {})
    assert "Based on" not in (await stranger.get(f"/@alice/{post.id}")).text


async def test_of_a_deleted_remix_and_a_deleted_original_it_is_said_that_they_are_gone(
    site: Site, stranger: Visitor, alice: Account, bob: Account
):
    original = await pictured(site, bob)
    post = await remixed(site, alice, original)

    await deletes.delete(site.server, post)
    assert (await stranger.get(f"/@alice/{post.id}")).status_code == 410
    assert f"/@alice/{post.id}" not in (await stranger.get(f"/@bob/{original.id}/remixes")).text
    await deletes.delete(site.server, original)

    page = await stranger.get(f"/@bob/{original.id}/remixes")
    assert (page.status_code, "This post was deleted." in page.text) == (410, True)


async def test_who_may_is_chosen_in_the_profile_and_for_a_post(site: Site, alices: Visitor, alice: Account):
    await alices.post("/settings/profile", {"display_name": "Alice", "remix_policy": "followers"})
    picture = await media.upload(site.server, alice, photo())
    chosen = {"text": "mine", "media": str(picture.id), "remix_policy": "ask", "licence": "by-sa"}
    await alices.post("/compose", {**chosen, "do": "post"})

    assert (await Account.get(id=alice.id)).remix_policy == "followers"
    post = await Post.get(author_id=alice.id)
    assert post.remix_policy == "ask"
    composer = Outline((await alices.get(f"/compose?edit={post.id}")).text)
    ticked = {each.attributes["value"] for each in composer.all("option") if "selected" in each.attributes}
    assert {"ask", "by-sa"} <= ticked


async def test_an_avatar_is_asked_for_on_its_profile(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    assert "/restyle/avatar/" not in (await alices.get("/@bob")).text
    await accounts.set_avatar(site.server, bob, await media.upload(site.server, bob, photo()))
    await accounts.update_profile(site.server, bob, ProfileChanges(remix_policy="everyone"))

    assert f"/restyle/avatar/{bob.id}" in (await alices.get("/@bob")).text
    answer = await alices.post(f"/restyle/avatar/{bob.id}", {})

    remix = await Remix.get(account_id=alice.id)
    assert answer.headers["location"] == f"/studio?media={remix.source_id}&size=portrait"


async def test_a_licence_stands_under_its_picture(site: Site, stranger: Visitor, bob: Account):
    await accounts.update_profile(site.server, bob, ProfileChanges(remix_policy="everyone"))
    post = await pictured(site, bob, "", licence="by")

    page = (await stranger.get(f"/@bob/{post.id}")).text

    assert "https://creativecommons.org/licenses/by/4.0/" in links(page)
