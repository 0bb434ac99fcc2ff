"""Hosts that are down, dead, up again: what waits for them, and what it costs the others."""

import asyncio
from itertools import pairwise

import orjson
import pytest
from starlette.responses import Response

from fedi.errors import GivenUp
from fedi.federation import instances
from fedi.jobs import queue, worker
from fedi.models.federation import Instance
from fedi.models.jobs import Job
from fedi.worker import TABLE
from tests.federation.test_deliver import send, states
from tests.support.peer import activity, open_peer
from tests.support.servers import eventually

pytestmark = pytest.mark.anyio


async def fail(home, host: str, times: int) -> None:
    """Have deliveries to a host fail, as probes where its breaker is open."""
    for _ in range(times):
        await instances.failed(home.server, host, probe=True)


async def dead(home, host: str) -> None:
    """Have a host fail on seven days."""
    await fail(home, host, instances.FAILURES_TO_OPEN)
    for _ in range(instances.FAILING_DAYS_TO_DIE - 1):
        home.clock.turn(days=1)
        await fail(home, host, 1)


async def test_four_failures_leave_the_breaker_closed(home):
    await fail(home, "b.example", instances.FAILURES_TO_OPEN - 1)

    assert await instances.admit(home.server, "b.example") is False


async def test_a_success_in_between_starts_the_count_anew(home):
    await fail(home, "b.example", instances.FAILURES_TO_OPEN - 1)
    await instances.succeeded(home.server, "b.example")
    await fail(home, "b.example", instances.FAILURES_TO_OPEN - 1)

    assert await instances.admit(home.server, "b.example") is False


async def test_probes_go_out_after_growing_waits(home, clock):
    await fail(home, "b.example", instances.FAILURES_TO_OPEN)
    waits = []
    for _ in range(7):
        retry_at = (await Instance.get(host="b.example")).retry_at
        waits.append(round((retry_at - clock.now()).total_seconds() / 60))
        clock.turn(minutes=waits[-1], seconds=1)
        assert await instances.admit(home.server, "b.example") is True
        await fail(home, "b.example", 1)

    assert waits == [1, 5, 15, 60, 180, 360, 360]


async def test_the_breaker_is_known_after_a_restart(home):
    await fail(home, "b.example", instances.FAILURES_TO_OPEN)
    home.server.memory.of(instances.Hosts).forget("b.example")

    with pytest.raises(instances.Postponed):
        await instances.admit(home.server, "b.example")


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


async def test_while_a_host_is_down_what_waits_for_it_is_not_touched_one_by_one(home, clock):
    async with open_peer(clock) as gone:
        await send(home, gone.actor("bob"), count=30)
    ran = await home.house.drain()

    assert ran == instances.FAILURES_TO_OPEN
    retry_at = (await Instance.get(host=gone.host)).retry_at.timestamp() * 1000
    # But for the one whose failure opened the breaker: it was running.
    assert await Job.filter(kind="Deliver", run_at__lt=int(retry_at), attempts=0).count() == 0


async def test_a_host_that_fails_on_seven_days_is_dead_until_it_speaks(home, clock):
    async with open_peer(clock) as gone:
        bob = gone.actor("bob")
        await send(home, bob, count=6)
        port = int(gone.host.rpartition(":")[2])
    for _ in range(7):
        await home.house.drain()
        clock.turn(hours=25)
    await home.house.drain()
    assert (await Instance.get(host=gone.host)).dead
    assert (await states()).keys() == {"buried"}
    deliveries = await Job.filter(kind="Deliver").count()
    await send(home, bob)
    assert await Job.filter(kind="Deliver").count() == deliveries

    async with open_peer(clock, port=port) as back:
        back.actor("bob")
        await home.take(activity("Follow", bob, home.alice.uri), signer=bob)

        assert not (await Instance.get(host=gone.host)).dead
        assert [orjson.loads(body)["type"] for _, _, body in back.received][-1] == "Accept"


async def test_failures_of_one_day_kill_nobody(home, clock):
    await fail(home, "b.example", 50)

    assert not (await Instance.get(host="b.example")).dead


