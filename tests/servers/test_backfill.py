"""A conversation on three servers, opened on one of them, becomes whole; so does a profile."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fedi.actions import pins, posts
from fedi.actions.posts import Draft
from fedi.clock import TurnableClock
from fedi.federation import backfill, profiles, resolve
from fedi.federation.threads import post_by_uri
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import threads, timelines
from fedi.queries.paging import Page
from tests.servers.conftest import Neighbours
from tests.support.houses import House, house, settle
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def third(tmp_path: Path, migrated_file: Path, clock: TurnableClock) -> AsyncIterator[House]:
    """A third house."""
    (tmp_path / "c" / "data").mkdir(parents=True)
    shutil.copy(migrated_file, tmp_path / "c" / "data" / "fedi.db")
    async with house(tmp_path / "c", clock=clock) as opened:
        yield opened


async def write(at: House, author: Account, text: str, answers: str | None = None) -> Post:
    """Post in a house, in answer to a post that may have to be fetched."""
    with at.server.db.activate():
        parent = await post_by_uri(at.server, answers) if answers else None
        mentions = await resolve.mentions(at.server, text)
        return await posts.create(at.server, author, Draft(text=text, in_reply_to=parent), mentions=mentions)


async def test_a_thread_on_three_servers_is_whole_after_one_view(
    neighbours: Neighbours, third: House, clock: TurnableClock
) -> None:
    n = neighbours
    with third.server.db.activate():
        carol, erin = await make_person(third.server, "carol"), await make_person(third.server, "erin")
    root = await write(n.b, n.bob, "Who draws foxes?")
    answer = await write(third, carol, f"@bob@{n.b.server.uris.host} I do.", root.uri)
    await settle(n.a, n.b, third)
    back = await write(n.b, n.bob, f"@carol@{third.server.uris.host} Show me!", answer.uri)
    # Nobody but their own server knows of this one.
    aside = await write(third, erin, "@carol Do!", answer.uri)
    await settle(n.a, n.b, third)
    clock.turn(minutes=10)

    with n.a.server.db.activate():
        seen = await post_by_uri(n.a.server, root.uri)
        assert await backfill.ask(n.a.server, n.alice, seen) is not None
    await settle(n.a, n.b, third)

    with n.a.server.db.activate():
        below = await threads.descendants(n.a.server, await Post.get(id=seen.id), n.alice)
    assert {each.post.uri for each in below} == {answer.uri, back.uri, aside.uri}


async def test_a_profile_is_filled_after_one_view(neighbours: Neighbours, clock: TurnableClock) -> None:
    n, written = neighbours, []
    for number in range(3):
        written.append(await write(n.b, n.bob, f"Fox number {number}"))
        clock.turn(seconds=2)
    with n.b.server.db.activate():
        await pins.pin(n.b.server, n.bob, written[0])

    with n.a.server.db.activate():
        bob = await resolve.account_by_handle(n.a.server, f"@bob@{n.b.server.uris.host}")
        assert await profiles.ask(n.a.server, n.alice, bob) is not None
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        bob = await Account.get(id=bob.id)
        shown = await timelines.of_account(n.a.server, bob, n.alice, Page(20))
        pinned = await timelines.of_account(n.a.server, bob, n.alice, Page(20), pinned=True)
    assert [each.post.uri for each in shown] == [post.uri for post in reversed(written)]
    assert [each.post.uri for each in pinned] == [written[0].uri]
    assert bob.posts_count == 3
