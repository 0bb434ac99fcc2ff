"""Homes and lists' timelines against the rules said plainly in Python, on people and posts of chance."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from fedi.models.accounts import Account
from fedi.models.lists import List, ListMember
from fedi.models.posts import Post
from fedi.models.relationships import AccountDomainBlock
from fedi.models.tags import FollowedTag
from fedi.queries import homes
from fedi.queries.paging import Page
from fedi.server import Server
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_follow,
    make_mention,
    make_mute,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio

HOSTS = ("", "", "a.example", "b.example", "blocked.example")
TAGS = ("cats", "dogs", "Birds")
Read = Callable[[Page], Awaitable[list[int]]]


@dataclass
class World:
    """What there is, as the rules need it."""

    viewer: Account
    people: dict[int, Account] = field(default_factory=dict)
    follows: dict[int, tuple[bool, list[str]]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    blocking: set[int] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    followed_tags: set[str] = field(default_factory=set)
    posts: dict[int, Post] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    named: dict[int, set[int]] = field(default_factory=dict)

    def is_hidden(self, account_id: int) -> bool:
        return account_id in self.hidden

    def of_blocked_host(self, account_id: int) -> bool:
        return self.people[account_id].domain == "blocked.example"

    def sees(self, post: Post) -> bool:
        if post.author_id in self.blocking:
            return False
        if post.boost_of_id and not self.sees(self.posts[post.boost_of_id]):
            return False
        named = self.viewer.id in self.named.get(post.id, set())
        return (
            post.visibility in {"public", "unlisted"}
            or post.author_id == self.viewer.id
            or named
            or (post.visibility == "followers" and post.author_id in self.follows)
        )

    def followed(self) -> set[int]:
        return {self.viewer.id, *self.follows} - self.hidden


@dataclass
class Rules:
    """Which posts one timeline shows."""

    world: World
    sources: set[int]
    answered: set[int]
    tags: set[str]

    def page(self, posts: dict[int, Post]) -> list[int]:
        return sorted((post.id for post in posts.values() if self.keeps(post)), reverse=True)

    def keeps(self, post: Post) -> bool:
        world = self.world
        if not world.sees(post):
            return False
        if post.author_id == world.viewer.id and post.author_id in self.sources:
            return post.boost_of_id is None or self.is_first(post)
        shown = world.posts[post.boost_of_id] if post.boost_of_id else post
        if not (self.by_source(post) or self.by_tag(post)) or world.of_blocked_host(post.author_id):
            return False
        boosts, languages = world.follows.get(post.author_id, (True, []))
        if languages and shown.language and shown.language not in languages:
            return False
        if world.named.get(shown.id, set()) & world.hidden:
            return False
        return post.boost_of_id is None or (boosts and self.is_first(post))

    def by_source(self, post: Post) -> bool:
        fits = (
            (post.in_reply_to_id is None and not post.in_reply_to_uri)
            or post.in_reply_to_account_id == post.author_id
            or post.in_reply_to_account_id in self.answered
        )
        return fits and post.author_id in self.sources

    def by_tag(self, post: Post) -> bool:
        world, author = self.world, self.world.people[post.author_id]
        return (
            post.visibility == "public"
            and not post.boost_of_id
            and bool(world.tags.get(post.id, set()) & self.tags)
            and author.id not in world.hidden | world.apart
            and author.silenced_at is None
        )

    def is_first(self, boost: Post) -> bool:
        """All of a world happens within a day."""
        world, boosted = self.world, self.world.posts[boost.boost_of_id or 0]
        if world.is_hidden(boosted.author_id) or world.of_blocked_host(boosted.author_id):
            return False
        if self.by_source(boosted) or self.by_tag(boosted):
            return False
        return not any(
            other.boost_of_id == boosted.id
            and other.id < boost.id
            and other.author_id in self.sources
            and world.follows.get(other.author_id, (True, []))[0]
            for other in world.posts.values()
        )


async def make_world(server: Server, chance: random.Random, viewer: Account) -> World:
    world = World(viewer=viewer, people={viewer.id: viewer})
    for number in range(16):
        silenced = server.clock.now() if chance.random() < 0.2 else None
        person = await make_account(server, f"p{number}", domain=chance.choice(HOSTS), silenced_at=silenced)
        world.people[person.id] = person
        if chance.random() < 0.6:
            boosts, languages = chance.random() < 0.8, chance.choice([[], [], ["de"]])
            await make_follow(server, viewer, person, show_boosts=boosts, languages=languages)
            world.follows[person.id] = boosts, languages
        if (fate := chance.random()) < 0.1:
            await make_mute(server, viewer, person)
            world.hidden.add(person.id)
        elif fate < 0.2:
            await make_block(server, viewer, person)
            world.hidden.add(person.id)
        elif fate < 0.3:
            await make_block(server, person, viewer)
            world.blocking.add(person.id)
    for number in range(140):
        await add_post(server, chance, world, number)
    return world


async def add_post(server: Server, chance: random.Random, world: World, number: int) -> None:
    author, earlier = chance.choice(list(world.people.values())), list(world.posts.values())
    originals = [post for post in earlier if not post.boost_of_id]
    kind = chance.random()
    if originals and kind < 0.25:
        boosted = chance.choice(originals)
        if not any(p.author_id == author.id and p.boost_of_id == boosted.id for p in earlier):
            boost = await make_boost(server, author, boosted)
            world.posts[boost.id] = boost
        return
    columns = {"in_reply_to": chance.choice(originals)} if originals and kind < 0.5 else {}
    post = await make_post(
        server,
        author,
        f"number {number}",
        visibility=chance.choice(["public", "public", "public", "unlisted", "followers", "direct"]),
        language=chance.choice(["", "de", "en"]),
        **columns,
    )
    world.posts[post.id] = post
    for name in chance.sample(TAGS, chance.choice([0, 0, 1, 2])):
        await make_tag(server, post, name)
        world.tags.setdefault(post.id, set()).add(name)
    if chance.random() < 0.15:
        named = chance.choice(list(world.people.values()))
        await make_mention(server, post, named)
        world.named.setdefault(post.id, set()).add(named.id)


async def follow_tags(server: Server, world: World, names: set[str]) -> None:
    for name in names:
        post = await make_post(server, world.viewer, visibility="direct")
        world.posts[post.id] = post
        tag = await make_tag(server, post, name)
        await FollowedTag.create(
            id=server.new_id(), account=world.viewer, tag=tag, created_at=server.clock.now()
        )
    world.followed_tags = names


async def make_list(
    server: Server, world: World, members: list[Account], *, policy: str = "list", exclusive: bool = False
) -> List:
    now = server.clock.now()
    row = await List.create(
        id=server.new_id(),
        account=world.viewer,
        title="Close",
        replies_policy=policy,
        exclusive=exclusive,
        created_at=now,
    )
    for member in members:
        await ListMember.create(id=server.new_id(), list=row, account=member, created_at=now)
    return row


async def pages_agree(read: Read, expected: list[int]) -> None:
    """Read down and up in pages of several lengths: all of it, once, in order."""
    assert await read(Page(1000)) == expected
    for limit in (1, 4, 17):
        down: list[int] = []
        while page := await read(Page(limit, max_id=down[-1] if down else None)):
            down += page
        up: list[int] = []
        while page := await read(Page(limit, min_id=up[-1] if up else 0)):
            up += page[::-1]
        assert down == expected
        assert up == expected[::-1]


@pytest.mark.parametrize("seed", range(4))
async def test_a_home_of_people_and_hashtags_is_what_the_rules_say(server: Server, seed: int) -> None:
    chance = random.Random(seed)
    world = await make_world(server, chance, await make_account(server, "alice"))
    await AccountDomainBlock.create(
        id=server.new_id(), account=world.viewer, domain="blocked.example", created_at=server.clock.now()
    )
    members = chance.sample([world.people[id_] for id_ in world.follows], 3)
    await make_list(server, world, members, exclusive=True)
    world.apart = {member.id for member in members}
    await follow_tags(server, world, {"cats", "Birds"})
    followed = world.followed()
    rules = Rules(world, followed - world.apart, followed, {"cats", "Birds"})
    expected = rules.page(world.posts)
    assert any(not rules.by_source(world.posts[id_]) for id_ in expected)

    await pages_agree(lambda page: homes.ids(server, world.viewer, page), expected)


@pytest.mark.parametrize("policy", ["followed", "list", "none"])
async def test_the_timeline_of_a_list_is_what_the_rules_say(server: Server, policy: str) -> None:
    chance = random.Random(policy)
    world = await make_world(server, chance, await make_account(server, "alice"))
    await AccountDomainBlock.create(
        id=server.new_id(), account=world.viewer, domain="blocked.example", created_at=server.clock.now()
    )
    members = [world.people[id_] for id_ in list(world.follows)[:6]] + [world.viewer]
    row = await make_list(server, world, members, policy=policy, exclusive=True)
    await follow_tags(server, world, {"cats"})
    followed = world.followed()
    listed = {member.id for member in members} & followed
    answered = {"followed": followed, "list": listed, "none": set()}[policy] | {world.viewer.id}
    expected = Rules(world, listed, answered, set()).page(world.posts)
    assert len(expected) > 10

    await pages_agree(lambda page: homes.ids_of_list(server, world.viewer, row, page), expected)
