"""Accounts that move between two and three servers (FEP-7628)."""

import shutil
from collections.abc import AsyncIterator

import pytest

from fedi.actions import follows, moves
from fedi.federation import people, resolve
from fedi.models.accounts import Account
from fedi.models.relationships import Block, Follow
from tests.support.factories import make_block
from tests.support.houses import House, house, settle
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def third(tmp_path, migrated_file, clock) -> AsyncIterator[House]:
    """A third house."""
    (tmp_path / "c" / "data").mkdir(parents=True)
    shutil.copy(migrated_file, tmp_path / "c" / "data" / "fedi.db")
    async with house(tmp_path / "c", clock=clock) as opened:
        yield opened


async def known_at(at: House, name: str, of: House) -> Account:
    with at.server.db.activate():
        return await resolve.account_by_handle(at.server, f"@{name}@{of.server.uris.host}")


async def follow(at: House, follower: Account, target: Account, *houses: House) -> None:
    with at.server.db.activate():
        await follows.request(at.server, follower, target)
    await settle(*houses)


async def move(n, new: Account, at: House, *houses: House) -> None:
    """Bob moves from B to `new`, who lives `at` a house."""
    with at.server.db.activate():
        await moves.add_alias(at.server, new, n.bob.uri)
    with n.b.server.db.activate():
        target = await people.account_by_uri(n.b.server, new.uri, refresh=at is not n.b)
        await moves.move(n.b.server, n.bob, target)
    await settle(*houses)


async def followed_by(at: House, account: Account) -> list[tuple[str, str]]:
    with at.server.db.activate():
        rows = await Follow.filter(follower_id=account.id).select_related("target")
        return [(row.target.uri, row.state) for row in rows]


async def test_a_follower_goes_along_to_a_third_server(neighbours, third):
    n = neighbours
    houses = (n.a, n.b, third)
    with third.server.db.activate():
        carl = await make_person(third.server, "carl")
    await follow(n.a, n.alice, await known_at(n.a, "bob", n.b), *houses)

    await move(n, carl, third, *houses)

    assert await followed_by(n.a, n.alice) == [(carl.uri, "accepted")]
    with third.server.db.activate():
        assert (await Account.get(id=carl.id)).followers_count == 1
    with n.b.server.db.activate():
        assert not await Follow.exists(target_id=n.bob.id)


async def test_a_follower_here_goes_along_to_another_server(neighbours):
    n = neighbours
    with n.b.server.db.activate():
        beth = await make_person(n.b.server, "beth")
        await follows.request(n.b.server, beth, n.bob)

    await move(n, n.alice, n.a, n.a, n.b)

    assert await followed_by(n.b, beth) == [(n.alice.uri, "accepted")]


async def test_a_follower_elsewhere_goes_along_to_a_neighbour_on_the_same_server(neighbours):
    n = neighbours
    with n.b.server.db.activate():
        beth = await make_person(n.b.server, "beth")
    await follow(n.a, n.alice, await known_at(n.a, "bob", n.b), n.a, n.b)

    await move(n, beth, n.b, n.a, n.b)

    assert await followed_by(n.a, n.alice) == [(beth.uri, "accepted")]


async def test_a_follower_goes_along_to_an_account_of_its_own_server(neighbours):
    n = neighbours
    with n.a.server.db.activate():
        anna = await make_person(n.a.server, "anna")
    await follow(n.a, n.alice, await known_at(n.a, "bob", n.b), n.a, n.b)

    await move(n, anna, n.a, n.a, n.b)

    assert await followed_by(n.a, n.alice) == [(anna.uri, "accepted")]


async def test_a_locked_new_account_is_asked(neighbours, third):
    n = neighbours
    with third.server.db.activate():
        carl = await make_person(third.server, "carl")
        await Account.filter(id=carl.id).update(locked=True)
    await follow(n.a, n.alice, await known_at(n.a, "bob", n.b), n.a, n.b, third)

    await move(n, carl, third, n.a, n.b, third)

    assert await followed_by(n.a, n.alice) == [(carl.uri, "pending")]


async def test_who_blocks_the_old_account_blocks_the_new_one(neighbours, third):
    n = neighbours
    with third.server.db.activate():
        carl = await make_person(third.server, "carl")
    with n.a.server.db.activate():
        anna = await make_person(n.a.server, "anna")
    bob = await known_at(n.a, "bob", n.b)
    await follow(n.a, n.alice, bob, n.a, n.b)
    with n.a.server.db.activate():
        await make_block(n.a.server, anna, bob)

    await move(n, carl, third, n.a, n.b, third)

    with n.a.server.db.activate():
        assert await Block.filter(account_id=anna.id, target__uri=carl.uri).exists()


async def test_the_old_profile_says_where_it_went(neighbours):
    n = neighbours
    await follow(n.a, n.alice, await known_at(n.a, "bob", n.b), n.a, n.b)

    await move(n, n.alice, n.a, n.a, n.b)

    with n.a.server.db.activate():
        assert (await Account.get(uri=n.bob.uri)).moved_to_uri == n.alice.uri


async def test_nobody_goes_along_without_the_alias(neighbours):
    n = neighbours
    await follow(n.a, n.alice, await known_at(n.a, "bob", n.b), n.a, n.b)
    with n.b.server.db.activate():
        mallory = await make_person(n.b.server, "mallory")
        # A server that does not check: it writes the alias into its own row alone, and takes it back at once.
        await Account.filter(id=mallory.id).update(also_known_as=[n.bob.uri])
        await moves.move(n.b.server, n.bob, await Account.get(id=mallory.id))
        await Account.filter(id=mallory.id).update(also_known_as=[])

    await settle(n.a, n.b)

    assert await followed_by(n.a, n.alice) == [(n.bob.uri, "accepted")]
