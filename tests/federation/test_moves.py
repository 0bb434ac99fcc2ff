"""Moves from peers, among them such as would lead followers astray (threat T45)."""

import pytest

from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from tests.support.peer import activity, post

pytestmark = pytest.mark.anyio


def move(old, new, **more):
    return activity("Move", old, old, target=new, **more)


async def targets(home) -> list[str]:
    rows = await Follow.filter(follower_id=home.alice.id).select_related("target")
    return [row.target.uri for row in rows]


async def test_a_move_is_followed(home, peer, other):
    old = peer.actor("bob")
    new = other.actor("rob", alsoKnownAs=[old])
    await home.follow(old)

    await home.take(move(old, new), signer=old)

    assert await targets(home) == [new]
    assert (await Account.get(uri=old)).moved_to_uri == new


async def test_an_alias_that_is_one_string_is_read(home, peer, other):
    old = peer.actor("bob")
    new = other.actor("rob", alsoKnownAs=old)
    await home.follow(old)

    await home.take(move(old, new), signer=old)

    assert await targets(home) == [new]


async def test_a_move_without_the_alias_changes_nothing(home, peer, other):
    old, new = peer.actor("bob"), other.actor("rob", alsoKnownAs=[f"{peer.url}/users/bobby"])
    await home.follow(old)

    await home.take(move(old, new), signer=old)

    assert await targets(home) == [old]
    assert (await Account.get(uri=old)).moved_to_uri == ""


async def test_the_alias_counts_as_it_is_now_not_as_we_remember_it(home, peer, other):
    old = peer.actor("bob")
    new = other.actor("rob", alsoKnownAs=[old])
    await home.follow(old)
    await home.follow(new)
    other.actor("rob")
    await Follow.filter(target__uri=new).delete()

    await home.take(move(old, new), signer=old)

    assert await targets(home) == [old]


async def test_a_move_to_an_account_that_moved_itself_changes_nothing(home, peer, other):
    old = peer.actor("bob")
    new = other.actor("rob", alsoKnownAs=[old], movedTo=f"{other.url}/users/further")
    await home.follow(old)

    await home.take(move(old, new), signer=old)

    assert await targets(home) == [old]


async def test_nobody_moves_another(home, peer, other):
    old, mallory = peer.actor("bob"), peer.actor("mallory")
    new = other.actor("rob", alsoKnownAs=[old, mallory])
    await home.follow(old)

    forged = await home.deliver(move(old, new), signer=mallory)
    await home.take(activity("Move", mallory, old, target=new), signer=mallory)

    assert forged.status_code == 401
    assert await targets(home) == [old]


async def test_a_second_move_within_seven_days_is_ignored(home, peer, other):
    old = peer.actor("bob")
    first, second = other.actor("rob", alsoKnownAs=[old]), other.actor("ron", alsoKnownAs=[old])
    await home.follow(old)
    await home.take(move(old, first, id_=f"{old}#1"), signer=old)
    await home.follow(old)

    await home.take(move(old, second, id_=f"{old}#2"), signer=old)
    assert sorted(await targets(home)) == sorted([old, first])

    home.clock.turn(days=8)
    await home.take(move(old, second, id_=f"{old}#3"), signer=old)
    assert sorted(await targets(home)) == sorted([first, second])


async def test_the_same_move_twice_is_one(home, peer, other):
    old = peer.actor("bob")
    new = other.actor("rob", alsoKnownAs=[old])
    await home.follow(old)

    for _ in range(3):
        await home.take(move(old, new), signer=old)

    follows = [body for _, _, body in other.received if b'"Follow"' in body]
    assert len(follows) == 1


async def test_a_move_of_somebody_unknown_costs_no_request(home, peer, other):
    old = peer.actor("bob")
    new = other.actor("rob", alsoKnownAs=[old])

    answer = await post(home.inbox, move(old, new), signer=old, now=home.clock.now())
    await home.house.drain()

    assert answer.status_code == 202
    assert other.asked.total() == 0
