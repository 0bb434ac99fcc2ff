"""Posts loaded whole, cheaply."""

import pytest

from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark, Pin
from fedi.models.media import MediaAttachment
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from fedi.models.users import Application
from fedi.queries import snapshots
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import (
    make_account,
    make_boost,
    make_favourite,
    make_mention,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio


async def make_media(server: Server, post: Post, position: int) -> MediaAttachment:
    return await MediaAttachment.create(
        id=server.new_id(),
        account_id=post.author_id,
        post=post,
        position=position,
        created_at=server.clock.now(),
    )


async def make_full_post(server: Server, author: Account, named: Account, parent: Post) -> Post:
    application = await Application.create(
        id=server.new_id(),
        client_id=str(server.new_id()),
        client_secret_hash="",
        name="An app",
        created_at=server.clock.now(),
    )
    post = await make_post(server, author, "all of it", in_reply_to=parent, application=application)
    await make_mention(server, post, named)
    await make_tag(server, post, "Cats")
    await make_media(server, post, 1)
    await make_media(server, post, 0)
    return post


async def test_a_snapshot_has_all_that_belongs_to_a_post(server: Server) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob", domain="b.example")
    parent = await make_post(server, bob)
    post = await make_full_post(server, alice, bob, parent)
    await make_mention(server, post, alice, silent=True)

    shown = await snapshots.of_post(server, post, None)

    assert shown.post is post
    assert shown.author == alice
    assert [each.position for each in shown.media] == [0, 1]
    assert [(each.account, each.silent) for each in shown.mentions] == [(bob, False), (alice, True)]
    assert [tag.name for tag in shown.tags] == ["cats"]
    assert shown.application is not None
    assert shown.application.name == "An app"
    assert shown.in_reply_to_uri == parent.uri
    assert (shown.boost_of, shown.viewer_id) == (None, None)
    assert not any([shown.favourited, shown.boosted, shown.bookmarked, shown.pinned, shown.muted])


async def test_the_parent_is_named_by_its_row_where_the_answer_does_not(server: Server) -> None:
    alice = await make_account(server, "alice")
    parent = await make_post(server, alice)
    post = await make_post(server, alice, in_reply_to=parent, in_reply_to_uri="")

    assert (await snapshots.of_post(server, post, None)).in_reply_to_uri == parent.uri


async def test_what_the_viewer_did_is_said_on_the_post_and_on_its_boosts(server: Server) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    now = server.clock.now()
    post = await make_post(server, alice)
    boost = await make_boost(server, alice, post)
    await make_favourite(server, alice, post)
    await Bookmark.create(id=server.new_id(), account=alice, post=post, created_at=now)
    await Pin.create(id=server.new_id(), account=alice, post=post, created_at=now)

    shown = await snapshots.of_post(server, boost, alice)
    to_bob = await snapshots.of_post(server, boost, bob)

    assert shown.boost_of is not None
    assert shown.shown.post == post
    for each in (shown, shown.boost_of):
        assert (each.favourited, each.boosted, each.bookmarked, each.pinned) == (True, True, True, True)
        assert each.viewer_id == alice.id
    assert not any([to_bob.favourited, to_bob.boosted, to_bob.bookmarked, to_bob.pinned])


async def test_snapshots_keep_the_order_of_ids_and_leave_out_what_is_not_there(server: Server) -> None:
    alice = await make_account(server, "alice")
    one, other = await make_post(server, alice), await make_post(server, alice)
    boost = await make_boost(server, alice, one)

    shown = await snapshots.by_ids(server, [one.id, 17, boost.id, other.id], None)

    assert [each.post.id for each in shown] == [one.id, boost.id, other.id]
    assert shown[1].boost_of is not None
    assert await snapshots.by_ids(server, [], None) == []
    assert await snapshots.of_posts(server, [], None) == []


async def test_a_page_costs_as_many_queries_as_a_post(server: Server, queries: Queries) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob", domain="b.example")
    ids = []
    for number in range(20):
        author = await make_account(server, f"author{number}")
        parent = await make_post(server, bob)
        post = await make_full_post(server, author, bob, parent)
        ids += [post.id, (await make_boost(server, alice, post)).id]

    with queries.counted() as for_one:
        await snapshots.by_ids(server, ids[1:2], alice)
    with queries.counted() as for_all:
        await snapshots.by_ids(server, ids, alice)

    assert len(for_one) == len(for_all) == 6


async def test_polls_cost_two_queries_however_many_they_are(server: Server, queries: Queries) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    posts = []
    for number in range(20):
        post = await make_post(server, bob, kind="Question")
        options = [{"name": "a", "votes": 1}, {"name": "b", "votes": 0}]
        poll = await Poll.create(id=server.new_id(), post=post, options=options)
        await PollVote.create(
            id=server.new_id(),
            poll=poll,
            account=alice,
            choice=0,
            uri=f"v{number}",
            created_at=server.clock.now(),
        )
        posts.append(post)

    with queries.counted() as seen:
        shown = await snapshots.by_ids(server, [post.id for post in posts], alice)

    assert len(seen) == 5
    assert [each.poll is not None and each.poll.own_votes for each in shown] == [(0,)] * 20


async def test_a_page_of_plain_posts_costs_three_queries(server: Server, queries: Queries) -> None:
    alice = await make_account(server, "alice")
    ids = [(await make_post(server, alice)).id for _ in range(20)]

    with queries.counted() as seen:
        await snapshots.by_ids(server, ids, alice)

    assert len(seen) == 3
