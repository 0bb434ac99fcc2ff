"""Quotes between houses: asked, stamped, verified by a third, refused and taken back (FEP-044f)."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fedi.actions import deletes, edits, follows, posts, quotes
from fedi.actions.posts import Draft
from fedi.clock import TurnableClock
from fedi.errors import Forbidden
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries import snapshots
from tests.servers.conftest import Neighbours
from tests.support import peer as peers
from tests.support.houses import House, house, settle
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def third(tmp_path: Path, migrated_file: Path, clock: TurnableClock) -> AsyncIterator[House]:
    """A third house, where Carol lives."""
    (tmp_path / "c" / "data").mkdir(parents=True)
    shutil.copy(migrated_file, tmp_path / "c" / "data" / "fedi.db")
    async with house(tmp_path / "c", clock=clock) as c:
        yield c


async def follow(at: House, follower: Account, target: Account, home: House) -> None:
    with at.server.db.activate():
        found = await resolve.account_by_handle(at.server, f"@{target.username}@{home.server.uris.host}")
        await follows.request(at.server, follower, found)


async def bobs_post(n: Neighbours, *, policy: str = "public", **draft: object) -> Post:
    """Bob posts, and A has it."""
    with n.b.server.db.activate():
        draft = Draft(text="my fox", quote_policy=policy, **draft)
        post = await posts.create(n.b.server, n.bob, draft, mentions={})
    await follow(n.a, n.alice, n.bob, n.b)
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        await resolve.post_by_uri(n.a.server, post.uri)
    return post


async def quote(n: Neighbours, quoted: Post, **draft: object) -> Post:
    """Alice quotes it."""
    with n.a.server.db.activate():
        found = await Post.get(uri=quoted.uri)
        return await posts.create(n.a.server, n.alice, Draft(text="look", quoted=found, **draft), mentions={})


async def state_at(at: House, post: Post) -> str:
    with at.server.db.activate():
        return (await Quote.get(post__uri=post.uri)).state


async def test_a_quote_is_pending_until_the_quoted_server_agreed(neighbours):
    n = neighbours
    quoted = await bobs_post(n)

    made = await quote(n, quoted)
    assert await state_at(n.a, made) == "pending"
    await settle(n.a, n.b)

    assert await state_at(n.a, made) == "accepted"
    assert await state_at(n.b, made) == "accepted"
    with n.b.server.db.activate():
        assert (await Post.get(id=quoted.id)).quotes_count == 1
        assert await Notification.filter(account_id=n.bob.id, kind="quote").count() == 1
    with n.a.server.db.activate():
        found = await Quote.get(post_id=made.id)
        assert found.stamp_uri.startswith(n.b.server.uris.stamp(0)[:-1])


async def test_the_same_request_gets_the_same_stamp(neighbours):
    n = neighbours
    made = await quote(n, await bobs_post(n))
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        quote_at_b = await Quote.get(post__uri=made.uri).select_related("post__author", "quoted")
        before = quote_at_b.stamp_uri
        await quotes.grant(
            n.b.server,
            quote_at_b.post.author,
            quote_at_b.quoted,
            post=quote_at_b.post,
            post_uri=made.uri,
            request_uri=f"{made.uri}#again",
        )
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        assert (await Quote.get(post__uri=made.uri)).stamp_uri == before
        assert (await Post.get(uri=quote_at_b.quoted.uri)).quotes_count == 1
    assert await state_at(n.a, made) == "accepted"


async def test_what_its_author_lets_nobody_quote_cannot_be_quoted(neighbours):
    n = neighbours
    quoted = await bobs_post(n, policy="nobody")

    with pytest.raises(Forbidden):
        await quote(n, quoted)


async def test_a_quote_that_the_author_no_longer_wants_is_rejected(neighbours):
    n = neighbours
    quoted = await bobs_post(n)
    with n.b.server.db.activate():
        # A has not heard of it yet.
        await Post.filter(id=quoted.id).update(quote_policy="nobody")

    made = await quote(n, quoted)
    await settle(n.a, n.b)

    assert await state_at(n.a, made) == "rejected"
    with n.b.server.db.activate():
        assert not await Post.exists(uri=made.uri)


async def test_a_changed_policy_reaches_those_who_have_the_post(neighbours):
    n = neighbours
    quoted = await bobs_post(n)

    with n.b.server.db.activate():
        await quotes.set_policy(n.b.server, quoted, "nobody")
    await settle(n.a, n.b)

    with pytest.raises(Forbidden):
        await quote(n, quoted)


async def test_a_third_server_verifies_the_stamp_and_hears_of_its_end(neighbours, third):
    n = neighbours
    with third.server.db.activate():
        carol = await make_person(third.server, "carol")
    await follow(third, carol, n.alice, n.a)
    await settle(n.a, third)

    made = await quote(n, await bobs_post(n))
    await settle(n.a, n.b, third)
    with third.server.db.activate():
        shown = await snapshots.of_post(third.server, await Post.get(uri=made.uri), carol)
        assert shown.quote.link.state == "accepted"
        assert "my fox" in shown.quote.quoted.post.content
        assert "quote-inline" in shown.post.content

    with n.b.server.db.activate():
        await quotes.revoke(n.b.server, await Quote.get(post__uri=made.uri))
        stamp = (await Quote.get(post__uri=made.uri)).stamp_uri
    await settle(n.a, n.b, third)

    assert await state_at(n.a, made) == "revoked"
    with third.server.db.activate():
        shown = await snapshots.of_post(third.server, await Post.get(uri=made.uri), carol)
        assert shown.quote is None
    assert (await peers.get(stamp)).status_code == 410
    note = (await peers.get(made.uri)).json()
    assert "quote" not in note
    assert "quoteAuthorization" not in note


async def test_a_quote_for_followers_is_known_to_the_quoted_person(neighbours):
    n = neighbours
    quoted = await bobs_post(n)

    made = await quote(n, quoted, visibility="followers")
    await settle(n.a, n.b)

    assert await state_at(n.a, made) == "accepted"
    with n.b.server.db.activate():
        found = await Quote.get(post__uri=made.uri)
        assert (await Post.get(id=quoted.id)).quotes_count == 0
        assert await Notification.filter(account_id=n.bob.id, kind="quote", post_id=found.post_id).exists()
    assert (await peers.get(found.stamp_uri)).status_code == 404


async def test_a_quote_goes_with_its_post(neighbours):
    n = neighbours
    quoted = await bobs_post(n)
    made = await quote(n, quoted)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        await deletes.delete(n.a.server, made)
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        assert not await Quote.exists(quoted_uri=quoted.uri)
        assert (await Post.get(id=quoted.id)).quotes_count == 0


async def test_a_deleted_post_is_gone_from_its_quotes(neighbours):
    n = neighbours
    quoted = await bobs_post(n)
    made = await quote(n, quoted)
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        await deletes.delete(n.b.server, quoted)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        shown = await snapshots.of_post(n.a.server, made, n.alice)
        assert (shown.quote.link.state, shown.quote.quoted) == ("deleted", None)


async def test_whoever_quotes_across_servers_hears_of_an_edit(neighbours, clock):
    n = neighbours
    quoted = await bobs_post(n)
    await quote(n, quoted)
    await settle(n.a, n.b)

    clock.turn(seconds=5)
    with n.b.server.db.activate():
        await edits.edit(n.b.server, quoted, Draft(text="my vixen"), mentions={})
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert await Notification.filter(account_id=n.alice.id, kind="quoted_update").count() == 1
