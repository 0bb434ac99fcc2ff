"""Handles on one domain, the server on another: `alice@a.test`, served by `web.a.test`."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse

from fedi.actions import follows, posts
from fedi.actions.posts import Draft
from fedi.clock import TurnableClock
from fedi.config import ServerSettings
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.posts import Mention
from fedi.models.relationships import Follow
from tests.servers.conftest import Neighbours
from tests.support.houses import house, settle
from tests.support.listening import free_port, listening_socket, served
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio
SECRET = "a secret that only the tests know, long enough"


@pytest.fixture
async def split(tmp_path: Path, migrated_file: Path, clock: TurnableClock) -> AsyncIterator[Neighbours]:
    """House `a` whose handles end in another domain than the one it answers on, and house `b`."""
    for name in ("a", "b"):
        (tmp_path / name / "data").mkdir(parents=True)
        shutil.copy(migrated_file, tmp_path / name / "data" / "fedi.db")
    ports = {"a": free_port(), "b": free_port()}
    front = listening_socket()
    hosts = {
        "web.a.test": f"127.0.0.1:{ports['a']}",
        "b.test": f"127.0.0.1:{ports['b']}",
        "a.test": f"127.0.0.1:{front.getsockname()[1]}",
    }

    async def redirect(scope, receive, send):
        request = Request(scope, receive)
        target = f"http://web.a.test{request.url.path}?{request.url.query}"
        await RedirectResponse(target, status_code=301)(scope, receive, send)

    def settings(domain: str, web_domain: str = "") -> ServerSettings:
        return ServerSettings(
            domain=domain,
            web_domain=web_domain,
            development=True,
            development_hosts=hosts,
            secret=SECRET,
        )

    async with (
        served(redirect, front),
        house(tmp_path / "a", clock=clock, port=ports["a"], server=settings("a.test", "web.a.test")) as a,
        house(tmp_path / "b", clock=clock, port=ports["b"], server=settings("b.test")) as b,
    ):
        with a.server.db.activate():
            alice = await make_person(a.server, "alice")
        with b.server.db.activate():
            bob = await make_person(b.server, "bob")
        yield Neighbours(a=a, b=b, alice=alice, bob=bob)


@pytest.mark.parametrize("handle", ["alice@a.test", "alice@web.a.test"])
async def test_either_domain_finds_the_account_under_its_one_handle(split: Neighbours, handle: str):
    with split.b.server.db.activate():
        found = await resolve.account_by_handle(split.b.server, handle)

    assert (found.acct, found.uri) == ("alice@a.test", split.alice.uri)
    assert found.uri.startswith("http://web.a.test/")


async def test_an_actor_met_by_its_id_gets_its_handle_from_the_other_domain(split: Neighbours):
    with split.b.server.db.activate():
        found = await resolve.account_by_uri(split.b.server, split.alice.uri)

    assert found.acct == "alice@a.test"


async def test_follows_and_mentions_go_both_ways(split: Neighbours):
    a, b = split.a, split.b
    with b.server.db.activate():
        alice = await resolve.account_by_handle(b.server, "alice@a.test")
        await follows.request(b.server, split.bob, alice)
        text = "hello @alice@a.test"
        await posts.create(
            b.server, split.bob, Draft(text=text), mentions=await resolve.mentions(b.server, text)
        )
    await settle(a, b)

    with a.server.db.activate():
        bob = await Account.get(username_lower="bob", domain="b.test")
        assert await Follow.exists(follower_id=bob.id, target_id=split.alice.id, state="accepted")
        assert await Mention.exists(account_id=split.alice.id)
    with b.server.db.activate():
        assert await Follow.exists(follower_id=split.bob.id, state="accepted")
