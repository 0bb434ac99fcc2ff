"""How two accounts stand."""

import pytest

from fedi.clock import TurnableClock
from fedi.queries import relationships
from fedi.queries.relationships import Standing
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import make_account, make_block, make_follow, make_mute

pytestmark = pytest.mark.anyio
NAMES = (
    "stranger",
    "followed",
    "asked",
    "fan",
    "asking",
    "blocked",
    "blocker",
    "muted",
    "passing",
    "expired",
)


async def test_each_standing_is_told_in_the_order_asked(
    server: Server, queries: Queries, clock: TurnableClock
) -> None:
    alice = await make_account(server, "alice")
    people = {name: await make_account(server, name, domain="b.example") for name in NAMES}
    await make_follow(server, alice, people["followed"], show_boosts=False, notify=True, languages=["de"])
    await make_follow(server, alice, people["asked"], state="pending")
    await make_follow(server, people["fan"], alice)
    await make_follow(server, people["asking"], alice, state="pending")
    await make_block(server, alice, people["blocked"])
    await make_block(server, people["blocker"], alice)
    await make_mute(server, alice, people["muted"])
    await make_mute(server, alice, people["passing"], hide_notifications=False)
    await make_mute(server, alice, people["expired"], expires_at=server.clock.now())
    clock.turn(seconds=1)

    with queries.counted() as seen:
        found = await relationships.standings(server, alice, list(people.values()))

    assert len(seen) == 1
    assert found == [
        Standing(target_id=people["stranger"].id),
        Standing(target_id=people["followed"].id, following=True, notifying=True, languages=["de"]),
        Standing(target_id=people["asked"].id, requested=True, showing_boosts=True, languages=[]),
        Standing(target_id=people["fan"].id, followed_by=True),
        Standing(target_id=people["asking"].id, requested_by=True),
        Standing(target_id=people["blocked"].id, blocking=True),
        Standing(target_id=people["blocker"].id, blocked_by=True),
        Standing(target_id=people["muted"].id, muting=True, muting_notifications=True),
        Standing(target_id=people["passing"].id, muting=True),
        Standing(target_id=people["expired"].id),
    ]


async def test_nobody_asked_about_is_nobody_told(server: Server) -> None:
    assert await relationships.standings(server, await make_account(server, "alice"), []) == []


async def test_a_block_stands_between_two_from_either_side(server: Server) -> None:
    alice, bob, carol = [await make_account(server, name) for name in ("alice", "bob", "carol")]
    await make_block(server, alice, bob)

    assert await relationships.either_blocks(alice, bob)
    assert await relationships.either_blocks(bob, alice)
    assert not await relationships.either_blocks(alice, carol)
    assert not await relationships.either_blocks(alice, alice)
