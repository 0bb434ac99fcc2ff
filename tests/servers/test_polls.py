"""A poll between two houses: asked on B, voted in on A, counted, told, and closed on both."""

import pytest

from fedi.actions import deletes, edits, posts, votes
from fedi.actions.polls import PollDraft
from fedi.actions.posts import Draft
from fedi.federation import polls as remote
from fedi.models.notifications import Notification
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from tests.servers.conftest import Neighbours
from tests.servers.test_conversation import follow_bob
from tests.support.houses import settle

pytestmark = pytest.mark.anyio


async def ask(n: Neighbours, *, visibility: str = "public", **changes: object) -> tuple[Post, Post]:
    """Bob asks; gives the post as B and as A has it."""
    draft = PollDraft(**{"options": ["Tea", "Coffee"], "seconds": 3600} | changes)
    with n.b.server.db.activate():
        there = await posts.create(
            n.b.server, n.bob, Draft(text="Which?", poll=draft, visibility=visibility), mentions={}
        )
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        return there, await Post.get(uri=there.uri)


async def counts(post: Post) -> tuple[list[int], int | None]:
    poll = await Poll.get(post_id=post.id)
    return [option["votes"] for option in poll.options], poll.voters_count


async def test_a_poll_arrives_whole(neighbours):
    n = neighbours
    await follow_bob(n)

    there, here = await ask(n, multiple=True)

    with n.b.server.db.activate():
        asked = await Poll.get(post_id=there.id)
    with n.a.server.db.activate():
        poll = await Poll.get(post_id=here.id)
    assert (poll.options, poll.multiple, poll.ends_at) == (asked.options, True, asked.ends_at)
    assert "Tea" not in here.content


@pytest.mark.parametrize("visibility", ["public", "followers"])
async def test_votes_are_counted_where_the_poll_lives_and_are_no_posts(neighbours, visibility):
    n = neighbours
    await follow_bob(n)
    there, here = await ask(n, multiple=True, visibility=visibility)

    with n.a.server.db.activate():
        await votes.vote(n.a.server, n.alice, here, [0, 1])
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        assert await counts(there) == ([1, 1], 1)
        assert await Post.all().count() == 1
        assert not await Notification.exists(kind="mention")
    with n.a.server.db.activate():
        mine = await PollVote.filter(account_id=n.alice.id).values_list("uri", flat=True)
    with n.b.server.db.activate():
        assert await PollVote.all().values_list("uri", flat=True) == mine


async def test_new_counts_arrive_after_three_minutes_without_an_edit(neighbours, clock):
    n = neighbours
    await follow_bob(n)
    there, here = await ask(n)

    with n.b.server.db.activate():
        from tests.support.factories import make_account

        carl = await make_account(n.b.server, "carl")
        await votes.vote(n.b.server, carl, there, [1])
    clock.turn(minutes=3)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert await counts(here) == ([0, 1], 1)
        assert (await Post.get(id=here.id)).edited_at is None


async def test_the_end_is_told_on_both_sides(neighbours, clock):
    n = neighbours
    await follow_bob(n)
    there, here = await ask(n, hide_totals=True)
    with n.a.server.db.activate():
        await votes.vote(n.a.server, n.alice, here, [0])
    await settle(n.a, n.b)

    clock.turn(hours=1, seconds=1)
    await settle(n.b, n.a)

    for house, person, post in ((n.a, n.alice, here), (n.b, n.bob, there)):
        with house.server.db.activate():
            poll = await Poll.get(post_id=post.id)
            assert poll.closed_at == poll.ends_at
            assert await counts(post) == ([1, 0], 1)
            assert await Notification.filter(kind="poll").values_list("account_id", flat=True) == [person.id]


async def test_whoever_looks_gets_the_counts_of_now_once_a_minute(neighbours, clock):
    n = neighbours
    await follow_bob(n)
    there, here = await ask(n, visibility="followers")
    with n.b.server.db.activate():
        poll = await Poll.get(post_id=there.id)
        poll.options[0]["votes"] = 7
        await poll.save()

    with n.a.server.db.activate():
        await remote.refresh(n.a.server, here, n.alice)
        assert (await counts(here))[0] == [7, 0]
    with n.b.server.db.activate():
        poll.options[0]["votes"] = 8
        await poll.save()
    with n.a.server.db.activate():
        await remote.refresh(n.a.server, here, n.alice)
        assert (await counts(here))[0] == [7, 0]
        clock.turn(seconds=61)
        await remote.refresh(n.a.server, here, n.alice)
        assert (await counts(here))[0] == [8, 0]


async def test_other_options_take_the_votes_away_on_both_sides(neighbours, clock):
    n = neighbours
    await follow_bob(n)
    there, here = await ask(n)
    with n.a.server.db.activate():
        await votes.vote(n.a.server, n.alice, here, [0])
    await settle(n.a, n.b)
    clock.turn(seconds=10)

    with n.b.server.db.activate():
        poll = PollDraft(options=["Mate", "Tea"], seconds=None)
        await edits.edit(n.b.server, there, Draft(text="Which?", poll=poll), mentions={})
    await settle(n.a, n.b)

    for house, post in ((n.a, here), (n.b, there)):
        with house.server.db.activate():
            assert (await Poll.get(post_id=post.id)).options[0] == {"name": "Mate", "votes": 0}
            assert await PollVote.all().count() == 0


async def test_a_deleted_poll_is_gone_on_both_sides(neighbours):
    n = neighbours
    await follow_bob(n)
    there, here = await ask(n)
    with n.a.server.db.activate():
        await votes.vote(n.a.server, n.alice, here, [0])
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        await deletes.delete(n.b.server, there)
    await settle(n.a, n.b)

    for house in (n.a, n.b):
        with house.server.db.activate():
            assert await Poll.all().count() == await PollVote.all().count() == 0
