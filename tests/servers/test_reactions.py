"""Reactions between two servers (FEP-c0e0)."""

import pytest

from fedi.actions import favourites, posts, reactions
from fedi.actions.posts import Draft
from fedi.activitypub.reactions import Emote
from fedi.federation import resolve
from fedi.models.federation import Instance
from fedi.models.interactions import Favourite, Reaction
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from tests.support.houses import settle

pytestmark = pytest.mark.anyio

FOX, HEART = Emote(emoji="🦊"), Emote(emoji="❤️")


@pytest.fixture
async def copy(neighbours) -> Post:
    """A post of Bob's, as Alice's server knows it."""
    n = neighbours
    with n.b.server.db.activate():
        post = await posts.create(n.b.server, n.bob, Draft(text="react"), mentions={})
    with n.a.server.db.activate():
        return await resolve.post_by_uri(n.a.server, post.uri)


async def at_b(n) -> tuple[list[str], int]:
    """What Bob's server knows: the emoji under his post, and how many favourites."""
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        emoji = [row.emoji for row in await Reaction.all().order_by("id")]
        return emoji, (await Post.get(author_id=n.bob.id)).favourites_count


async def react(n, copy: Post, *emotes: Emote) -> None:
    with n.a.server.db.activate():
        for emote in emotes:
            await reactions.react(n.a.server, n.alice, copy, emote)


async def test_a_reaction_arrives_as_a_favourite_where_reactions_are_not_read(neighbours, copy):
    n = neighbours
    with n.a.server.db.activate():
        await Instance.filter(host=n.b.server.uris.host).update(reacts=False)

    await react(n, copy, FOX, HEART)

    assert await at_b(n) == ([], 1)


async def test_reactions_arrive_as_such_and_are_taken_back(neighbours, copy):
    n = neighbours
    await react(n, copy, FOX, HEART)
    assert await at_b(n) == (["🦊", "❤️"], 1)
    with n.b.server.db.activate():
        assert await Notification.filter(account_id=n.bob.id, kind="favourite").count() == 1

    with n.a.server.db.activate():
        await reactions.unreact(n.a.server, n.alice, copy, FOX.emoji)
    assert await at_b(n) == (["❤️"], 1)
    with n.a.server.db.activate():
        await favourites.unfavourite(n.a.server, n.alice, copy)

    assert await at_b(n) == ([], 0)


async def test_a_like_and_a_reaction_stand_beside_each_other_there_as_here(neighbours, copy):
    n = neighbours
    await react(n, copy, FOX)
    with n.a.server.db.activate():
        await favourites.favourite(n.a.server, n.alice, copy)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        await reactions.unreact(n.a.server, n.alice, copy, FOX.emoji)

    assert await at_b(n) == ([], 1)
    with n.a.server.db.activate():
        assert await Favourite.all().count() == 1


async def test_reactions_go_both_ways(neighbours, copy):
    n = neighbours
    await react(n, copy, FOX)
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        hers = await posts.create(n.a.server, n.alice, Draft(text="and back"), mentions={})

    with n.b.server.db.activate():
        found = await resolve.post_by_uri(n.b.server, hers.uri)
        await reactions.react(n.b.server, n.bob, found, HEART)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert [row.emoji for row in await Reaction.filter(post_id=hers.id)] == ["❤️"]
