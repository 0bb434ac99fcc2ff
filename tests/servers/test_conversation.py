import pytest

from fedi.actions import boosts, deletes, edits, favourites, follows, posts
from fedi.actions.posts import Draft
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite
from fedi.models.notifications import Notification
from fedi.models.posts import Post, Tombstone
from fedi.models.relationships import Follow
from tests.servers.conftest import Neighbours
from tests.support.houses import settle

pytestmark = pytest.mark.anyio


async def follow_each_other(n: Neighbours) -> tuple[Account, Account]:
    """Alice follows Bob and Bob follows Alice; gives Bob as A knows him and Alice as B knows her."""
    bob_at_a = await follow_bob(n)
    with n.b.server.db.activate():
        alice_at_b = await resolve.account_by_handle(n.b.server, f"@alice@{n.a.server.uris.host}")
        await follows.request(n.b.server, n.bob, alice_at_b)
    await settle(n.a, n.b)
    return bob_at_a, alice_at_b


async def follow_bob(n: Neighbours) -> Account:
    with n.a.server.db.activate():
        bob_at_a = await resolve.account_by_handle(n.a.server, f"@bob@{n.b.server.uris.host}")
        await follows.request(n.a.server, n.alice, bob_at_a)
    await settle(n.a, n.b)
    return bob_at_a


async def write(n: Neighbours, text: str, **draft: object) -> Post:
    """Bob posts."""
    with n.b.server.db.activate():
        mentions = await resolve.mentions(n.b.server, text)
        return await posts.create(n.b.server, n.bob, Draft(text=text, **draft), mentions=mentions)


async def test_a_follow_is_pending_until_its_accept_came_back(neighbours):
    n = neighbours
    with n.a.server.db.activate():
        bob_at_a = await resolve.account_by_handle(n.a.server, f"bob@{n.b.server.uris.host}")
        await follows.request(n.a.server, n.alice, bob_at_a)
        assert (await Follow.get(follower_id=n.alice.id)).state == "pending"

    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert (await Follow.get(follower_id=n.alice.id)).state == "accepted"
    with n.b.server.db.activate():
        assert (await Follow.get(target_id=n.bob.id)).state == "accepted"
        assert await Notification.filter(account_id=n.bob.id, kind="follow").count() == 1


@pytest.mark.parametrize("visibility", ["public", "unlisted", "followers"])
async def test_a_post_reaches_the_followers_with_its_visibility(neighbours, visibility):
    n = neighbours
    await follow_bob(n)

    post = await write(n, "Fox day", visibility=visibility)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        received = await Post.get(uri=post.uri)
        assert (received.visibility, "Fox day" in received.content) == (visibility, True)


async def test_a_direct_post_reaches_whom_it_names_and_nobody_else(neighbours):
    n = neighbours
    await follow_bob(n)

    secret = await write(n, "for my eyes", visibility="direct")
    named = await write(n, f"@alice@{n.a.server.uris.host} psst", visibility="direct")
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert not await Post.exists(uri=secret.uri)
        assert (await Post.get(uri=named.uri)).visibility == "direct"
        assert await Notification.filter(account_id=n.alice.id, kind="mention").count() == 1


async def test_a_reply_joins_the_thread_on_the_other_server(neighbours):
    n = neighbours
    await follow_bob(n)
    post = await write(n, "Who is awake?")
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        parent = await Post.get(uri=post.uri)
        text = f"@bob@{n.b.server.uris.host} I am"
        mentions = await resolve.mentions(n.a.server, text)
        reply = await posts.create(
            n.a.server, n.alice, Draft(text=text, in_reply_to=parent), mentions=mentions
        )
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        assert (await Post.get(uri=reply.uri)).in_reply_to_id == post.id
        assert (await Post.get(id=post.id)).replies_count == 1
        assert await Notification.filter(account_id=n.bob.id, kind="mention").count() == 1