async def test_a_dead_host_is_probed_after_a_week_and_lives_when_it_answers(home, peer, clock):
    bob = peer.actor("bob")
    await dead(home, peer.host)
    with pytest.raises(GivenUp):
        await instances.admit(home.server, peer.host)

    clock.turn(days=7, minutes=1)
    await send(home, bob, count=3)
    await home.house.drain()

    assert len(peer.received) == 3
    assert not (await Instance.get(host=peer.host)).dead


async def test_a_dead_host_that_fails_its_probe_is_left_alone_for_another_week(home, peer, clock):
    bob = peer.actor("bob")
    await dead(home, peer.host)
    peer.answer_with = Response(status_code=500)
    clock.turn(days=7, minutes=1)

    await send(home, bob, count=3)
    await home.house.drain()
    clock.turn(days=6)
    await send(home, bob)
    await home.house.drain()

    assert len(peer.received) == 1
    assert await states() == {"buried": 3}


async def test_what_was_given_up_goes_out_when_it_is_revived(home, peer, clock):
    bob = peer.actor("bob")
    await send(home, bob)
    await dead(home, peer.host)
    assert await states() == {"buried": 1}

    await instances.heard_from(home.server, peer.host)
    await queue.revive(home.server)
    await home.house.drain()

    assert await states() == {"done": 1}


async def test_a_host_that_speaks_is_probed_at_once(home, peer, clock):
    bob = peer.actor("bob")
    await fail(home, peer.host, instances.FAILURES_TO_OPEN + 4)
    await send(home, bob)
    await home.house.drain()
    assert peer.received == []

    await instances.heard_from(home.server, peer.host)
    await home.house.drain()

    assert len(peer.received) == 1


async def test_a_flapping_host_gets_everything_and_never_before_it_said(home, peer, clock):
    bob, times = peer.actor("bob"), []

    async def flap(scope, receive, send):
        times.append(clock.now())
        is_busy = len(times) % 2
        answer = Response(status_code=503, headers={"Retry-After": "120"}) if is_busy else Response()
        await answer(scope, receive, send)

    peer.answer_with = flap
    await send(home, bob, count=6)
    for _ in range(40):
        await home.house.drain()
        clock.turn(seconds=60)

    assert await states() == {"done": 6}
    tries: dict[str, list] = {}
    for moment, (_, _, body) in zip(times, peer.received, strict=True):
        tries.setdefault(orjson.loads(body)["id"], []).append(moment)
    assert all((b - a).total_seconds() >= 119 for first in tries.values() for a, b in pairwise(first))


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_that_jumps_makes_no_storm_and_starves_nothing(home, peer, clock, days):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=500)
    await send(home, bob, count=4)
    await home.house.drain()
    before = len(peer.received)

    clock.turn(days=days)
    await home.house.drain()
    assert len(peer.received) <= before + 4

    peer.answer_with = Response(status_code=202)
    for _ in range(8):
        clock.turn(minutes=15)
        await home.house.drain()
    assert await states() == {"done": 4}


async def test_an_open_breaker_does_not_outlive_a_clock_that_was_put_back(home, clock):
    await fail(home, "b.example", instances.FAILURES_TO_OPEN + 4)
    clock.turn(days=-1)

    assert await instances.admit(home.server, "b.example") is True


async def test_fifty_deliveries_to_a_host_that_hangs_hold_up_nobody_else(home, peer, other):
    slow, well = peer.actor("bob"), other.actor("carol")
    released, stop = asyncio.Event(), asyncio.Event()

    async def hang(scope, receive, send):
        await released.wait()
        await Response(status_code=202)(scope, receive, send)

    peer.answer_with = hang
    await send(home, slow, count=50)
    await send(home, well, count=3)
    working = asyncio.ensure_future(worker.run(home.server, TABLE, stop))

    async def well_served() -> bool:
        return len(other.received) == 3

    await eventually(well_served, seconds=8)

    # No more than four at once go to one host, and all of them are still waited for.
    assert len(peer.received) == home.server.settings.federation.deliveries_per_host
    assert await states() != {"done": 53}
    released.set()
    stop.set()
    await working
