"""Two servers that know nothing of each other yet, and who lives there."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedi.clock import TurnableClock
from fedi.models.accounts import Account
from tests.support.houses import House, house
from tests.support.servers import make_person


@dataclass
class Neighbours:
    """House `a` with Alice, house `b` with Bob."""

    a: House
    b: House
    alice: Account
    bob: Account


@pytest.fixture
async def neighbours(tmp_path: Path, migrated_file: Path, clock: TurnableClock) -> AsyncIterator[Neighbours]:
    """Two houses in one process, sharing the turned clock."""
    for name in ("a", "b"):
        (tmp_path / name / "data").mkdir(parents=True)
        shutil.copy(migrated_file, tmp_path / name / "data" / "fedi.db")
    async with house(tmp_path / "a", clock=clock) as a, house(tmp_path / "b", clock=clock) as b:
        with a.server.db.activate():
            alice = await make_person(a.server, "alice")
        with b.server.db.activate():
            bob = await make_person(b.server, "bob")
        yield Neighbours(a=a, b=b, alice=alice, bob=bob)
