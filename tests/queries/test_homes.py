"""What stands in a home timeline."""

import random

import pytest

from fedi.clock import TurnableClock
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import homes, timelines
from fedi.queries.paging import Page
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_follow,
    make_mention,
    make_mute,
    make_post,
)

pytestmark = pytest.mark.anyio
PAGE = Page(limit=40)


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


@pytest.fixture
async def bob(server: Server, alice: Account) -> Account:
    """Somebody whom Alice follows."""
    bob = await make_account(server, "bob", domain="b.example")
    await make_follow(server, alice, bob)
    return bob


@pytest.fixture
async def carol(server: Server, alice: Account) -> Account:
    """Somebody else whom Alice follows."""
    carol = await make_account(server, "carol")
    await make_follow(server, alice, carol)
    return carol


@pytest.fixture
async def eve(server: Server) -> Account:
    """Somebody whom Alice does not follow."""
    return await make_account(server, "eve")


async def at_home(server: Server, viewer: Account, page: Page = PAGE) -> list[int]:
    return await homes.ids(server, viewer, page)


def of(*posts: Post) -> list[int]:
    return [post.id for post in posts]


async def test_home_has_own_and_followed_posts_newest_first(
    server: Server, alice: Account, bob: Account, eve: Account
) -> None:
    own, followed = await make_post(server, alice), await make_post(server, bob, visibility="followers")
    await make_post(server, eve)

    assert await at_home(server, alice) == of(followed, own)
    assert [each.post.id for each in await timelines.home(server, alice, PAGE)] == of(followed, own)


async def test_home_has_nothing_of_pending_follows(server: Server, alice: Account, eve: Account) -> None:
    await make_follow(server, alice, eve, state="pending")
    await make_post(server, eve)
    await make_post(server, eve, visibility="followers")

    assert await at_home(server, alice) == []


async def test_home_of_nobody_followed_is_empty(server: Server, alice: Account) -> None:
    assert await at_home(server, alice) == []
    assert await timelines.home(server, alice, PAGE) == []


async def test_direct_posts_stand_at_home_only_with_whom_they_name(
    server: Server, alice: Account, bob: Account, carol: Account
) -> None:
    to_alice = await make_post(server, bob, visibility="direct")
    await make_mention(server, to_alice, alice)
    to_carol = await make_post(server, bob, visibility="direct")
    await make_mention(server, to_carol, carol)
    own = await make_post(server, alice, visibility="direct")

    assert await at_home(server, alice) == of(own, to_alice)


async def test_answers_stand_at_home_when_both_ends_are_followed(
    server: Server, alice: Account, bob: Account, carol: Account, eve: Account
) -> None:
    of_eve = await make_post(server, eve)
    of_bob, of_alice = await make_post(server, bob), await make_post(server, alice)
    thread = await make_post(server, bob, in_reply_to=of_bob)
    to_alice = await make_post(server, bob, in_reply_to=of_alice)
    to_followed = await make_post(server, carol, in_reply_to=of_bob)
    own_to_stranger = await make_post(server, alice, in_reply_to=of_eve)
    await make_post(server, bob, in_reply_to=of_eve)
    await make_post(server, bob, in_reply_to_uri="https://unknown.example/1")

    assert await at_home(server, alice) == of(
        own_to_stranger, to_followed, to_alice, thread, of_alice, of_bob
    )


async def test_boosts_stand_at_home_unless_not_wanted_of_that_person(
    server: Server, alice: Account, bob: Account, eve: Account
) -> None:
    quiet = await make_account(server, "quiet")
    await make_follow(server, alice, quiet, show_boosts=False)
    boost = await make_boost(server, bob, await make_post(server, eve))
    await make_boost(server, quiet, await make_post(server, eve))
    own = await make_boost(server, alice, await make_post(server, eve))
    said = await make_post(server, quiet)

    assert await at_home(server, alice) == of(said, own, boost)


async def test_a_boosted_answer_to_a_stranger_stands_at_home(
    server: Server, alice: Account, bob: Account, eve: Account
) -> None:
    answer = await make_post(server, eve, in_reply_to=await make_post(server, eve))
    boost = await make_boost(server, bob, answer)

    assert await at_home(server, alice) == of(boost)


async def test_a_post_is_not_boosted_in_beside_itself(
    server: Server, alice: Account, bob: Account, carol: Account
) -> None:
    post = await make_post(server, carol)
    await make_boost(server, bob, post)

    assert await at_home(server, alice) == of(post)


async def test_of_several_boosts_the_first_stands(
    server: Server, alice: Account, bob: Account, carol: Account, eve: Account
) -> None:
    post = await make_post(server, eve)
    first = await make_boost(server, carol, post)
    await make_boost(server, bob, post)
    await make_boost(server, alice, post)

    assert await at_home(server, alice) == of(first)


async def test_boosts_that_do_not_stand_at_home_take_nobodys_place(
    server: Server, alice: Account, bob: Account, eve: Account
) -> None:
    quiet, muted = await make_account(server, "quiet"), await make_account(server, "muted")
    await make_follow(server, alice, quiet, show_boosts=False)
    await make_follow(server, alice, muted)
    await make_mute(server, alice, muted)
    post = await make_post(server, eve)
    for other in (quiet, muted, await make_account(server, "stranger")):
        await make_boost(server, other, post)
    boost = await make_boost(server, bob, post)

    assert await at_home(server, alice) == of(boost)


