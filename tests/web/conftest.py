"""A site to visit, and somebody who lives there."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from fedi.actions import accounts
from fedi.clock import TurnableClock
from fedi.config import JobSettings, Settings
from fedi.models.accounts import Account
from fedi.server import open_server
from tests.support.servers import make_person, settings_for
from tests.support.visitors import Site, Visitor, open_site


@pytest.fixture(scope="session")
def migrated_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with alice and bob in it: making their keys takes longer than most tests."""
    folder = tmp_path_factory.mktemp("inhabited")
    (folder / "data").mkdir()
    shutil.copy(migrated_file, folder / "data" / "fedi.db")
    asyncio.run(_inhabit(settings_for(folder, port=8000)))
    return folder / "data" / "fedi.db"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a server whose jobs nobody runs."""
    return msgspec.structs.replace(settings, jobs=JobSettings(embedded=False))


@pytest.fixture
async def site(settings: Settings, clock: TurnableClock) -> AsyncIterator[Site]:
    """An application in this process; its database is active."""
    async with open_site(settings, clock) as opened:
        yield opened


@pytest.fixture
def server(site: Site):
    """The site's server, in place of one of its own."""
    return site.server


@pytest.fixture
async def alice(site: Site) -> Account:
    """Somebody who lives there."""
    return await Account.get(username="alice")


@pytest.fixture
async def bob(site: Site) -> Account:
    """Somebody else who lives there."""
    return await Account.get(username="bob")


@pytest.fixture
async def alices(site: Site, alice: Account) -> Visitor:
    """Her browser, signed in."""
    return await site.signed_in("alice")


@pytest.fixture
def stranger(site: Site) -> Visitor:
    """Somebody's browser, not signed in."""
    return site.visitor()


@pytest.fixture
def styles_folder(settings: Settings) -> Path:
    """Where the owner's styles lie."""
    return settings.path(settings.studio.folder)


async def _inhabit(settings: Settings) -> None:
    async with open_server(settings) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            for name in ("alice", "bob"):
                await make_person(server, name)
