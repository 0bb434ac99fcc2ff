"""The lists turned round say what the lists say."""

import random

import pytest

from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark, Favourite
from fedi.models.lists import List, ListMember
from fedi.models.posts import Post, Tag
from fedi.models.relationships import AccountDomainBlock
from fedi.models.tags import FollowedTag
from fedi.queries import audiences, homes, timelines
from fedi.queries.paging import Page
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_favourite,
    make_follow,
    make_mention,
    make_mute,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio

ALL = Page(limit=1000)
TAGS = ("one", "two", "three")
POSTS = 120


class World:
    """Six of ours and four others who follow, hide and answer each other at random."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server, self.chance = server, random.Random(seed)
        self.ours: list[Account] = []
        self.all: list[Account] = []
        self.posts: list[Post] = []
        self.lists: list[List] = []

    async def make(self) -> None:
        server = self.server
        self.ours = [await make_account(server, f"ours{number}") for number in range(6)]
        others = [
            await make_account(
                server,
                f"other{number}",
                domain=f"{'ab'[number % 2]}.example",
                silenced_at=server.clock.now() if number == 3 else None,
                suspended_at=server.clock.now() if number == 4 else None,
            )
            for number in range(5)
        ]
        self.all = [*self.ours, *others]
        for one in self.all:
            for other in self.all:
                if one is not other:
                    await self._tie(one, other)
        await self._post()
        await self._gather()

    async def _tie(self, one: Account, other: Account) -> None:
        server, chance = self.server, self.chance
        if chance.random() < 0.6:
            await make_follow(
                server,
                one,
                other,
                state=chance.choice(["accepted"] * 5 + ["pending"]),
                show_boosts=chance.random() < 0.8,
                languages=chance.choice([[], [], [], ["en"], ["de", "fr"]]),
            )
        if chance.random() < 0.06:
            await make_block(server, one, other)
        if chance.random() < 0.1:
            await make_mute(server, one, other, expires_at=chance.choice([None, server.clock.now()]))

    async def _post(self) -> None:
        server, chance = self.server, self.chance
        for _ in range(POSTS):
            author = chance.choice(self.all)
            open_posts = [each for each in self.posts if each.boost_of_id is None]
            boosted = chance.choice(open_posts) if open_posts and chance.random() < 0.3 else None
            if boosted and not await Post.filter(author_id=author.id, boost_of_id=boosted.id).exists():
                self.posts.append(await make_boost(server, author, boosted))
                continue
            parent = chance.choice(open_posts) if open_posts and chance.random() < 0.4 else None
            post = await make_post(
                server,
                author,
                visibility=chance.choice(["public"] * 4 + ["unlisted", "followers", "direct"]),
                language=chance.choice(["", "en", "de"]),
                **({"in_reply_to": parent} if parent else {}),
            )
            self.posts.append(post)
            for person in chance.sample(self.all, chance.choice([0, 0, 1, 2])):
                await make_mention(server, post, person)
            for name in chance.sample(TAGS, chance.choice([0, 0, 1, 2])):
                await make_tag(server, post, name)

    async def _gather(self) -> None:
        """Put people on lists, follow hashtags and block hosts, but not all of them all the time."""
        server, chance, now = self.server, self.chance, self.server.clock.now()
        for one in self.ours:
            for tag in await Tag.all():
                if chance.random() < 0.2:
                    await FollowedTag.create(id=server.new_id(), account=one, tag=tag, created_at=now)
            if chance.random() < 0.3:
                await AccountDomainBlock.create(
                    id=server.new_id(), account=one, domain="b.example", created_at=now
                )
            for policy in ("followed", "list", "none"):
                row = await List.create(
                    id=server.new_id(),
                    account=one,
                    title=policy,
                    replies_policy=policy,
                    exclusive=chance.random() < 0.2,
                    created_at=now,
                )
                self.lists.append(row)
                for member in chance.sample(self.all, 4):
                    await ListMember.create(id=server.new_id(), list=row, account=member, created_at=now)


@pytest.fixture(params=range(3))
async def world(server: Server, request: pytest.FixtureRequest) -> World:
    made = World(server, request.param)
    async with server.db.transaction():
        await made.make()
    return made


async def test_homes_hold_what_their_owners_read_there(world: World) -> None:
    read = {each.id: set(await homes.ids(world.server, each, ALL)) for each in world.ours}
    said: dict[int, set[int]] = {each.id: set() for each in world.ours}

    for post in world.posts:
        for id_ in await audiences.of_homes(world.server, post.id, said):
            said[id_].add(post.id)

    assert said == read
    assert sum(map(len, read.values())) > POSTS


async def test_lists_hold_what_their_owners_read_there(world: World) -> None:
    owners = {each.id: each for each in world.ours}
    read = {
        row.id: set(await homes.ids_of_list(world.server, owners[row.account_id], row, ALL))
        for row in world.lists
    }
    said: dict[int, set[int]] = {row.id: set() for row in world.lists}

    for post in world.posts:
        for id_ in await audiences.of_lists(world.server, post.id, said):
            said[id_].add(post.id)

    assert said == read
    assert sum(map(len, read.values())) > POSTS // 2


async def test_feeds_hold_what_is_read_there(world: World) -> None:
    read = {
        each.id: {shown.post.id for shown in await timelines.public(world.server, each, ALL)}
        for each in world.ours
    }
    said: dict[int, set[int]] = {each.id: set() for each in world.ours}

    for post in world.posts:
        facts = await audiences.facts_of(world.server, post.id)
        assert facts is not None
        if facts.is_public and not facts.is_boost and not facts.answers_others:
            for id_ in await audiences.of_feeds(world.server, post.id, said):
                said[id_].add(post.id)

    assert said == read
    assert sum(map(len, read.values())) > POSTS // 2


async def test_a_post_is_alike_to_those_who_did_nothing_with_it(server: Server) -> None:
    people = [await make_account(server, f"person{number}") for number in range(5)]
    author, *readers = people
    post = await make_post(server, author)
    await make_favourite(server, readers[0], post)
    assert await Favourite.all().count() == 1

    looks = await audiences.alike(server, post.id, [each.id for each in people])

    assert looks[readers[1].id] == looks[readers[2].id] == looks[readers[3].id]
    assert len(set(looks.values())) == 3


async def test_a_boost_looks_as_what_it_boosts_is_marked(server: Server) -> None:
    author, booster, marking, other = [await make_account(server, f"person{number}") for number in range(4)]
    post = await make_post(server, author)
    boost = await make_boost(server, booster, post)
    await Bookmark.create(id=server.new_id(), account=marking, post=post, created_at=server.clock.now())

    looks = await audiences.alike(server, boost.id, [marking.id, other.id])

    assert looks[marking.id] != looks[other.id]


async def test_any_number_of_people_is_one_query(server: Server, queries: Queries) -> None:
    author = await make_account(server, "author")
    people = [await make_account(server, f"person{number}") for number in range(20)]
    for each in people[:10]:
        await make_follow(server, each, author)
    post = await make_post(server, author)

    with queries.counted() as counted:
        reached = await audiences.of_homes(server, post.id, [each.id for each in people])

    assert reached == {each.id for each in people[:10]}
    assert len(counted) == 1


async def test_a_deleted_post_concerns_who_may_have_had_it(server: Server) -> None:
    author, follower, named, tagged, other = [
        await make_account(server, f"person{number}") for number in range(5)
    ]
    await make_follow(server, follower, author)
    tag = await make_tag(server, await make_post(server, author), "tag")
    await FollowedTag.create(id=server.new_id(), account=tagged, tag=tag, created_at=server.clock.now())
    everybody = [each.id for each in (author, follower, named, tagged, other)]

    concerned = await audiences.of_deleted(server, author.id, [named.id], ["tag"], everybody)

    assert concerned == {author.id, follower.id, named.id, tagged.id}
