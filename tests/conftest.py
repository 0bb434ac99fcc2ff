"""The people and servers that tests are about.

Everything here is real but the clock; what is slow by design is made cheap (support/costs.py).
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise.apps import Apps

from fedi.clock import TurnableClock
from fedi.config import Settings
from fedi.migrate import migrate
from fedi.models.accounts import Account
from fedi.server import Server, open_server
from tests.support.costs import (
    cheap_passwords,
    few_rsa_keys,
    one_tls_context,
    real_passwords,
    templates_compiled_once,
)
from tests.support.servers import PASSWORD, Running, make_person, running_server, settings_for


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def models_prepared_once() -> None:
    """Tortoise prepares every model anew for each server that opens: 30 ms, and the same each time."""
    prepare = Apps._build_initial_querysets

    def prepare_new_ones(self: Apps) -> None:
        if type(self) is not Apps or any(
            not model._meta.filters for app in self.apps.values() for model in app.values()
        ):
            prepare(self)

    Apps._build_initial_querysets = prepare_new_ones  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def what_is_slow_is_done_once() -> Iterator[None]:
    """To register somebody takes 0.15 s of processor time otherwise, a page as much, a client 0.06 s."""
    with few_rsa_keys(), cheap_passwords(), one_tls_context(), templates_compiled_once():
        yield


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all migrations applied, to be copied."""
    import asyncio

    file = tmp_path_factory.mktemp("migrated") / "fedi.db"
    asyncio.run(migrate(file))
    return file


@pytest.fixture
def clock() -> TurnableClock:
    """A clock that the test can turn forward."""
    return TurnableClock()


@pytest.fixture
def settings(tmp_path: Path, migrated_file: Path) -> Settings:
    """Settings of a fresh development server, its database migrated."""
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "fedi.db")
    return settings_for(tmp_path, port=8000)


@pytest.fixture
async def server(settings: Settings, clock: TurnableClock) -> AsyncIterator[Server]:
    """An open server without a face or a worker; its database is active."""
    async with open_server(settings, clock=clock) as opened:
        with opened.db.activate():
            yield opened


@pytest.fixture
async def alice(server: Server) -> Account:
    """A local person."""
    return await make_person(server, "alice")


@pytest.fixture
async def bob(server: Server) -> Account:
    """Another local person."""
    return await make_person(server, "bob")


@pytest.fixture
def password() -> str:
    """The password of every local person."""
    return PASSWORD


@pytest.fixture
def passwords_at_their_cost() -> Iterator[None]:
    """Passwords are hashed as slowly as in earnest; whoever is there already has one that was not."""
    with real_passwords():
        yield


@pytest.fixture
def fresh_folder(tmp_path: Path, migrated_file: Path) -> Path:
    """A folder with a migrated database, for a server process of its own."""
    (tmp_path / "data").mkdir(exist_ok=True)
    shutil.copy(migrated_file, tmp_path / "data" / "fedi.db")
    return tmp_path


@pytest.fixture
async def running(fresh_folder: Path) -> AsyncIterator[Running]:
    """A whole server on a loopback port, worker inside."""
    async with running_server(fresh_folder) as one:
        yield one


@pytest.fixture
async def two_servers(
    tmp_path: Path, migrated_file: Path, clock: TurnableClock
) -> AsyncIterator[tuple[Running, Running]]:
    """Two whole servers in this process, each on its own loopback port, sharing the turned clock."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        (folder / "data").mkdir(parents=True)
        shutil.copy(migrated_file, folder / "data" / "fedi.db")
    async with running_server(folders[0], clock=clock) as a, running_server(folders[1], clock=clock) as b:
        yield a, b
