"""Quotes on pages: shown as a card, written by a form, taken out by whom they quote."""

import pytest

from fedi.actions import posts
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from tests.support.factories import make_account, make_block, make_post
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio


async def say(site: Site, author: Account, text: str = "hello", **more: object) -> Post:
    return await posts.create(site.server, author, Draft(text=text, **more), mentions={})


def cards(text: str):
    return Outline(text).all("blockquote")


async def test_a_quoted_post_is_shown_as_a_card(site: Site, stranger: Visitor, alice: Account, bob: Account):
    quoted = await say(site, bob, "my fox")
    post = await say(site, alice, "look at this", quoted=quoted)

    page = (await stranger.get(f"/@alice/{post.id}")).text

    assert len(cards(page)) == 1
    assert "my fox" in page
    assert f'href="/@bob/{quoted.id}"' in page


async def test_a_post_is_quoted_by_a_form(site: Site, alices: Visitor, bob: Account):
    quoted = await say(site, bob, "my fox")

    page = await alices.get(f"/compose?quote={quoted.id}")
    fields = {"text": "look", "quote": str(quoted.id), "quote_policy": "followers", "do": "post"}
    await alices.post("/compose", fields)

    assert "my fox" in page.text
    assert Outline(page.text).all("input", name="quote")[0].attributes["value"] == str(quoted.id)
    quote = await Quote.get().select_related("post")
    assert (quote.quoted_id, quote.state, quote.post.quote_policy) == (quoted.id, "accepted", "followers")


async def test_the_quoted_post_stays_in_the_composer_when_something_is_wrong(
    site: Site, alices: Visitor, bob: Account
):
    quoted = await say(site, bob)

    answer = await alices.post("/compose", {"text": "x" * 6000, "quote": str(quoted.id), "do": "post"})

    assert answer.status_code == 422
    assert Outline(answer.text).all("input", name="quote")[0].attributes["value"] == str(quoted.id)


async def test_what_may_not_be_quoted_is_refused_with_a_sentence(site: Site, alices: Visitor, bob: Account):
    quoted = await say(site, bob, quote_policy="nobody")

    page = (await alices.get(f"/@bob/{quoted.id}")).text
    answer = await alices.post("/compose", {"text": "look", "quote": str(quoted.id), "do": "post"})

    assert f"/compose?quote={quoted.id}" not in page
    assert answer.status_code == 403
    assert "The author of this post does not let you quote it." in answer.text
    assert await Post.all().count() == 1


async def test_who_may_quote_is_changed_with_an_edit(site: Site, alices: Visitor, alice: Account):
    post = await say(site, alice)

    await alices.post(
        "/compose", {"text": "hello", "edit": str(post.id), "quote_policy": "nobody", "do": "post"}
    )

    assert (await Post.get(id=post.id)).quote_policy == "nobody"


async def test_ones_post_is_taken_out_of_a_quote(
    site: Site, alices: Visitor, stranger: Visitor, alice: Account, bob: Account
):
    quoted = await say(site, alice, "my fox")
    post = await say(site, bob, "look", quoted=quoted)
    page = (await alices.get(f"/@bob/{post.id}")).text

    await alices.post(f"/posts/{post.id}/unquote", {"back": "/home"})

    assert f'formaction="/posts/{post.id}/unquote"' in page
    after = (await stranger.get(f"/@bob/{post.id}")).text
    assert "my fox" not in after
    assert "taken out by its author" in after


async def test_nobody_else_takes_a_post_out(site: Site, alices: Visitor, bob: Account):
    post = await say(site, bob, "look", quoted=await say(site, bob, "my fox"))

    answer = await alices.post(f"/posts/{post.id}/unquote", {"back": "/home"})

    assert answer.status_code == 404
    assert (await Quote.get()).state == "accepted"


async def test_a_blocked_author_is_not_shown_in_a_quote(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    carol = await make_account(site.server, "carol", domain="c.example")
    quoted = await make_post(site.server, carol, "words of carol")
    post = await say(site, bob, "look", quoted=await say(site, bob, "x"))
    await Quote.filter(post_id=post.id).update(quoted_id=quoted.id, quoted_uri=quoted.uri)
    await make_block(site.server, alice, carol)

    page = (await alices.get(f"/@bob/{post.id}")).text

    assert "words of carol" not in page
    assert "You block the author of the quoted post" in page


async def test_buttons_that_the_author_denies_are_off(site: Site, alices: Visitor):
    carol = await make_account(site.server, "carol", domain="c.example")
    closed = {"automaticApproval": [carol.uri]}
    policy = {"canLike": closed, "canReply": closed, "canAnnounce": closed}
    post = await make_post(site.server, carol, interaction_policy=policy)

    page = (await alices.get(f"/@carol@c.example/{post.id}")).text

    for path in (f"/posts/{post.id}/favourite", f"/posts/{post.id}/boost"):
        assert path not in page
    assert "The author does not accept likes from you" in page
    assert "The author does not accept replies from you" in page
