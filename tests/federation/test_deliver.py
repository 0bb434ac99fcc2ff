"""Deliveries: what is sent, how answers are taken, and hosts that are down, then up."""

from datetime import UTC, datetime

import orjson
import pytest
from starlette.responses import Response

from fedi.actions import publish
from fedi.activitypub.activities import Like
from fedi.activitypub.signatures import cavage
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import Uri
from fedi.federation import resolve
from fedi.models.federation import Instance
from fedi.models.jobs import Job
from fedi.security.keys import load_public
from tests.support.peer import activity, open_peer

pytestmark = pytest.mark.anyio


async def send(home, uri: str, *, count: int = 1) -> None:
    """Publish Likes to the inbox of an actor."""
    target = await resolve.account_by_uri(home.server, uri)
    for _ in range(count):
        like = Like(id=home.server.uris.new_activity(), actor=Uri(home.alice.uri), object=Uri(uri))
        async with home.server.db.transaction():
            await publish.activity(home.server, home.alice, like, accounts=[target], personal=True)


async def states() -> dict[str, int]:
    """Count the deliveries by state."""
    found: dict[str, int] = {}
    for job in await Job.filter(kind="Deliver"):
        found[job.state] = found.get(job.state, 0) + 1
    return found


async def test_a_delivery_is_signed_over_the_exact_bytes(home, peer):
    bob = peer.actor("bob")
    await send(home, bob)

    await home.house.drain()

    path, headers, body = peer.received[0]
    message = SignedMessage.of("POST", path, headers.items(), body)
    signature = cavage.parse(message)
    cavage.check(message, signature, load_public(home.alice.public_key_pem), now=datetime.now(UTC))
    assert signature.key_id == home.alice.key_id
    assert set(signature.headers) == {"(request-target)", "host", "date", "digest", "content-type"}
    assert orjson.loads(body)["object"] == bob
    assert headers["user-agent"].startswith("fedi/")
    assert await states() == {"done": 1}


@pytest.mark.parametrize("status", [400, 404, 405, 410, 413, 422, 501])
async def test_a_final_no_ends_the_delivery(home, peer, status):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=status)
    await send(home, bob)

    await home.house.drain()

    assert await states() == {"done": 1}
    assert len(peer.received) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_a_passing_no_is_tried_again_with_a_fresh_signature(home, peer, clock, status):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=status)
    await send(home, bob)
    await home.house.drain()
    assert await states() == {"ready": 1}

    peer.answer_with = Response(status_code=202)
    clock.turn(minutes=2)
    await home.house.drain()

    assert await states() == {"done": 1}
    assert peer.received[0][1]["signature"] != peer.received[1][1]["signature"]
    assert peer.received[0][2] == peer.received[1][2]


async def test_retry_after_is_honoured_up_to_six_hours(home, peer, clock):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=429, headers={"Retry-After": "999999999"})
    await send(home, bob)
    await home.house.drain()

    clock.turn(hours=5, minutes=59)
    await home.house.drain()
    assert len(peer.received) == 1

    clock.turn(minutes=2)
    await home.house.drain()
    assert len(peer.received) == 2


@pytest.mark.parametrize("status", [302, 401, 403])
async def test_what_may_be_final_is_tried_three_times(home, peer, clock, status):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=status, headers={"Location": f"{peer.url}/elsewhere"})
    await send(home, bob)

    for _ in range(6):
        await home.house.drain()
        clock.turn(hours=1)

    assert len(peer.received) == 3
    assert await states() == {"done": 1}


async def test_a_host_that_is_down_is_probed_and_gets_everything_once_it_is_up(home, clock):
    async with open_peer(clock) as gone:
        bob = gone.actor("bob")
        await send(home, bob, count=8)
        port = int(gone.host.rpartition(":")[2])
    await home.house.drain()

    down = await Instance.get(host=gone.host)
    assert (down.failures, down.dead) == (5, False)
    untouched = await Job.filter(kind="Deliver", attempts=0).count()
    assert untouched == 3

    clock.turn(minutes=2)
    await home.house.drain()
    assert (await Instance.get(host=gone.host)).failures == 6

    async with open_peer(clock, port=port) as back:
        clock.turn(hours=7)
        await home.house.drain()
        clock.turn(hours=1)
        await home.house.drain()

        assert await states() == {"done": 8}
        assert len({orjson.loads(body)["id"] for _, _, body in back.received}) == 8
    assert (await Instance.get(host=gone.host)).failures == 0


async def test_a_host_that_fails_on_seven_days_is_dead_until_it_speaks(home, clock):
    async with open_peer(clock) as gone:
        bob = gone.actor("bob")
        await send(home, bob, count=6)
        port = int(gone.host.rpartition(":")[2])
    for _ in range(8):
        await home.house.drain()
        clock.turn(hours=25)
    assert (await Instance.get(host=gone.host)).dead
    deliveries = await Job.filter(kind="Deliver").count()
    await send(home, bob)
    assert await Job.filter(kind="Deliver").count() == deliveries

    async with open_peer(clock, port=port) as back:
        back.actor("bob")
        await home.take(activity("Follow", bob, home.alice.uri), signer=bob)

        assert not (await Instance.get(host=gone.host)).dead
        assert [orjson.loads(body)["type"] for _, _, body in back.received][-1] == "Accept"


async def test_an_inbox_that_answers_at_length_is_not_read_to_the_end(home, peer):
    bob = peer.actor("bob")
    peer.answer_with = Response(b"x" * 5_000_000, status_code=202)
    await send(home, bob)

    await home.house.drain()

    assert await states() == {"done": 1}
