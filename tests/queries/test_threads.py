"""What stands above and below a post."""

import pytest

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import threads
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import make_account, make_block, make_follow, make_mention, make_post

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


@pytest.fixture
async def bob(server: Server) -> Account:
    return await make_account(server, "bob", domain="b.example")


def texts(shown: list[PostSnapshot]) -> list[str]:
    return [each.post.content.removeprefix("<p>").removesuffix("</p>") for each in shown]


async def make_chain(server: Server, author: Account, length: int) -> list[Post]:
    chain = [await make_post(server, author, "0")]
    for number in range(1, length):
        chain.append(await make_post(server, author, str(number), in_reply_to=chain[-1]))
    return chain


async def test_ancestors_come_oldest_first(server: Server, alice: Account) -> None:
    chain = await make_chain(server, alice, 4)

    assert texts(await threads.ancestors(server, chain[3], None)) == ["0", "1", "2"]
    assert await threads.ancestors(server, chain[0], None) == []


async def test_a_hidden_ancestor_leaves_a_gap(server: Server, alice: Account, bob: Account) -> None:
    top = await make_post(server, alice, "top")
    secret = await make_post(server, bob, "secret", visibility="direct", in_reply_to=top)
    await make_mention(server, secret, alice)
    low = await make_post(server, alice, "low", in_reply_to=secret)

    assert texts(await threads.ancestors(server, low, None)) == ["top"]
    assert texts(await threads.ancestors(server, low, alice)) == ["top", "secret"]


async def test_strangers_get_the_nearest_forty_ancestors(server: Server, alice: Account) -> None:
    chain = await make_chain(server, alice, 45)

    assert texts(await threads.ancestors(server, chain[-1], None)) == [str(each) for each in range(4, 44)]
    assert len(await threads.ancestors(server, chain[-1], alice)) == 44


async def test_descendants_come_each_with_its_answers_and_the_authors_thread_first(
    server: Server, alice: Account, bob: Account
) -> None:
    root = await make_post(server, alice, "root")
    first = await make_post(server, bob, "first", in_reply_to=root)
    own = await make_post(server, alice, "own", in_reply_to=root)
    await make_post(server, bob, "second", in_reply_to=root)
    await make_post(server, alice, "to first", in_reply_to=first)
    await make_post(server, alice, "own on", in_reply_to=own)
    await make_post(server, bob, "to own", in_reply_to=own)

    shown = texts(await threads.descendants(server, root, None))

    assert shown == ["own", "own on", "first", "to first", "to own", "second"]


async def test_answers_below_a_hidden_one_stay(server: Server, alice: Account, bob: Account) -> None:
    root = await make_post(server, alice, "root")
    hidden = await make_post(server, bob, "hidden", visibility="followers", in_reply_to=root)
    await make_post(server, alice, "below", in_reply_to=hidden)

    assert texts(await threads.descendants(server, root, None)) == ["below"]


async def test_strangers_get_sixty_descendants_and_twenty_levels(
    server: Server, alice: Account, bob: Account
) -> None:
    deep = await make_chain(server, alice, 30)
    wide = await make_post(server, alice, "wide")
    for number in range(70):
        await make_post(server, bob, str(number), in_reply_to=wide)

    assert len(await threads.descendants(server, deep[0], None)) == 20
    assert len(await threads.descendants(server, deep[0], bob)) == 29
    assert texts(await threads.descendants(server, wide, None)) == [str(number) for number in range(60)]
    assert len(await threads.descendants(server, wide, bob)) == 70


async def test_a_thread_leaves_out_the_blocked_and_the_silenced(
    server: Server, alice: Account, bob: Account
) -> None:
    viewer, follower = await make_account(server, "viewer"), await make_account(server, "follower")
    loud = await make_account(server, "loud", silenced_at=server.clock.now())
    await make_block(server, viewer, bob)
    await make_follow(server, follower, loud)
    root = await make_post(server, alice, "root")
    await make_post(server, bob, "of bob", in_reply_to=root)
    await make_post(server, loud, "of loud", in_reply_to=root)

    assert texts(await threads.descendants(server, root, viewer)) == []
    assert texts(await threads.descendants(server, root, follower)) == ["of bob", "of loud"]
    assert texts(await threads.descendants(server, root, loud)) == ["of bob", "of loud"]
    assert texts(await threads.descendants(server, root, None)) == ["of bob"]


async def test_a_circle_of_answers_ends(server: Server, alice: Account) -> None:
    chain = await make_chain(server, alice, 3)
    await Post.filter(id=chain[0].id).update(in_reply_to_id=chain[2].id)

    assert sorted(texts(await threads.ancestors(server, chain[2], alice))) == ["0", "1", "2"]
    assert sorted(texts(await threads.descendants(server, chain[0], alice))) == ["0", "1", "2"]


async def test_a_long_thread_costs_few_queries(server: Server, alice: Account, queries: Queries) -> None:
    chain = await make_chain(server, alice, 40)

    with queries.counted() as seen:
        await threads.descendants(server, chain[0], alice)

    assert len(seen) == 5
