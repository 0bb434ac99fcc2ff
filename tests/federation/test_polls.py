"""Votes and Questions as other servers send them, meant well and not."""

import pytest

from fedi.actions import posts
from fedi.actions.polls import PollDraft
from fedi.actions.posts import Draft
from fedi.federation import resolve
from fedi.federation.polls import refresh
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from tests.support.peer import activity

pytestmark = pytest.mark.anyio


async def asked(home, *, visibility="public", multiple=False) -> Post:
    """Alice asks."""
    poll = PollDraft(options=["Tea", "Coffee"], seconds=3600, multiple=multiple)
    draft = Draft(text="Which?", poll=poll, visibility=visibility)
    return await posts.create(home.server, home.alice, draft, mentions={})


def vote(home, peer, voter, post, name="Tea", number=1, **more):
    """A vote as Mastodon sends it."""
    note = {
        "id": f"{voter}#votes/{number}",
        "type": "Note",
        "attributedTo": voter,
        "name": name,
        "inReplyTo": post.uri,
        "to": home.alice.uri,
        **more,
    }
    return activity("Create", voter, note, id_=f"{voter}#votes/{number}/activity", to=home.alice.uri)


async def count(post) -> list[int]:
    return [option["votes"] for option in (await Poll.get(post_id=post.id)).options]


SHAPES = {
    "Mastodon": {},
    "Misskey": {"content": None, "published": "2026-11-22T10:00:00Z", "cc": [], "tag": []},
    "Pleroma": {"actor": "the voter", "cc": [], "context": "https://x.example/c", "content": ""},
    "GoToSocial": {"to": ["alice"], "attachment": [], "summary": ""},
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_vote_of_somebody_unknown_is_counted(home, peer, shape):
    post, bob = await asked(home), peer.actor("bob")

    await home.take(vote(home, peer, bob, post, **SHAPES[shape]), signer=bob)

    assert await count(post) == [1, 0]
    assert await Post.all().count() == 1


async def test_a_hundred_votes_of_one_actor_are_one(home, peer):
    post, bob = await asked(home, multiple=True), peer.actor("bob")

    for number in range(100):
        answer = await home.deliver(vote(home, peer, bob, post, number=number), signer=bob)
        assert answer.status_code == 202
    await home.house.drain()

    assert await count(post) == [1, 0]
    assert (await Poll.get()).voters_count == 1


async def test_the_second_choice_is_ignored_where_one_is_asked_for(home, peer):
    post, bob = await asked(home), peer.actor("bob")

    await home.take(vote(home, peer, bob, post, "Coffee"), signer=bob)
    await home.take(vote(home, peer, bob, post, "Tea", 2), signer=bob)

    assert await count(post) == [0, 1]


async def test_a_vote_that_comes_late_or_names_nothing_is_not_counted(home, peer):
    post, bob, eve = await asked(home), peer.actor("bob"), peer.actor("eve")

    await home.take(vote(home, peer, bob, post, "Water"), signer=bob)
    home.clock.turn(hours=1, seconds=1)
    await home.take(vote(home, peer, eve, post), signer=eve)

    assert await count(post) == [0, 0]
    assert await Post.all().count() == 1


async def test_nobody_votes_for_somebody_else(home, peer, other):
    post, bob = await asked(home), peer.actor("bob")
    eve, zoe = peer.actor("eve"), other.actor("zoe")

    await home.deliver(vote(home, peer, bob, post, attributedTo=eve), signer=bob)
    await home.deliver(vote(home, peer, eve, post), signer=bob)
    await home.deliver(vote(home, peer, zoe, post), signer=bob)
    await home.deliver(vote(home, peer, bob, post, id=f"{zoe}#votes/1"), signer=bob)
    await home.house.drain()

    assert await PollVote.all().count() == 0
    assert await Post.all().count() == 1


async def test_a_vote_passed_on_is_neither_counted_nor_kept_as_a_post(home, peer, other):
    post, bob, zoe = await asked(home), peer.actor("bob"), other.actor("zoe")
    passed_on = vote(home, other, zoe, post, id=f"{other.url}/votes/1")
    other.serve(passed_on["object"])

    await home.deliver(passed_on, signer=bob)
    await home.house.drain()

    assert (await count(post), await Post.all().count()) == ([0, 0], 1)


async def test_a_vote_in_an_edit_or_found_at_its_id_is_no_post(home, peer):
    post, bob = await asked(home), peer.actor("bob")
    await home.follow(bob)
    note = vote(home, peer, bob, post, id=f"{peer.url}/votes/1", published=home.clock.now().isoformat())[
        "object"
    ]
    peer.serve(note)

    await home.take(activity("Update", bob, note), signer=bob)
    assert await resolve.anything(home.server, note["id"]) is None

    assert await Post.all().count() == 1


async def test_who_may_not_see_a_poll_cannot_vote(home, peer):
    post, bob = await asked(home, visibility="followers"), peer.actor("bob")

    await home.take(vote(home, peer, bob, post), signer=bob)

    assert await count(post) == [0, 0]


async def test_a_vote_in_what_is_no_poll_of_ours_is_dropped(home, peer):
    bob = peer.actor("bob")
    post = await posts.create(home.server, home.alice, Draft(text="x"), mentions={})

    await home.take(vote(home, peer, bob, post), signer=bob)
    post.uri = f"{peer.url}/notes/nothing"
    await home.take(vote(home, peer, bob, post, number=2), signer=bob)

    assert await Post.all().count() == 1
    assert f"{peer.url}/notes/nothing" not in peer.asked


QUESTIONS = {
    "Mastodon": {
        "oneOf": [
            {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 2}}
            for name in ("Yes", "No")
        ],
        "endTime": "2090-01-01T00:00:00Z",
        "votersCount": 4,
    },
    "Misskey": {
        "content": "<p>Well?</p>",
        "_misskey_content": "Well?",
        "oneOf": [
            {
                "type": "Note",
                "name": name,
                "_misskey_votes": 2,
                "replies": {"type": "Collection", "totalItems": 2},
            }
            for name in ("Yes", "No")
        ],
        "endTime": "2090-01-01T00:00:00.000Z",
    },
    "Pleroma": {
        "oneOf": [
            {"name": name, "replies": {"totalItems": 2, "type": "Collection"}, "type": "Note"}
            for name in ("Yes", "No")
        ],
        "closed": "2090-01-01T00:00:00Z",
        "anyOf": [],
        "voters": [],
    },
    "GoToSocial": {
        "oneOf": [
            {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 2}}
            for name in ("Yes", "No")
        ],
        "endTime": "2090-01-01T00:00:00Z",
        "votersCount": 4,
        "content": "Well?",
    },
}


