"""Inboxes that refuse: what is tried again, whom we ask, and where an inbox has moved to."""

import pytest
from starlette.responses import Response

from fedi.models.accounts import Account
from fedi.models.jobs import Job
from tests.federation.test_deliver import send, states

pytestmark = pytest.mark.anyio


class Inboxes:
    """Answers 202 at some paths and a status at all others."""

    def __init__(self, status: int, *well: str) -> None:
        self.status, self.well = status, well

    async def __call__(self, scope, receive, send):
        status = 202 if scope["path"] in self.well else self.status
        await Response(status_code=status)(scope, receive, send)


def posts(peer) -> list[str]:
    return [path for path, _, _ in peer.received]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 401, 403])
async def test_what_may_pass_is_tried_three_times_and_the_actor_asked_once(home, peer, clock, status):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=status, headers={"Location": f"{peer.url}/elsewhere"})
    await send(home, bob)
    asked = peer.asked["/users/bob"]

    for _ in range(6):
        await home.house.drain()
        clock.turn(hours=1, minutes=1)

    job = await Job.get(kind="Deliver")
    assert (job.state, job.refusals, job.error) == ("done", 3, f"{peer.host} answered {status}.")
    assert len({headers["signature"] for _, headers, _ in peer.received}) == len(peer.received)
    # Some are asked twice at once: by another signature scheme, inside one try (reference 4.5).
    assert len(peer.received) in {3, 4}
    assert peer.asked["/users/bob"] == asked + 1


async def test_the_tries_are_counted_across_a_restart(home, peer, clock):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=302)
    await send(home, bob)

    for _ in range(4):
        await home.house.drain()
        home.server.memory.__init__()
        clock.turn(hours=1, minutes=1)

    assert (len(peer.received), await states()) == (3, {"done": 1})


async def test_a_403_that_passes_is_delivered(home, peer, clock):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=403)
    await send(home, bob)
    await home.house.drain()

    peer.answer_with = Response(status_code=202)
    clock.turn(minutes=6)
    await home.house.drain()

    assert [(job.state, job.error) for job in await Job.filter(kind="Deliver")] == [("done", "")]


async def test_a_404_is_final_when_the_actor_says_the_same_as_before(home, peer):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=404)
    await send(home, bob)
    asked = peer.asked["/users/bob"]

    await home.house.drain()

    assert (len(peer.received), peer.asked["/users/bob"]) == (1, asked + 1)
    assert await states() == {"done": 1}


@pytest.mark.parametrize("status", [404, 301, 401])
async def test_an_activity_follows_an_inbox_that_has_moved(home, peer, status):
    bob = peer.actor("bob")
    await send(home, bob)
    peer.documents["/users/bob"] |= {"inbox": f"{peer.url}/new/bob"}
    peer.answer_with = Inboxes(status, "/new/bob")

    await home.house.drain()

    assert posts(peer)[-1] == "/new/bob"
    old, new = await Job.filter(kind="Deliver").order_by("id")
    assert (old.state, new.state, new.error) == ("done", "done", "")
    assert old.error == f"{peer.host} answered {status}. The inbox is at {peer.url}/new/bob now."


async def test_all_that_waits_follows_an_inbox_that_has_moved(home, peer, clock):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=500)
    await send(home, bob, count=3)
    await home.house.drain()
    peer.received.clear()
    peer.documents["/users/bob"] |= {"inbox": f"{peer.url}/new/bob"}
    peer.answer_with = Inboxes(404, "/new/bob")

    clock.turn(minutes=2)
    await home.house.drain()

    assert posts(peer).count("/new/bob") == 3
    assert posts(peer).count("/users/bob/inbox") == 1


async def test_an_actor_of_another_origin_does_not_say_where_an_inbox_has_moved(home, peer, other):
    bob, eve = peer.actor("bob"), other.actor("eve")
    await send(home, bob)
    await send(home, eve)
    await Account.filter(uri=bob).delete()
    await Account.filter(uri=eve).update(inbox_url=f"{bob}/inbox")
    peer.answer_with = Response(status_code=404)

    await home.house.drain()

    assert [path for path in posts(other) if path != "/users/eve/inbox"] == []
    assert other.asked["/users/eve"] == 1


async def test_a_404_is_tried_again_while_the_actor_cannot_be_asked(home, peer, clock):
    bob = peer.actor("bob")
    await send(home, bob)
    document = peer.documents["/users/bob"]
    peer.documents["/users/bob"] = Response(status_code=503)
    peer.answer_with = Inboxes(404, "/new/bob")
    await home.house.drain()
    assert await states() == {"ready": 1}

    peer.documents["/users/bob"] = document | {"inbox": f"{peer.url}/new/bob"}
    clock.turn(minutes=10)
    await home.house.drain()

    assert posts(peer)[-1] == "/new/bob"


async def test_a_404_of_a_whole_host_deletes_nobody(home, peer, clock):
    bob = peer.actor("bob")
    await send(home, bob)
    peer.documents["/users/bob"] = Response("<html>parked", status_code=404, media_type="text/html")
    peer.answer_with = Response(status_code=404)

    for _ in range(3):
        await home.house.drain()
        clock.turn(hours=2)

    assert (await Account.get(uri=bob)).gone_at is None
    assert await states() == {"done": 1}


async def test_a_410_is_final_and_an_actor_that_is_gone_twice_is_marked_so(home, peer, clock):
    bob = peer.actor("bob")
    await send(home, bob)
    peer.documents["/users/bob"] = Response(status_code=410)
    peer.answer_with = Response(status_code=410)

    await home.house.drain()
    assert (await states(), len(peer.received)) == ({"done": 1}, 1)
    assert (await Account.get(uri=bob)).gone_at is None
    clock.turn(hours=2)
    await home.house.drain()

    assert (await Account.get(uri=bob)).gone_at is not None


async def test_a_410_of_an_inbox_alone_leaves_its_actor(home, peer, clock):
    bob = peer.actor("bob")
    await send(home, bob)
    peer.answer_with = Response(status_code=410)

    for _ in range(2):
        await home.house.drain()
        clock.turn(hours=2)

    assert (await Account.get(uri=bob)).gone_at is None
