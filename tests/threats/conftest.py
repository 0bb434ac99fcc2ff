"""The server under test with Alice and Bob, and the evil peer that it can reach."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from fedi.actions import accounts
from fedi.clock import TurnableClock
from fedi.config import FederationSettings, ServerSettings
from fedi.models.accounts import Account
from fedi.server import open_server
from tests.support.listening import listening_socket, served
from tests.support.servers import ALL_SCOPES, make_person, running_server, settings_for, token_for
from tests.support.visitors import Site, open_site
from tests.threats.evil import Evil, S, Target

PEOPLE = ("alice", "bob")


@pytest.fixture
async def evil(clock: TurnableClock) -> AsyncIterator[Evil]:
    """The evil peer."""
    listener = listening_socket()
    peer = Evil(clock=clock, port=listener.getsockname()[1])
    async with served(peer.app, listener):
        yield peer


@pytest.fixture
def federation() -> FederationSettings:
    """The settings of federation; a module overrides this fixture to try others."""
    return FederationSettings()


def server_settings(**more: dict[str, str]) -> ServerSettings:
    """Settings of the server under test."""
    return ServerSettings(
        domain=S, development=True, secret="a secret that only the tests know, long enough", **more
    )


@pytest.fixture(scope="session")
def peopled_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which Alice and Bob have registered: keys and passwords take their time to make."""
    folder = tmp_path_factory.mktemp("peopled")
    (folder / "data").mkdir()
    shutil.copy(migrated_file, folder / "data" / "fedi.db")

    async def people() -> None:
        async with open_server(settings_for(folder, port=80, server=server_settings())) as server:
            with server.db.activate():
                await accounts.ensure_instance_actor(server)
                for name in PEOPLE:
                    await make_person(server, name)

    asyncio.run(people())
    return folder / "data" / "fedi.db"


@pytest.fixture
async def s(
    tmp_path: Path,
    peopled_file: Path,
    clock: TurnableClock,
    evil: Evil,
    federation: FederationSettings,
) -> AsyncIterator[Target]:
    """The server under test, worker included."""
    (tmp_path / "data").mkdir()
    shutil.copy(peopled_file, tmp_path / "data" / "fedi.db")
    where = f"127.0.0.1:{evil.port}"
    server = server_settings(development_hosts={"*.test": where, "*.e.test": where})
    async with running_server(tmp_path, clock=clock, server=server, federation=federation) as running:
        target = Target(running=running, clock=clock)
        with running.server.db.activate():
            for name in PEOPLE:
                target.accounts[name] = await Account.get(username_lower=name, domain="")
        yield target


@pytest.fixture
async def site(tmp_path: Path, peopled_file: Path, clock: TurnableClock) -> AsyncIterator[Site]:
    """The same server and people without a socket and a worker: for what its own people's programs try."""
    (tmp_path / "data").mkdir()
    shutil.copy(peopled_file, tmp_path / "data" / "fedi.db")
    settings = settings_for(tmp_path, port=80, server=server_settings(), embedded=False)
    async with open_site(settings, clock) as opened:
        yield opened


@asynccontextmanager
async def api(site: Site, name: str = "", scopes: str = ALL_SCOPES) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the API, with a token of somebody's if one is named."""
    headers = {}
    if name:
        account = await Account.get(username=name, domain="")
        headers["Authorization"] = f"Bearer {await token_for(site.server, account, scopes)}"
    transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=site.url, headers=headers) as client:
        yield client
