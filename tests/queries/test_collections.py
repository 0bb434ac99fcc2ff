"""Followers, who liked and boosted, what is pinned."""

import pytest

from fedi.models.accounts import Account
from fedi.models.interactions import Pin
from fedi.queries import collections
from fedi.queries.paging import Page
from fedi.server import Server
from tests.support.factories import make_account, make_boost, make_favourite, make_follow, make_post

pytestmark = pytest.mark.anyio
PAGE = Page(limit=40)


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


@pytest.fixture
async def people(server: Server) -> list[Account]:
    return [await make_account(server, f"person{number}", domain="b.example") for number in range(4)]


async def test_followers_and_following_are_paged_by_the_follow(
    server: Server, alice: Account, people: list[Account]
) -> None:
    order = [people[2], people[0], people[1]]
    follows = [await make_follow(server, person, alice) for person in order]
    back = await make_follow(server, alice, people[3])
    await make_follow(server, people[3], alice, state="pending")

    newest = await collections.followers(server, alice, Page(2))
    older = await collections.followers(server, alice, Page(2, max_id=newest[-1][0]))
    above = await collections.followers(server, alice, Page(1, min_id=follows[0].id))

    assert newest == [(follows[2].id, people[1]), (follows[1].id, people[0])]
    assert older == [(follows[0].id, people[2])]
    assert above == [(follows[1].id, people[0])]
    assert await collections.following(server, alice, PAGE) == [(back.id, people[3])]


async def test_absent_accounts_are_not_listed(server: Server, alice: Account, people: list[Account]) -> None:
    now = server.clock.now()
    for person in people:
        await make_follow(server, person, alice)
    await Account.filter(id=people[0].id).update(suspended_at=now)
    await Account.filter(id=people[1].id).update(gone_at=now)

    assert [each for _, each in await collections.followers(server, alice, PAGE)] == [people[3], people[2]]


async def test_who_liked_and_boosted_a_post(server: Server, alice: Account, people: list[Account]) -> None:
    post = await make_post(server, alice)
    favourite = await make_favourite(server, people[0], post)
    boost = await make_boost(server, people[1], post)
    await make_boost(server, alice, post, visibility="followers")

    assert await collections.favourited_by(server, post, PAGE) == [(favourite.id, people[0])]
    assert await collections.boosted_by(server, post, PAGE) == [(boost.id, people[1])]


async def test_featured_are_the_pins_that_anybody_may_read(server: Server, alice: Account) -> None:
    public = await make_post(server, alice)
    secret = await make_post(server, alice, visibility="followers")
    for post in (public, secret):
        await Pin.create(id=server.new_id(), account=alice, post=post, created_at=server.clock.now())

    assert [each.post for each in await collections.featured(server, alice)] == [public]
