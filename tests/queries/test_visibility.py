"""Who may see what: every visibility, every kind of viewer, at every door that leads to posts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from fedi.actions import searchable
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.moderation import DomainRule
from fedi.models.posts import Post
from fedi.queries import collections, notifications, search, snapshots, threads, timelines, visibility
from fedi.queries.paging import Page
from fedi.server import Server
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_favourite,
    make_follow,
    make_mention,
    make_mute,
    make_notification,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio

EVERYBODY = {
    "nobody",
    "stranger",
    "follower",
    "pending",
    "mentioned",
    "addressed",
    "author",
    "blocked",
    "blocking",
    "muting",
}
PRIVATE = {"mentioned", "addressed", "author"}
# What is written down here is the promise; the code is not asked for it.
SEEN = {
    "public": EVERYBODY - {"blocked"},
    "unlisted": EVERYBODY - {"blocked"},
    "followers": PRIVATE | {"follower"},
    "direct": PRIVATE,
}
VISIBILITIES = list(SEEN)
PAGE = Page(limit=40)


@dataclass
class Scene:
    """An author with one post of each visibility, a boost of each by a second person, and all who look."""

    server: Server
    people: dict[str, Account | None]
    posts: dict[str, Post]
    boosts: dict[str, Post]
    root: Post
    booster: Account

    @property
    def author(self) -> Account:
        author = self.people["author"]
        assert author is not None
        return author


@pytest.fixture
async def scene(server: Server) -> Scene:
    people: dict[str, Account | None] = {"nobody": None}
    for name in sorted(EVERYBODY - {"nobody"}):
        people[name] = await make_account(server, name, domain="" if name != "follower" else "far.example")
    author, booster = people["author"], await make_account(server, "booster", domain="b.example")
    assert author is not None
    await make_follow(server, people["follower"], author)
    await make_follow(server, people["pending"], author, state="pending")
    await make_follow(server, people["blocking"], author)
    await make_follow(server, people["muting"], author)
    # Worse than real, where a block ends the follow: the block alone must be enough.
    await make_follow(server, people["blocked"], author)
    await make_block(server, author, people["blocked"])
    await make_block(server, people["blocking"], author)
    await make_mute(server, people["muting"], author)
    root = await make_post(server, booster, "the root")
    posts, boosts = {}, {}
    for each in VISIBILITIES:
        post = await make_post(server, author, f"secret {each}", visibility=each, in_reply_to=root)
        await make_mention(server, post, people["mentioned"])
        await make_mention(server, post, people["blocked"])
        await make_mention(server, post, people["addressed"], silent=True)
        await make_tag(server, post, "cats")
        posts[each], boosts[each] = post, await make_boost(server, booster, post)
    return Scene(server, people, posts, boosts, root, booster)


def expected(visible_to: str, viewer: str) -> bool:
    """Follows that the blocking and the muting one have are in force: they too may see what followers may."""
    return viewer in SEEN[visible_to] or (visible_to == "followers" and viewer in {"blocking", "muting"})


@pytest.mark.parametrize("viewer", sorted(EVERYBODY))
async def test_one_post_is_seen_by_whom_it_is_for(scene: Scene, viewer: str) -> None:
    who = scene.people[viewer]
    for each, post in scene.posts.items():
        assert await visibility.may_see(scene.server, post, who) == expected(each, viewer), each

        if expected(each, viewer):
            await visibility.require(scene.server, post, who)
            assert (await visibility.post_for(scene.server, who, post.id)).id == post.id
        else:
            with pytest.raises(NotFound):
                await visibility.require(scene.server, post, who)
            with pytest.raises(NotFound):
                await visibility.post_for(scene.server, who, post.id)


@pytest.mark.parametrize("viewer", sorted(EVERYBODY))
async def test_a_boost_is_seen_by_whom_the_boosted_post_is_for(scene: Scene, viewer: str) -> None:
    who = scene.people[viewer]
    for each, boost in scene.boosts.items():
        assert await visibility.may_see(scene.server, boost, who) == expected(each, viewer), each


@pytest.mark.parametrize("viewer", sorted(EVERYBODY))
async def test_a_boost_for_followers_is_seen_by_followers_of_the_booster(scene: Scene, viewer: str) -> None:
    boost = await make_boost(scene.server, scene.author, scene.root, visibility="followers")

    seen = await visibility.may_see(scene.server, boost, scene.people[viewer])

    assert seen == (viewer in {"author", "follower", "blocking", "muting"})


@pytest.mark.parametrize("viewer", sorted(EVERYBODY))
async def test_somebody_blocked_by_the_booster_does_not_see_the_boost(scene: Scene, viewer: str) -> None:
    who = scene.people[viewer]
    if who is None:
        return
    await make_block(scene.server, scene.booster, who)

    assert not await visibility.may_see(scene.server, scene.boosts["public"], who)


@pytest.mark.parametrize("column", ["suspended_at", "gone_at"])
async def test_nobody_sees_posts_of_an_absent_author_nor_boosts_of_them(scene: Scene, column: str) -> None:
    await Account.filter(id=scene.author.id).update(**{column: scene.server.clock.now()})

    for who in scene.people.values():
        for post in (*scene.posts.values(), *scene.boosts.values()):
            assert not await visibility.may_see(scene.server, post, who)


@pytest.mark.parametrize(
    ("domain", "severity", "seen"),
    [
        ("b.example", "suspend", False),
        ("example", "suspend", False),
        ("b.example", "silence", True),
        ("other.example", "suspend", True),
    ],
)
async def test_a_rule_about_a_host_holds_for_its_posts(
    scene: Scene, domain: str, severity: str, seen: bool
) -> None:
    await DomainRule.create(
        id=scene.server.new_id(), domain=domain, severity=severity, created_at=scene.server.clock.now()
    )

    for post in (scene.root, scene.boosts["public"]):
        assert await visibility.may_see(scene.server, post, None) == seen
    for viewer in (None, scene.people["stranger"]):
        public = await timelines.public(scene.server, viewer, PAGE)
        assert (scene.root.id in {each.post.id for each in public}) == (domain == "other.example")


async def test_the_longest_rule_about_a_host_holds(scene: Scene) -> None:
    now = scene.server.clock.now()
    await DomainRule.create(id=scene.server.new_id(), domain="example", severity="suspend", created_at=now)
    await DomainRule.create(id=scene.server.new_id(), domain="b.example", severity="none", created_at=now)

    assert await visibility.may_see(scene.server, scene.root, None)
    assert await visibility.may_see(scene.server, scene.posts["public"], None)


async def test_a_boost_by_a_suspended_account_is_seen_by_nobody(scene: Scene) -> None:
    await Account.filter(id=scene.booster.id).update(suspended_at=scene.server.clock.now())

    for who in scene.people.values():
        assert not await visibility.may_see(scene.server, scene.boosts["public"], who)
        assert await visibility.may_see(scene.server, scene.posts["public"], who) == (
            who != scene.people["blocked"]
        )


async def _on_profile(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    return await timelines.of_account(scene.server, scene.author, who, PAGE)


async def _on_booster_profile(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    return await timelines.of_account(scene.server, scene.booster, who, PAGE)


async def _by_tag(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    return await timelines.tag(scene.server, who, "cats", PAGE)


async def _in_public(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    return await timelines.public(scene.server, who, PAGE)


async def _in_thread(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    return await threads.descendants(scene.server, scene.root, who)


async def _at_home(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    return await timelines.home(scene.server, who, PAGE) if who else []


async def _favourites(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    if who is None:
        return []
    for post in scene.posts.values():
        await make_favourite(scene.server, who, post)
    return [each for _, each in await timelines.favourites(scene.server, who, PAGE)]


async def _notifications(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    if who is None or who == scene.author:
        return []
    for post in scene.posts.values():
        await make_notification(scene.server, who, scene.author, "mention", post=post)
    return [each.post for each in await notifications.page(scene.server, who, PAGE) if each.post]


async def _searched(scene: Scene, who: Account | None) -> list[snapshots.PostSnapshot]:
    await searchable.index(scene.server, await Post.all().values_list("id", flat=True))
    return await search.posts(scene.server, who, "secret", 40) if who else []


Door = Callable[[Scene, Account | None], Awaitable[list[snapshots.PostSnapshot]]]
DOORS: list[Door] = [
    _on_profile,
    _on_booster_profile,
    _by_tag,
    _in_public,
    _in_thread,
    _at_home,
    _favourites,
    _notifications,
    _searched,
]


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_shows_what_the_rule_hides(scene: Scene, door: Door) -> None:
    for each in VISIBILITIES:
        plain = await make_post(scene.server, scene.author, f"secret {each}", visibility=each)
        await make_tag(scene.server, plain, "cats")
    for name, who in scene.people.items():
        if who is not None:
            await make_follow(scene.server, who, scene.booster)

        for shown in await door(scene, who):
            assert await visibility.may_see(scene.server, shown.post, who), name
            if shown.boost_of is not None:
                assert await visibility.may_see(scene.server, shown.boost_of.post, who), name


@pytest.mark.parametrize("viewer", sorted(EVERYBODY))
async def test_a_profile_shows_exactly_what_may_be_seen(scene: Scene, viewer: str) -> None:
    shown = {each.post.id for each in await _on_profile(scene, scene.people[viewer])}

    assert shown == {post.id for each, post in scene.posts.items() if expected(each, viewer)}


@pytest.mark.parametrize("viewer", sorted(EVERYBODY))
async def test_a_thread_shows_exactly_what_may_and_wants_to_be_seen(scene: Scene, viewer: str) -> None:
    shown = {each.post.id for each in await _in_thread(scene, scene.people[viewer])}

    hidden = viewer in {"blocking", "muting"}
    assert shown == {post.id for each, post in scene.posts.items() if expected(each, viewer) and not hidden}


async def test_the_outbox_shows_public_and_unlisted_posts(scene: Scene) -> None:
    shown = {each.post.id for each in await collections.outbox(scene.server, scene.author, PAGE)}

    assert shown == {scene.posts["public"].id, scene.posts["unlisted"].id}
    assert await collections.outbox_count(scene.server, scene.author) == len(shown)


async def test_the_tag_shows_public_posts_only(scene: Scene) -> None:
    shown = {each.post.id for each in await _by_tag(scene, scene.people["mentioned"])}

    assert shown == {scene.posts["public"].id}


async def test_an_unknown_post_is_not_found(server: Server) -> None:
    with pytest.raises(NotFound):
        await visibility.post_for(server, None, 12345)


async def test_a_post_is_found_by_its_uri(scene: Scene) -> None:
    found = await visibility.post_by_uri(scene.posts["direct"].uri)

    assert found == scene.posts["direct"]
    assert await visibility.post_by_uri("https://nowhere.example/1") is None