async def test_a_favourite_and_its_undoing_reach_the_author(neighbours):
    n = neighbours
    await follow_bob(n)
    post = await write(n, "Like me")
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        await favourites.favourite(n.a.server, n.alice, await Post.get(uri=post.uri))
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert (await Post.get(id=post.id)).favourites_count == 1
        assert await Notification.filter(account_id=n.bob.id, kind="favourite").count() == 1

    with n.a.server.db.activate():
        await favourites.unfavourite(n.a.server, n.alice, await Post.get(uri=post.uri))
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert (await Post.get(id=post.id)).favourites_count == 0
        assert not await Favourite.exists()


async def test_a_boost_and_its_undoing_reach_the_author(neighbours):
    n = neighbours
    await follow_each_other(n)
    post = await write(n, "Boost me")
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        boost = await boosts.boost(n.a.server, n.alice, await Post.get(uri=post.uri))
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert (await Post.get(uri=boost.uri)).boost_of_id == post.id
        assert (await Post.get(id=post.id)).boosts_count == 1

    with n.a.server.db.activate():
        await boosts.unboost(n.a.server, n.alice, boost)
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert not await Post.exists(uri=boost.uri)
        assert (await Post.get(id=post.id)).boosts_count == 0


async def test_a_post_that_was_never_sent_is_fetched_from_its_own_server(neighbours):
    n = neighbours
    with n.a.server.db.activate():
        mine = await posts.create(n.a.server, n.alice, Draft(text="seen by nobody"), mentions={})

    with n.b.server.db.activate():
        found = await resolve.post_by_uri(n.b.server, mine.uri)

        assert (await Account.get(id=found.author_id)).uri == n.alice.uri
        assert "seen by nobody" in found.content


async def test_an_edit_and_a_delete_reach_who_has_the_post(neighbours):
    n = neighbours
    await follow_bob(n)
    post = await write(n, "first words")
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        await edits.edit(n.b.server, post, Draft(text="second words"), mentions={})
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        edited = await Post.get(uri=post.uri)
        assert "second words" in edited.content
        assert edited.edited_at is not None

    with n.b.server.db.activate():
        await deletes.delete(n.b.server, post)
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        assert not await Post.exists(uri=post.uri)
        assert await Tombstone.exists(uri=post.uri)


async def test_a_new_profile_reaches_the_followers(neighbours):
    from fedi.actions import accounts
    from fedi.actions.accounts import ProfileChanges

    n = neighbours
    await follow_bob(n)

    with n.b.server.db.activate():
        await accounts.update_profile(n.b.server, n.bob, ProfileChanges(display_name="Bob the Fox"))
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert (await Account.get(uri=n.bob.uri)).display_name == "Bob the Fox"


async def test_an_unfollow_ends_the_follow_on_both_sides(neighbours):
    n = neighbours
    bob_at_a = await follow_bob(n)

    with n.a.server.db.activate():
        await follows.unfollow(n.a.server, n.alice, bob_at_a)
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        assert not await Follow.exists()
        assert (await Account.get(id=n.bob.id)).followers_count == 0


async def test_a_block_ends_the_follow_and_a_new_one_is_rejected(neighbours):
    from fedi.actions import blocks

    n = neighbours
    bob_at_a = await follow_bob(n)

    with n.b.server.db.activate():
        alice_at_b = await Account.get(uri=n.alice.uri)
        await blocks.block(n.b.server, n.bob, alice_at_b)
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        assert not await Follow.exists()

    with n.b.server.db.activate():
        await blocks.unblock(n.b.server, n.bob, alice_at_b)
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        await follows.request(n.a.server, n.alice, bob_at_a)
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert (await Follow.get()).state == "accepted"


async def test_a_deleted_account_is_gone_on_the_other_server(neighbours):
    from fedi.actions import accounts

    n = neighbours
    await follow_bob(n)
    post = await write(n, "my last words")
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        await accounts.mark_gone(n.b.server, n.bob)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert not await Post.exists(uri=post.uri)
        gone = await Account.get_or_none(uri=n.bob.uri)
        assert gone is None or gone.gone_at is not None
