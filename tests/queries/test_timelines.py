"""Public, tag and profile timelines, favourites and bookmarks. Home: test_homes.py."""

import pytest

from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark, Pin
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries import timelines
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_favourite,
    make_follow,
    make_mute,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio
PAGE = Page(limit=40)


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


@pytest.fixture
async def bob(server: Server) -> Account:
    return await make_account(server, "bob", domain="b.example")


def ids(shown: list[PostSnapshot]) -> list[int]:
    return [each.post.id for each in shown]


async def add_picture(server: Server, post: Post) -> None:
    await MediaAttachment.create(
        id=server.new_id(), account_id=post.author_id, post=post, created_at=server.clock.now()
    )


async def test_public_has_no_boosts_and_no_answers_to_others(
    server: Server, alice: Account, bob: Account
) -> None:
    post = await make_post(server, bob)
    own_answer = await make_post(server, bob, in_reply_to=post)
    await make_post(server, alice, in_reply_to=post)
    await make_post(server, alice, in_reply_to_uri="https://unknown.example/1")
    await make_boost(server, alice, post)
    await make_post(server, bob, visibility="unlisted")

    assert ids(await timelines.public(server, None, PAGE)) == [own_answer.id, post.id]


async def test_public_can_be_local_remote_or_pictures_only(
    server: Server, alice: Account, bob: Account
) -> None:
    here, there = await make_post(server, alice), await make_post(server, bob)
    await add_picture(server, there)

    assert ids(await timelines.public(server, alice, PAGE, local=True)) == [here.id]
    assert ids(await timelines.public(server, alice, PAGE, remote=True)) == [there.id]
    assert ids(await timelines.public(server, alice, PAGE, only_media=True)) == [there.id]


async def test_public_leaves_out_whom_the_viewer_blocks_or_mutes(
    server: Server, alice: Account, bob: Account
) -> None:
    carol, dave = await make_account(server, "carol"), await make_account(server, "dave")
    await make_block(server, alice, bob)
    await make_mute(server, alice, carol)
    await make_block(server, dave, alice)
    for author in (bob, carol, dave):
        await make_post(server, author)

    assert ids(await timelines.public(server, alice, PAGE)) == []
    assert len(await timelines.public(server, None, PAGE)) == 3


async def test_a_mute_that_has_run_out_hides_nothing(
    server: Server, alice: Account, bob: Account, clock: object
) -> None:
    expires_at = server.clock.now()
    clock.turn(seconds=1)  # type: ignore[attr-defined]
    await make_mute(server, alice, bob, expires_at=expires_at)
    post = await make_post(server, bob)

    assert ids(await timelines.public(server, alice, PAGE)) == [post.id]


async def test_a_mute_that_still_runs_hides(
    server: Server, alice: Account, bob: Account, clock: object
) -> None:
    clock.turn(seconds=60)  # type: ignore[attr-defined]
    expires_at = server.clock.now()
    clock.turn(seconds=-60)  # type: ignore[attr-defined]
    await make_mute(server, alice, bob, expires_at=expires_at)
    await make_post(server, bob)

    assert ids(await timelines.public(server, alice, PAGE)) == []


async def test_a_silenced_author_is_in_public_for_followers_and_themselves(
    server: Server, alice: Account, bob: Account
) -> None:
    silenced = await make_account(server, "loud", silenced_at=server.clock.now())
    await make_follow(server, bob, silenced)
    post = await make_post(server, silenced)

    assert ids(await timelines.public(server, None, PAGE)) == []
    assert ids(await timelines.public(server, alice, PAGE)) == []
    assert ids(await timelines.public(server, bob, PAGE)) == [post.id]
    assert ids(await timelines.public(server, silenced, PAGE)) == [post.id]


async def test_a_tag_is_found_in_any_spelling_and_with_answers(
    server: Server, alice: Account, bob: Account
) -> None:
    post = await make_post(server, bob)
    answer = await make_post(server, alice, in_reply_to=post)
    await make_post(server, bob)
    await make_tag(server, post, "Cafe")
    await make_tag(server, answer, "café")

    assert ids(await timelines.tag(server, None, "CAFÉ", PAGE)) == [answer.id, post.id]
    assert ids(await timelines.tag(server, None, "#cafe", PAGE, local=True)) == [answer.id]
    assert ids(await timelines.tag(server, None, "dogs", PAGE)) == []


