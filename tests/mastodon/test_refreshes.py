"""What apps are told of searches for missing replies and older posts."""

import re
from datetime import timedelta

import pytest

from fedi.actions import refreshes
from fedi.jobs.kinds import BackfillAccount, BackfillThread
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_account, make_post

pytestmark = pytest.mark.anyio

HEADER = "mastodon-async-refresh"


async def far_root(server: Server) -> tuple[Account, Post]:
    """Have somebody of another server, and a thread that they began an hour ago."""
    eve = await make_account(server, "eve", domain="far.example")
    return eve, await make_post(server, eve, published_at=server.clock.now() - timedelta(hours=1))


async def test_a_thread_that_is_looked_for_says_so_until_it_is_done(as_alice, server):
    _, root = await far_root(server)

    answer = await as_alice.get(f"/api/v1/statuses/{root.id}/context")
    found = re.fullmatch(r'id="([0-9]+)", retry=3, result_count=0', answer.headers[HEADER])
    assert found is not None
    running = (await as_alice.get(f"/api/v1_alpha/async_refreshes/{found[1]}")).json()
    await refreshes.count(server, int(found[1]), 2)
    await refreshes.finish(server, int(found[1]))
    finished = (await as_alice.get(f"/api/v1_alpha/async_refreshes/{found[1]}")).json()

    assert running == {"async_refresh": {"id": found[1], "status": "running", "result_count": 0}}
    assert finished == {"async_refresh": {"id": found[1], "status": "finished", "result_count": 2}}
    assert HEADER not in (await as_alice.get(f"/api/v1/statuses/{root.id}/context")).headers


async def test_an_answer_in_the_thread_asks_for_the_whole_of_it(as_alice, alice, server):
    _, root = await far_root(server)
    answer = await make_post(server, alice, in_reply_to=root)

    await as_alice.get(f"/api/v1/statuses/{answer.id}/context")

    assert f'"root_id":{root.id},' in (await Job.get(kind=BackfillThread.kind())).payload


async def test_whoever_is_not_signed_in_starts_nothing(nobody, server):
    eve, root = await far_root(server)

    answer = await nobody.get(f"/api/v1/statuses/{root.id}/context")
    await nobody.get(f"/api/v1/accounts/{eve.id}/statuses")

    assert HEADER not in answer.headers
    assert not await Job.filter(kind__in=[BackfillThread.kind(), BackfillAccount.kind()]).exists()


@pytest.mark.parametrize("path", ["{id}", "{id}/statuses", "lookup?acct=eve@far.example"])
async def test_whoever_looks_at_a_profile_has_it_filled_once(as_alice, server, path):
    eve, _ = await far_root(server)

    for _ in range(2):
        assert (await as_alice.get(f"/api/v1/accounts/{path.format(id=eve.id)}")).status_code == 200

    assert await Job.filter(kind=BackfillAccount.kind()).count() == 1


async def test_a_refresh_that_never_was_is_not_found(as_alice, nobody):
    assert (await as_alice.get("/api/v1_alpha/async_refreshes/1")).status_code == 404
    assert (await as_alice.get("/api/v1_alpha/async_refreshes/x")).status_code == 404
    assert (await nobody.get("/api/v1_alpha/async_refreshes/1")).status_code == 401


async def test_the_larger_of_seen_and_claimed_counts_is_shown(nobody, server):
    eve, _ = await far_root(server)
    post = await make_post(
        server, eve, favourites_count=3, claimed_favourites=40, boosts_count=5, claimed_boosts=1
    )

    shown = (await nobody.get(f"/api/v1/statuses/{post.id}")).json()

    assert (shown["favourites_count"], shown["reblogs_count"]) == (40, 5)
