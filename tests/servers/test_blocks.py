"""Blocks between two servers: told, lifted, or kept at home."""

import shutil

import pytest

from fedi.actions import blocks, follows
from fedi.config import FederationSettings
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.notifications import Notification
from fedi.models.relationships import Block, Follow
from tests.support.houses import House, house, settle
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


async def met(a: House, b: House, alice: Account, bob: Account) -> Account:
    """Alice follows Bob and Bob follows her; gives Bob as her server knows him."""
    with a.server.db.activate():
        bob_at_a = await resolve.account_by_handle(a.server, f"@bob@{b.server.uris.host}")
        await follows.request(a.server, alice, bob_at_a)
    with b.server.db.activate():
        alice_at_b = await resolve.account_by_handle(b.server, f"@alice@{a.server.uris.host}")
        await follows.request(b.server, bob, alice_at_b)
    await settle(a, b)
    return bob_at_a


async def test_a_block_ends_follows_there_too_and_is_lifted_there_too(neighbours):
    n = neighbours
    bob = await met(n.a, n.b, n.alice, n.bob)

    with n.a.server.db.activate():
        await blocks.block(n.a.server, n.alice, bob)
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert (await Follow.exists(), await Block.all().count()) == (False, 1)
        assert not await Notification.filter(account_id=n.bob.id).exists()

    with n.a.server.db.activate():
        await blocks.unblock(n.a.server, n.alice, bob)
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        assert not await Block.exists()


async def test_a_block_kept_at_home_ends_follows_there_and_says_no_more(
    neighbours, tmp_path, migrated_file, clock
):
    n = neighbours
    (tmp_path / "quiet" / "data").mkdir(parents=True)
    shutil.copy(migrated_file, tmp_path / "quiet" / "data" / "fedi.db")
    federation = FederationSettings(send_blocks=False)
    async with house(tmp_path / "quiet", clock=clock, federation=federation) as quiet:
        with quiet.server.db.activate():
            alice = await make_person(quiet.server, "alice")
        bob = await met(quiet, n.b, alice, n.bob)

        with quiet.server.db.activate():
            await blocks.block(quiet.server, alice, bob)
        await settle(quiet, n.b)

        with n.b.server.db.activate():
            assert (await Follow.exists(), await Block.exists()) == (False, False)
            alice_at_b = await resolve.account_by_uri(n.b.server, alice.uri)
            await follows.request(n.b.server, n.bob, alice_at_b)
        await settle(quiet, n.b)

        with n.b.server.db.activate():
            assert not await Follow.exists()
