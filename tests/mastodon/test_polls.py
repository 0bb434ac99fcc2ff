"""Polls over the client API: asked, seen, voted in, and refused in Mastodon's words."""

from typing import Any

import pytest

from fedi.actions import posts
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from tests.mastodon.test_schema import schemas, wrong  # noqa: F401  a fixture
from tests.support.due import run_due
from tests.support.factories import make_account, make_block
from tests.support.received import received_post

pytestmark = pytest.mark.anyio

TEA = {"options": ["Tea", "Coffee"], "expires_in": 600}


async def asked(client: Any, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/statuses", json={"status": "Which?", "poll": TEA | changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_post_is_made_with_a_poll(as_alice, schemas):  # noqa: F811
    made = await asked(as_alice, multiple=True, hide_totals=False)

    poll = made["poll"]
    assert [each["title"] for each in poll["options"]] == ["Tea", "Coffee"]
    assert [each["votes_count"] for each in poll["options"]] == [0, 0]
    assert (poll["expired"], poll["multiple"], poll["votes_count"], poll["voters_count"]) == (
        False,
        True,
        0,
        0,
    )
    assert (poll["voted"], poll["own_votes"]) == (True, [])
    assert wrong(poll, "Poll", schemas) == []


@pytest.mark.parametrize(
    "body",
    [
        "status=x&poll[options][]=Tea&poll[options][]=Coffee&poll[expires_in]=600&poll[multiple]=true",
        "status=x&poll[options][0]=Tea&poll[options][1]=Coffee&poll[expires_in]=600&poll[multiple]=1",
    ],
)
async def test_a_poll_comes_in_a_form_too(as_alice, body):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    made = await as_alice.post("/api/v1/statuses", content=body, headers=kind)

    poll = made.json()["poll"]
    assert [each["title"] for each in poll["options"]] == ["Tea", "Coffee"]
    assert poll["multiple"] is True


@pytest.mark.parametrize(
    ("poll", "words"),
    [
        ({"options": ["a"], "expires_in": 600}, "Validation failed: Choices must have more than one item"),
        ({"options": list("abcde"), "expires_in": 600}, "can't contain more than 4 items"),
        ({"options": ["a", "x" * 1000_000], "expires_in": 600}, "cannot be longer than 50 characters each"),
        ({"options": ["a", "a"], "expires_in": 600}, "contain duplicate items"),
        ({"options": ["a", "b"], "expires_in": 10}, "Validation failed: Deadline is too soon"),
        ({"options": ["a", "b"], "expires_in": 10**9}, "Deadline is too far into the future"),
        ({"options": ["a", "b"], "expires_in": "soon"}, "Deadline is too soon"),
        ({"options": ["a", "b"]}, "Deadline can't be blank"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(as_alice, poll, words):
    answer = await as_alice.post("/api/v1/statuses", json={"status": "x", "poll": poll})

    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert await Post.all().count() == 0


async def test_a_vote_shows_in_the_answer_and_in_the_post(as_alice, as_bob):
    made = await asked(as_alice)
    id_ = made["poll"]["id"]

    before = (await as_bob.get(f"/api/v1/polls/{id_}")).json()
    voted = await as_bob.post(f"/api/v1/polls/{id_}/votes", data={"choices[]": "1"})
    seen = (await as_bob.get(f"/api/v1/statuses/{made['id']}")).json()["poll"]

    assert (before["voted"], before["own_votes"]) == (False, [])
    assert voted.status_code == 200
    assert voted.json() == seen
    assert (seen["voted"], seen["own_votes"], seen["votes_count"], seen["voters_count"]) == (True, [1], 1, 1)


async def test_a_boost_shows_the_poll_of_what_it_boosts(as_alice, as_bob):
    made = await asked(as_alice)

    boost = (await as_bob.post(f"/api/v1/statuses/{made['id']}/reblog")).json()

    assert boost["poll"] is None
    assert boost["reblog"]["poll"]["id"] == made["poll"]["id"]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (["7"], "The chosen vote option does not exist"),
        (["-1"], "The chosen vote option does not exist"),
        (["tea"], "The chosen vote option does not exist"),
        (["9" * 10_000], "The chosen vote option does not exist"),
        (["0", "1"], "You have already voted on this poll"),
    ],
)
async def test_a_vote_that_cannot_be_is_refused(as_alice, as_bob, choices, words):
    made = await asked(as_alice)

    answer = await as_bob.post(f"/api/v1/polls/{made['poll']['id']}/votes", json={"choices": choices})

    assert (answer.status_code, answer.json()["error"]) == (422, f"Validation failed: {words}")
    assert await PollVote.all().count() == 0


async def test_who_asks_and_who_voted_cannot_vote(as_alice, as_bob):
    made = await asked(as_alice)
    path = f"/api/v1/polls/{made['poll']['id']}/votes"
    await as_bob.post(path, json={"choices": [0]})

    own, again = (
        await as_alice.post(path, json={"choices": [0]}),
        await as_bob.post(path, json={"choices": [0]}),
    )

    assert own.json()["error"] == "Validation failed: You cannot vote in your own polls"
    assert again.json()["error"] == "Validation failed: You have already voted on this poll"


async def test_a_poll_that_ended_is_expired_and_takes_no_votes(as_alice, as_bob, clock):
    made = await asked(as_alice, hide_totals=True)
    clock.turn(minutes=11)
    path = f"/api/v1/polls/{made['poll']['id']}"

    vote = await as_bob.post(f"{path}/votes", json={"choices": [0]})

    assert vote.json()["error"] == "Validation failed: The poll has already ended"
    assert (await as_bob.get(path)).json()["expired"] is True


async def test_hidden_counts_are_null_until_the_end(as_alice, as_bob, clock):
    made = await asked(as_alice, hide_totals=True)
    path = f"/api/v1/polls/{made['poll']['id']}"
    await as_bob.post(f"{path}/votes", json={"choices": [0]})

    before = (await as_bob.get(path)).json()
    clock.turn(minutes=11)
    after = (await as_bob.get(path)).json()

    assert [each["votes_count"] for each in before["options"]] == [None, None]
    assert [each["votes_count"] for each in after["options"]] == [1, 0]


async def test_a_poll_is_seen_by_whom_its_post_is_for(server, as_alice, as_bob, nobody, alice, bob):
    open_ = (await asked(as_alice))["poll"]["id"]
    hidden = await as_alice.post(
        "/api/v1/statuses", json={"status": "Which?", "poll": TEA, "visibility": "private"}
    )
    path = f"/api/v1/polls/{hidden.json()['poll']['id']}"

    assert (await nobody.get(f"/api/v1/polls/{open_}")).json().keys() & {"voted", "own_votes"} == set()
    assert (await as_bob.get(path)).status_code == 404
    assert (await as_bob.post(f"{path}/votes", json={"choices": [0]})).status_code == 404
    assert (await nobody.post(f"/api/v1/polls/{open_}/votes", json={"choices": [0]})).status_code == 401
    await make_block(server, alice, bob)
    assert (await as_bob.post(f"/api/v1/polls/{open_}/votes", json={"choices": [0]})).status_code == 404
    assert (await as_bob.get("/api/v1/polls/17")).status_code == 404


async def test_an_edit_replaces_the_poll(as_alice, as_bob):
    made = await asked(as_alice)
    await as_bob.post(f"/api/v1/polls/{made['poll']['id']}/votes", json={"choices": [0]})
    path = f"/api/v1/statuses/{made['id']}"

    same = await as_alice.put(path, json={"status": "Which one?", "poll": TEA})
    other = await as_alice.put(
        path, json={"status": "Which one?", "poll": TEA | {"options": ["Mate", "Tea"]}}
    )
    none = await as_alice.put(path, json={"status": "Which one?"})

    assert same.json()["poll"]["votes_count"] == 1
    assert [each["title"] for each in other.json()["poll"]["options"]] == ["Mate", "Tea"]
    assert other.json()["poll"]["votes_count"] == 0
    assert none.json()["poll"] is None
    assert await Poll.all().count() == 0


async def test_a_deleted_post_gives_its_poll_back_to_be_written_anew(as_alice):
    made = await asked(as_alice)

    gone = (await as_alice.delete(f"/api/v1/statuses/{made['id']}")).json()

    assert [each["title"] for each in gone["poll"]["options"]] == ["Tea", "Coffee"]


async def test_a_remote_poll_without_voters_or_end_says_null(server, as_alice):
    rita = await make_account(server, "rita", domain="b.example")
    question = {"type": "Question", "anyOf": [{"name": "Yes", "replies": {"totalItems": 2}}, {"name": "No"}]}
    post = await posts.receive(
        server, rita, received_post(server, rita, **question), mentions=[], parent=None
    )

    poll = (await as_alice.get(f"/api/v1/statuses/{post.id}")).json()["poll"]

    assert (poll["expires_at"], poll["voters_count"], poll["votes_count"]) == (None, None, 2)
    assert (poll["expired"], poll["multiple"]) == (False, True)


async def test_the_limits_of_polls_are_told(nobody):
    told = (await nobody.get("/api/v2/instance")).json()["configuration"]["polls"]

    assert told == {
        "max_options": 4,
        "max_characters_per_option": 50,
        "min_expiration": 300,
        "max_expiration": 2629746,
    }


async def test_the_end_of_a_poll_is_a_notification(server, as_alice, as_bob, clock):
    made = await asked(as_alice)
    await as_bob.post(f"/api/v1/polls/{made['poll']['id']}/votes", json={"choices": [0]})
    clock.turn(minutes=11)
    await run_due(server)

    for client in (as_alice, as_bob):
        (told,) = (await client.get("/api/v1/notifications", params={"types[]": "poll"})).json()
        assert (told["type"], told["status"]["id"]) == ("poll", made["id"])
        assert told["account"]["username"] == "alice"
