"""Pages of other servers' posts and people say that more is being looked for, and where to look again."""

from datetime import timedelta

import pytest

from fedi.actions import refreshes
from fedi.models.federation import AsyncRefresh
from tests.support.factories import make_account, make_post

pytestmark = pytest.mark.anyio


async def test_a_thread_says_that_more_is_looked_for_until_it_is_found(server, alices):
    eve = await make_account(server, "eve", domain="far.example", fetched_at=server.clock.now())
    post = await make_post(server, eve, published_at=server.clock.now() - timedelta(hours=1))
    path = f"/@eve@far.example/{post.id}"

    first = await alices.get(path)
    await refreshes.finish(server, (await AsyncRefresh.get()).id)
    second = await alices.get(path)

    assert "Looking for more replies" in first.text
    assert f'<a href="{path}">Look again</a>' in first.text
    assert "Looking for more" not in second.text


async def test_a_profile_says_so_too(server, alices):
    await make_account(server, "eve", domain="far.example", fetched_at=server.clock.now())

    assert "Looking for more posts" in (await alices.get("/@eve@far.example")).text
    assert (await AsyncRefresh.get()).name.startswith("account:")


async def test_our_own_posts_and_people_say_nothing_of_it(server, alices, bob):
    post = await make_post(server, bob, published_at=server.clock.now() - timedelta(hours=1))

    for path in (f"/@bob/{post.id}", "/@bob"):
        assert "Looking for more" not in (await alices.get(path)).text
