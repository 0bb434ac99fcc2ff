"""Blocked people and suspended hosts that try to be heard all the same (threat T50)."""

import pytest

from fedi.actions import blocks, moderation, posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import PUBLIC
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.models.relationships import Block, Follow
from fedi.queries import timelines
from fedi.queries.paging import Page
from tests.support.factories import make_account, make_follow
from tests.support.peer import activity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mine(home) -> Post:
    """A post of Alice's."""
    return await posts.create(home.server, home.alice, Draft(text="mine"), mentions={})


async def block(home, uri: str) -> Account:
    blocked = await resolve.account_by_uri(home.server, uri)
    await blocks.block(home.server, home.alice, blocked)
    return blocked


async def told(home) -> list[str]:
    return [row.kind for row in await Notification.filter(account_id=home.alice.id)]


async def seen(home) -> list[str]:
    """The texts on Alice's home timeline; of boosts, what they boost."""
    rows = await timelines.home(home.server, home.alice, Page(limit=20))
    return [row.shown.post.content for row in rows]


@pytest.mark.parametrize("kind", ["Like", "EmojiReact", "Announce", "Follow"])
async def test_what_a_blocked_actor_does_has_no_effect(home, peer, mine, kind):
    bob = peer.actor("bob")
    await block(home, bob)
    about = home.alice.uri if kind == "Follow" else mine.uri

    await home.take(activity(kind, bob, about, content="🦊", to=[PUBLIC]), signer=bob)

    post = await Post.get(id=mine.id)
    assert (post.favourites_count, post.boosts_count) == (0, 0)
    assert not await Favourite.exists()
    assert not await Follow.exists()
    assert await told(home) == []


async def test_a_blocked_actors_reply_is_not_stored(home, peer, mine):
    bob = peer.actor("bob")
    await block(home, bob)
    carol = await make_account(home.server, "carol")
    # With a follower here it would be relevant, and plain enough for the short way.
    await make_follow(home.server, carol, await Account.get(uri=bob))
    mention = {"type": "Mention", "href": home.alice.uri, "name": "@alice"}
    reply = peer.note("1", bob, inReplyTo=mine.uri, tag=[mention])

    await home.take(peer.create(reply), signer=bob)

    assert not await Post.exists(uri=reply["id"])
    assert (await Post.get(id=mine.id)).replies_count == 0
    assert await told(home) == []


async def test_a_blocked_actors_mention_is_not_told(home, peer):
    bob = peer.actor("bob")
    await block(home, bob)
    mention = {"type": "Mention", "href": home.alice.uri, "name": "@alice"}

    await home.take(peer.create(peer.note("1", bob, tag=[mention])), signer=bob)

    assert await told(home) == []
    assert await seen(home) == []


async def test_a_blocked_author_is_not_seen_through_the_boost_of_a_friend(home, peer, other):
    bob, carl = peer.actor("bob"), other.actor("carl")
    await home.follow(carl)
    await block(home, bob)
    note = peer.serve(peer.note("1", bob, "<p>you will read this</p>"))

    await home.take(activity("Announce", carl, note["id"], to=[PUBLIC]), signer=carl)

    assert await seen(home) == []


@pytest.mark.parametrize("known_before", [True, False])
async def test_a_suspended_hosts_post_is_not_seen_through_the_boost_of_a_friend(
    home, peer, other, known_before
):
    bob, carl = peer.actor("bob"), other.actor("carl")
    await home.follow(carl)
    note = peer.serve(peer.note("1", bob, "<p>you will read this</p>"))
    if known_before:
        await resolve.post_by_uri(home.server, note["id"])
    await moderation.block_domain(home.server, peer.host, by="cli")
    peer.asked.clear()

    await home.take(activity("Announce", carl, note["id"], to=[PUBLIC]), signer=carl)

    assert await seen(home) == []
    assert not await Post.exists(boost_of_id__not_isnull=True)
    assert peer.asked.total() == 0


async def test_an_inlined_post_of_a_suspended_host_is_not_believed(home, peer, other):
    bob, carl = peer.actor("bob"), other.actor("carl")
    await home.follow(carl)
    await moderation.block_domain(home.server, peer.host, by="cli")

    await home.take(activity("Announce", carl, peer.note("1", bob), to=[PUBLIC]), signer=carl)

    assert not await Post.exists()


async def test_a_block_and_its_undo_are_heard_and_not_told(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    document = activity("Block", bob, home.alice.uri)

    for _ in range(2):
        await home.take(document, signer=bob)
    assert await Block.all().count() == 1
    assert not await Follow.exists()
    await home.take(activity("Undo", bob, document), signer=bob)

    assert not await Block.exists()
    assert await told(home) == []


async def test_a_block_that_was_lifted_before_it_came_does_nothing(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    document = activity("Block", bob, home.alice.uri)

    await home.take(activity("Undo", bob, document), signer=bob)
    await home.take(document, signer=bob)

    assert not await Block.exists()
    assert await Follow.exists()


async def test_nobody_blocks_or_unblocks_for_another(home, peer):
    bob, mallory = peer.actor("bob"), peer.actor("mallory")
    document = activity("Block", bob, home.alice.uri)
    await home.take(document, signer=bob)

    for number, inner in enumerate((document, document["id"], {**document, "actor": mallory})):
        await home.take(activity("Undo", mallory, inner, id_=f"{mallory}#{number}"), signer=mallory)

    assert await Block.all().count() == 1
