"""A house where Alice lives, and a peer that may do anything."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from fedi.actions import accounts
from fedi.clock import TurnableClock
from fedi.config import FederationSettings
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.security.keys import KeyPair
from fedi.server import Server
from tests.support import peer as peers
from tests.support.houses import House, house
from tests.support.peer import Json, Peer, open_peer


@dataclass
class Home:
    """Alice's server, its database active, and what a test asks of it."""

    house: House
    alice: Account
    clock: TurnableClock

    @property
    def server(self) -> Server:
        """The open server."""
        return self.house.server

    @property
    def inbox(self) -> str:
        """The shared inbox."""
        return f"{self.house.url}/ap/inbox"

    async def deliver(
        self, document: Json | bytes, *, signer: str, pair: KeyPair | None = None, **headers: str
    ) -> httpx.Response:
        """Deliver an activity, signed."""
        return await peers.post(
            self.inbox, document, signer=signer, now=self.clock.now(), pair=pair, **headers
        )

    async def take(self, document: Json, *, signer: str) -> None:
        """Deliver an activity, which must be accepted, and run the jobs."""
        answer = await self.deliver(document, signer=signer)
        assert answer.status_code == 202, answer.text
        await self.house.drain()

    async def follow(self, uri: str) -> Account:
        """Have Alice follow a remote actor, at once."""
        from fedi.federation import resolve

        target = await resolve.account_by_uri(self.server, uri)
        await Follow.create(
            id=self.server.new_id(),
            follower_id=self.alice.id,
            target_id=target.id,
            uri=f"{self.alice.uri}#follows/{target.id}",
            state="accepted",
            created_at=self.clock.now(),
        )
        return target


@pytest.fixture
def federation() -> FederationSettings:
    """The settings of federation; a module or a class overrides this fixture to try others."""
    return FederationSettings()


@pytest.fixture
async def home(
    tmp_path: Path, migrated_file: Path, clock: TurnableClock, federation: FederationSettings
) -> AsyncIterator[Home]:
    """Alice's server; its database is active."""
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "fedi.db")
    async with house(tmp_path, clock=clock, federation=federation) as opened:
        with opened.server.db.activate():
            alice = await accounts.create_local(opened.server, "alice", keys=peers.key_pair(9))
            yield Home(house=opened, alice=alice, clock=clock)


@pytest.fixture
async def peer(clock: TurnableClock) -> AsyncIterator[Peer]:
    """A peer."""
    async with open_peer(clock) as opened:
        yield opened


@pytest.fixture
async def other(clock: TurnableClock) -> AsyncIterator[Peer]:
    """Another peer."""
    async with open_peer(clock) as opened:
        yield opened
