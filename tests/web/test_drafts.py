"""Drafts and scheduled posts on pages."""

from datetime import timedelta

import pytest

from fedi.models.pending import PendingPost
from fedi.models.posts import Post
from tests.support.visitors import Site, Visitor

pytestmark = pytest.mark.anyio


def in_an_hour(site: Site) -> str:
    return (site.server.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")


async def test_a_draft_is_kept_taken_up_again_and_posted(alices: Visitor):
    kept = await alices.post("/compose", {"text": "half", "visibility": "mutuals", "do": "draft"})
    row = await PendingPost.get()
    composer = (await alices.get(f"/compose?waiting={row.id}")).text
    await alices.post("/compose", {"text": "whole", "waiting": str(row.id), "do": "post"})

    assert kept.headers["location"] == "/drafts?notice=draft"
    assert "half" in composer
    assert ((await Post.get()).text, await PendingPost.all().count()) == ("whole", 0)


async def test_a_draft_that_is_kept_again_stays_one(alices: Visitor):
    await alices.post("/compose", {"text": "half", "do": "draft"})
    row = await PendingPost.get()

    await alices.post("/compose", {"text": "more", "waiting": str(row.id), "do": "draft"})

    assert (await PendingPost.get()).params["text"] == "more"


async def test_a_post_is_scheduled_moved_and_listed(site: Site, alices: Visitor):
    done = await alices.post("/compose", {"text": "later", "at": in_an_hour(site), "do": "post"})
    row = await PendingPost.get()
    await alices.post(f"/drafts/{row.id}/reschedule", {"at": "2099-01-01T00:00"})

    page = (await alices.get("/drafts")).text
    assert done.headers["location"] == "/drafts?notice=scheduled"
    assert "later" in page
    assert "2099-01-01T00:00" in page
    assert await Post.all().count() == 0


@pytest.mark.parametrize("at", ["2001-01-01T00:00", "soon"])
async def test_a_time_that_cannot_be_is_refused_and_the_text_stays(alices: Visitor, at: str):
    answer = await alices.post("/compose", {"text": "later", "at": at, "do": "post"})

    assert answer.status_code == 422
    assert "later" in answer.text


@pytest.mark.parametrize(("deed", "posts"), [("publish", 1), ("delete", 0)])
async def test_what_waits_is_posted_or_deleted(alices: Visitor, deed: str, posts: int):
    await alices.post("/compose", {"text": "half", "do": "draft"})
    row = await PendingPost.get()

    await alices.post(f"/drafts/{row.id}/{deed}", {})

    assert (await PendingPost.all().count(), await Post.all().count()) == (0, posts)


async def test_drafts_of_others_are_not_there(site: Site, alices: Visitor):
    bobs = await site.signed_in("bob")
    await alices.post("/compose", {"text": "half", "do": "draft"})
    row = await PendingPost.get()

    assert (await bobs.get(f"/compose?waiting={row.id}")).status_code == 404
    assert (await bobs.post(f"/drafts/{row.id}/publish", {})).status_code == 404
    assert "half" not in (await bobs.get("/drafts")).text


async def test_a_post_of_the_composer_can_be_local_only_and_markdown(alices: Visitor):
    await alices.post(
        "/compose", {"text": "**us**", "local_only": "1", "text_type": "text/markdown", "do": "post"}
    )

    post = await Post.get()
    assert (post.local_only, post.content) == (True, "<p><strong>us</strong></p>")
