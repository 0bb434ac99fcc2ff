"""Counts of what is on the server."""

import pytest

from fedi.clock import TurnableClock
from fedi.models.users import User
from fedi.queries.stats import Stats, stats
from fedi.server import Server
from tests.support.factories import make_account, make_boost, make_post

pytestmark = pytest.mark.anyio


async def test_people_posts_and_hosts_are_counted(server: Server, clock: TurnableClock) -> None:
    start = server.clock.now()
    clock.turn(days=200)
    now = server.clock.now()
    for name, seen_at, columns in [
        ("today", now, {}),
        ("spring", now.replace(year=now.year - 1), {}),
        ("never", None, {}),
        ("suspended", now, {"suspended_at": start}),
    ]:
        account = await make_account(server, name, **columns)
        await User.create(id=server.new_id(), account=account, created_at=start, last_active_at=seen_at)
    clock.turn(days=40)
    today = await make_account(server, "poster")
    bob = await make_account(server, "bob", domain="b.example")
    await make_account(server, "rob", domain="b.example")
    post = await make_post(server, today)
    await make_boost(server, today, post)
    await make_post(server, bob)

    assert await stats(server) == Stats(users=3, active_month=0, active_half_year=1, posts=1, domains=1)