@pytest.mark.parametrize("sort", QUESTIONS)
async def test_a_poll_of_each_kind_of_server_is_read(home, peer, sort):
    bob = peer.actor("bob")
    await home.follow(bob)

    await home.take(peer.create(peer.note("q", bob, type="Question", **QUESTIONS[sort])), signer=bob)

    poll = await Poll.get()
    assert poll.options == [{"name": "Yes", "votes": 2}, {"name": "No", "votes": 2}]
    assert (poll.multiple, poll.ends_at.year, poll.closed_at) == (False, 2090, None)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a\u202eb\x00", "x" * 900_000])
async def test_an_option_is_plain_text_of_bounded_length(home, peer, name):
    bob = peer.actor("bob")
    await home.follow(bob)
    question = peer.note("q", bob, type="Question", anyOf={"type": "Note", "name": name})

    answer = await home.deliver(peer.create(question), signer=bob)
    await home.house.drain()

    kept = [option["name"] for poll in await Poll.all() for option in poll.options]
    assert answer.status_code in {202, 400}
    assert all(len(each) <= 500 and "\u202e" not in each and "\0" not in each for each in kept)


async def test_counts_come_from_the_author_alone(home, peer):
    bob, eve = peer.actor("bob"), peer.actor("eve")
    await home.follow(bob)
    await home.follow(eve)
    question = peer.note("q", bob, type="Question", **QUESTIONS["Mastodon"])
    await home.take(peer.create(question), signer=bob)
    more = {**question, "oneOf": [each | {"replies": {"totalItems": 99}} for each in question["oneOf"]]}

    await home.take(activity("Update", eve, more), signer=eve)
    assert await count(await Post.get()) == [2, 2]
    await home.take(activity("Update", bob, more), signer=bob)

    assert await count(await Post.get()) == [99, 99]


async def test_a_server_that_is_down_leaves_the_counts_as_they_are(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    question = peer.note("q", bob, type="Question", **QUESTIONS["Mastodon"])
    await home.take(peer.create(question), signer=bob)

    await refresh(home.server, await Post.get(), home.alice)
    await refresh(home.server, await Post.get(), home.alice)

    assert await count(await Post.get()) == [2, 2]
    assert peer.asked["/notes/q"] == 1
