"""The server under test with Alice and Bob, and the evil peer that it can reach."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fedi.clock import TurnableClock
from fedi.config import FederationSettings, ServerSettings
from tests.support.houses import listening_socket, served
from tests.support.servers import running_server
from tests.threats.evil import Evil, S, Target


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


@pytest.fixture
async def s(
    tmp_path: Path,
    migrated_file: Path,
    clock: TurnableClock,
    evil: Evil,
    federation: FederationSettings,
) -> AsyncIterator[Target]:
    """The server under test, worker included."""
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "fedi.db")
    where = f"127.0.0.1:{evil.port}"
    server = ServerSettings(
        domain=S,
        development=True,
        development_hosts={"*.test": where, "*.e.test": where},
        secret="a secret that only the tests know, long enough",
    )
    async with running_server(tmp_path, clock=clock, server=server, federation=federation) as running:
        target = Target(running=running, clock=clock)
        for name in ("alice", "bob"):
            target.accounts[name] = await running.person(name)
        yield target
        await asyncio.sleep(0)
