"""A whole server over HTTP, a second one that federates with it, and strangers' clients for their people."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from fedi.models.accounts import Account
from tests.c2s.client import Client, open_client
from tests.support.servers import Running, running_server, token_for


@dataclass
class Stage:
    """A server with alice and bob on it, and their clients."""

    site: Running
    alice: Account
    bob: Account
    client: Client
    bobs: Client
    stack: AsyncExitStack

    async def client_of(self, account: Account, scopes: str = "activitypub") -> Client:
        """A client with a token of somebody here."""
        with self.site.server.db.activate():
            token = await token_for(self.site.server, account, scopes)
        return await self.stack.enter_async_context(open_client(account.uri, token))

    def in_an_hour(self) -> str:
        """A time, as it is written on the wire."""
        return (self.site.server.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def stranger(self) -> Client:
        """A client without a token."""
        return await self.stack.enter_async_context(open_client(self.alice.uri))


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> AsyncIterator[Stage]:
    """One server for all tests of a module: starting one costs more than most of them."""
    folder = tmp_path_factory.mktemp("c2s")
    (folder / "data").mkdir()
    shutil.copy(migrated_file, folder / "data" / "fedi.db")
    async with running_server(folder) as site, AsyncExitStack() as stack:
        alice, bob = await site.person("alice"), await site.person("bob")
        with site.server.db.activate():
            tokens = [await token_for(site.server, each, "activitypub") for each in (alice, bob)]
        client = await stack.enter_async_context(open_client(alice.uri, tokens[0]))
        bobs = await stack.enter_async_context(open_client(bob.uri, tokens[1]))
        yield Stage(site=site, alice=alice, bob=bob, client=client, bobs=bobs, stack=stack)