async def test_tags_combine(server: Server, alice: Account) -> None:
    posts = {}
    for names in ("a", "b", "ab", "abc"):
        posts[names] = await make_post(server, alice, names)
        for name in names:
            await make_tag(server, posts[names], name)

    either = await timelines.tag(server, None, "a", PAGE, any_of=["b"])
    both = await timelines.tag(server, None, "a", PAGE, all_of=["b"])
    without = await timelines.tag(server, None, "a", PAGE, none_of=["c"])

    assert [each.post.text for each in either] == ["abc", "ab", "b", "a"]
    assert [each.post.text for each in both] == ["abc", "ab"]
    assert [each.post.text for each in without] == ["ab", "a"]


async def test_a_profile_can_leave_out_answers_boosts_and_plain_text(
    server: Server, alice: Account, bob: Account
) -> None:
    other = await make_post(server, bob)
    post = await make_post(server, alice)
    thread = await make_post(server, alice, in_reply_to=post)
    answer = await make_post(server, alice, in_reply_to=other)
    boost = await make_boost(server, alice, other)
    await add_picture(server, answer)
    await make_tag(server, thread, "cats")

    async def of_alice(**choice: object) -> list[int]:
        return ids(await timelines.of_account(server, alice, None, PAGE, **choice))

    assert await of_alice() == [boost.id, answer.id, thread.id, post.id]
    assert await of_alice(exclude_replies=True) == [boost.id, thread.id, post.id]
    assert await of_alice(exclude_boosts=True) == [answer.id, thread.id, post.id]
    assert await of_alice(only_media=True) == [answer.id]
    assert await of_alice(tagged="Cats") == [thread.id]


async def test_a_profile_shows_pins_the_last_pinned_first(
    server: Server, alice: Account, bob: Account
) -> None:
    posts = [await make_post(server, alice) for _ in range(3)]
    secret = await make_post(server, alice, visibility="followers")
    for post in (posts[2], posts[0], secret):
        await Pin.create(id=server.new_id(), account=alice, post=post, created_at=server.clock.now())

    assert ids(await timelines.of_account(server, alice, bob, PAGE, pinned=True)) == [
        posts[0].id,
        posts[2].id,
    ]
    assert ids(await timelines.of_account(server, alice, alice, PAGE, pinned=True))[0] == secret.id


async def test_a_profile_leaves_out_boosts_of_those_the_viewer_blocks_but_not_mutes(
    server: Server, alice: Account, bob: Account
) -> None:
    carol, viewer = await make_account(server, "carol"), await make_account(server, "viewer")
    await make_block(server, viewer, bob)
    await make_mute(server, viewer, carol)
    await make_boost(server, alice, await make_post(server, bob))
    of_muted = await make_boost(server, alice, await make_post(server, carol))

    assert ids(await timelines.of_account(server, alice, viewer, PAGE)) == [of_muted.id]


async def test_a_silenced_author_keeps_a_profile(server: Server, alice: Account) -> None:
    silenced = await make_account(server, "loud", silenced_at=server.clock.now())
    post = await make_post(server, silenced)

    assert ids(await timelines.of_account(server, silenced, alice, PAGE)) == [post.id]


async def test_favourites_and_bookmarks_are_paged_by_the_mark(
    server: Server, alice: Account, bob: Account
) -> None:
    posts = [await make_post(server, bob) for _ in range(4)]
    order = [posts[2], posts[0], posts[3], posts[1]]
    marks = [await make_favourite(server, alice, post) for post in order]
    for post in order:
        await Bookmark.create(id=server.new_id(), account=alice, post=post, created_at=server.clock.now())

    newest = await timelines.favourites(server, alice, Page(2))
    older = await timelines.favourites(server, alice, Page(2, max_id=newest[-1][0]))
    above = await timelines.favourites(server, alice, Page(2, min_id=marks[0].id))
    bookmarked = await timelines.bookmarks(server, alice, PAGE)

    assert [(id_, each.post.id) for id_, each in newest] == [
        (marks[3].id, posts[1].id),
        (marks[2].id, posts[3].id),
    ]
    assert [each.post.id for _, each in older] == [posts[0].id, posts[2].id]
    assert [each.post.id for _, each in above] == [posts[3].id, posts[0].id]
    assert [each.post.id for _, each in bookmarked] == [post.id for post in reversed(order)]
    assert await timelines.favourites(server, bob, PAGE) == []