async def test_a_post_of_some_days_ago_can_be_boosted_in_again(
    server: Server, alice: Account, bob: Account, carol: Account, clock: TurnableClock
) -> None:
    post = await make_post(server, carol)
    clock.turn(days=2)
    boost = await make_boost(server, bob, post)

    assert await at_home(server, alice) == of(boost, post)


async def test_which_boost_stands_does_not_depend_on_the_page(
    server: Server, alice: Account, bob: Account, carol: Account, eve: Account
) -> None:
    post = await make_post(server, eve)
    first = await make_boost(server, carol, post)
    between = await make_post(server, bob)
    await make_boost(server, bob, post)

    assert await at_home(server, alice, Page(1)) == of(between)
    assert await at_home(server, alice, Page(1, max_id=between.id)) == of(first)


async def test_home_hides_the_muted_and_the_blocked_in_every_part(
    server: Server, alice: Account, bob: Account, carol: Account, eve: Account
) -> None:
    await make_mute(server, alice, carol)
    await make_block(server, alice, eve)
    blocker = await make_account(server, "blocker")
    await make_block(server, blocker, alice)
    await make_post(server, carol)
    for author in (carol, eve, blocker):
        await make_boost(server, bob, await make_post(server, author))
        naming = await make_post(server, bob)
        await make_mention(server, naming, author)
        if author == blocker:
            named_blocker = naming

    assert await at_home(server, alice) == of(named_blocker)


async def test_own_posts_stand_at_home_whomever_they_name(
    server: Server, alice: Account, eve: Account
) -> None:
    await make_mute(server, alice, eve)
    post = await make_post(server, alice)
    await make_mention(server, post, eve)

    assert await at_home(server, alice) == of(post)


async def test_home_keeps_to_the_languages_wanted_of_a_person(
    server: Server, alice: Account, eve: Account
) -> None:
    await make_follow(server, alice, eve, languages=["de", "fr"])
    german = await make_post(server, eve, language="de")
    await make_post(server, eve, language="en")
    unnamed = await make_post(server, eve, language="")
    await make_boost(server, eve, await make_post(server, await make_account(server, "x"), language="en"))

    assert await at_home(server, alice) == of(unnamed, german)


async def test_a_silenced_account_stands_in_the_homes_of_its_followers(
    server: Server, alice: Account, bob: Account
) -> None:
    await Account.filter(id=bob.id).update(silenced_at=server.clock.now())
    post = await make_post(server, bob)

    assert await at_home(server, alice) == of(post)


async def test_pages_of_home_cover_everything_once(
    server: Server, alice: Account, bob: Account, carol: Account, eve: Account
) -> None:
    stranger = await make_post(server, eve)
    everything: list[int] = []
    for number in range(30):
        author = (alice, bob, carol)[number % 3]
        if number % 4 == 3:
            await make_post(server, bob, in_reply_to=stranger)
        everything.append((await make_post(server, author)).id)

    down: list[int] = []
    while page := await at_home(server, alice, Page(4, max_id=down[-1] if down else None)):
        down += page
    up: list[int] = []
    while page := await at_home(server, alice, Page(4, min_id=up[-1] if up else 0)):
        up += page[::-1]

    assert down == everything[::-1]
    assert up == everything
    assert await at_home(server, alice, Page(3, since_id=everything[20])) == everything[:-4:-1]
    between = Page(40, max_id=everything[9], since_id=everything[5])
    assert await at_home(server, alice, between) == everything[8:5:-1]


async def test_somebody_prolific_neither_hides_others_nor_runs_long(
    server: Server, alice: Account, bob: Account, eve: Account, queries: Queries
) -> None:
    first = await make_post(server, alice)
    stranger = await make_post(server, eve)
    for _ in range(60):
        await make_post(server, bob, in_reply_to=stranger)

    with queries.counted() as seen:
        found = await at_home(server, alice, Page(5))

    assert found == of(first)
    assert len(seen) <= 5


async def test_small_pages_of_many_sources_are_cut_from_the_same_list(server: Server, alice: Account) -> None:
    chance = random.Random(7)
    people = [alice, *[await make_account(server, f"person{number}") for number in range(12)]]
    for person in people[1:10]:
        await make_follow(server, alice, person, show_boosts=chance.random() < 0.7)
    posts: list[Post] = []
    for _ in range(150):
        author, earlier = chance.choice(people), chance.choice(posts or [None])
        kind = chance.random()
        if earlier is None or kind < 0.5:
            posts.append(await make_post(server, author))
        elif kind < 0.75:
            posts.append(await make_post(server, author, in_reply_to=earlier))
        elif not await Post.filter(author=author, boost_of=earlier).exists():
            await make_boost(server, author, earlier)

    whole = await at_home(server, alice, Page(1000))
    assert len(whole) > 50
    for limit in (1, 3):
        down: list[int] = []
        while page := await at_home(server, alice, Page(limit, max_id=down[-1] if down else None)):
            down += page
        up: list[int] = []
        while page := await at_home(server, alice, Page(limit, min_id=up[-1] if up else 0)):
            up += page[::-1]
        assert down == whole
        assert up == whole[::-1]
