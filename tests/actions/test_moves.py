from datetime import timedelta

import pytest

from fedi.actions import blocks, follows, moves, posts
from fedi.actions.posts import Draft
from fedi.errors import Forbidden, Invalid
from fedi.jobs import worker
from fedi.models.accounts import Account
from fedi.models.relationships import Block, Follow, Mute
from fedi.queries.accounts import successors
from fedi.server import Server
from fedi.worker import TABLE
from tests.support.factories import make_account, make_block, make_follow, make_mute
from tests.support.outgoing import forget_sent, sent, told

pytestmark = pytest.mark.anyio


async def alias(new: Account, *old: Account) -> Account:
    """Have an account name others as its own."""
    await Account.filter(id=new.id).update(also_known_as=[account.uri for account in old])
    return await Account.get(id=new.id)


async def fresh(account: Account) -> Account:
    return await Account.get(id=account.id)


async def run_moves(server: Server) -> None:
    """Run what a move asks for, and nothing else."""
    moving = {kind: run for kind, run in TABLE.items() if run is moves.move_followers}
    await worker.drain(server, moving)


async def test_an_alias_is_published_once_and_taken_away(server, ann, rita):
    await make_follow(server, rita, ann)

    for _ in range(2):
        await moves.add_alias(server, ann, "https://old.example/ann")
    for _ in range(2):
        await moves.remove_alias(server, ann, "https://old.example/ann")

    aliases = [each.json["object"].get("alsoKnownAs", []) for each in await sent()]
    assert aliases == [["https://old.example/ann"], []]


async def test_oneself_and_a_twenty_first_alias_are_refused(server, ann):
    with pytest.raises(Invalid):
        await moves.add_alias(server, ann, ann.uri)
    for number in range(20):
        await moves.add_alias(server, ann, f"https://old.example/{number}")

    with pytest.raises(Invalid):
        await moves.add_alias(server, ann, "https://old.example/20")


async def test_a_move_tells_followers_and_blockers_the_profile_first(server, ann, rita, rob):
    new = await alias(await make_account(server, "new", domain="n.example"), ann)
    await make_follow(server, rita, ann)
    await make_block(server, rob, ann)

    await moves.move(server, ann, new)

    update, *moved = await sent()
    assert (update.type, update.json["object"]["movedTo"]) == ("Update", new.uri)
    assert {(each.type, each.inbox) for each in moved} == {
        ("Move", rita.shared_inbox_url),
        ("Move", rob.inbox_url),
    }
    assert (moved[0].json["object"], moved[0].json["target"]) == (ann.uri, new.uri)


@pytest.mark.parametrize("wrong", ["self", "unnamed", "moved", "gone", "suspended"])
async def test_a_move_that_does_not_count_is_refused(server, ann, rita, wrong):
    new = await alias(rita, ann)
    if wrong == "self":
        new = await alias(ann, ann)
    elif wrong == "unnamed":
        new = await alias(rita)
    else:
        columns = {"moved": {"moved_to_uri": "https://c.example/x"}, "gone": {"gone_at": server.clock.now()}}
        await Account.filter(id=rita.id).update(**columns.get(wrong, {"suspended_at": server.clock.now()}))
        new = await fresh(rita)

    with pytest.raises(Invalid):
        await moves.move(server, await fresh(ann), new)

    assert (await fresh(ann)).moved_to_uri == ""


async def test_a_second_move_waits_for_seven_days(server, ann, rita, rob, clock):
    rita, rob = await alias(rita, ann), await alias(rob, ann)
    await moves.move(server, ann, rita)
    clock.turn(days=6)
    with pytest.raises(Invalid):
        await moves.move(server, ann, rob)

    clock.turn(days=2)
    await moves.move(server, ann, rob)

    assert (await fresh(ann)).moved_to_uri == rob.uri


async def test_who_has_moved_begins_nothing_until_the_move_is_taken_back(server, ann, ben, rita):
    await moves.move(server, ann, await alias(rita, ann))
    ann = await fresh(ann)
    with pytest.raises(Forbidden):
        await posts.create(server, ann, Draft(text="hello"), mentions={})
    with pytest.raises(Forbidden):
        await follows.request(server, ann, ben)
    with pytest.raises(Forbidden):
        await follows.request(server, ben, ann)

    await moves.cancel(server, ann)

    await follows.request(server, await fresh(ann), ben)


async def test_taking_a_move_back_is_told_once(server, ann, rita, rob):
    await make_follow(server, rob, ann)
    await moves.move(server, ann, await alias(rita, ann))
    await forget_sent()

    for _ in range(2):
        await moves.cancel(server, ann)

    assert ["movedTo" in each.json["object"] for each in await sent()] == [False]


async def test_followers_here_ask_the_new_account_and_keep_their_choices(server, ann, ben, rita, rob):
    await make_follow(server, ann, rita, show_boosts=False, notify=True, languages=["de"])
    await make_follow(server, ben, rita)

    await moves.receive(server, rita, await alias(rob, rita))
    await run_moves(server)

    assert not await Follow.exists(target_id=rita.id)
    follow = await Follow.get(follower_id=ann.id)
    assert (follow.target_id, follow.state) == (rob.id, "pending")
    assert (follow.show_boosts, follow.notify, follow.languages) == (False, True, ["de"])
    assert sorted((each.type, each.inbox) for each in await sent()) == [
        ("Follow", rob.inbox_url),
        ("Follow", rob.inbox_url),
        ("Undo", rita.inbox_url),
        ("Undo", rita.inbox_url),
    ]


async def test_more_followers_than_a_batch_all_go_along(server, rita, rob, monkeypatch):
    monkeypatch.setattr(moves, "_BATCH", 2)
    for number in range(5):
        await make_follow(server, await make_account(server, f"person{number}"), rita)

    await moves.receive(server, rita, await alias(rob, rita))
    await run_moves(server)

    assert await Follow.filter(target_id=rob.id).count() == 5
    assert not await Follow.exists(target_id=rita.id)


async def test_a_move_stopped_halfway_and_run_again_moves_everybody_once(server, ann, ben, rita, rob):
    await make_follow(server, ann, rita)
    await make_follow(server, ben, rita)
    await make_follow(server, ben, rob)
    await moves.receive(server, rita, await alias(rob, rita))
    work = moves._job(rita, rob, 0).work

    await moves.move_followers(server, work)
    await moves.move_followers(server, work)

    assert await Follow.all().count() == 2
    assert await Follow.filter(target_id=rob.id).count() == 2


async def test_who_cannot_follow_the_new_account_keeps_the_old(server, ann, rita, rob):
    await make_follow(server, ann, rita)
    await make_block(server, rob, ann)

    await moves.receive(server, rita, await alias(rob, rita))
    await run_moves(server)

    assert [follow.target_id for follow in await Follow.all()] == [rita.id]


async def test_blocks_and_mutes_are_carried_over_but_not_onto_whom_one_follows(
    server, ann, ben, rita, rob, clock
):
    for account in (ann, ben):
        await make_block(server, account, rita)
        ends = clock.now() + timedelta(hours=2)
        await make_mute(server, account, rita, hide_notifications=False, expires_at=ends)
    await make_follow(server, ben, rob)

    await moves.receive(server, rita, await alias(rob, rita))
    await run_moves(server)

    assert [row.account_id for row in await Block.filter(target_id=rob.id)] == [ann.id]
    mute = await Mute.get(target_id=rob.id)
    assert (mute.account_id, mute.hide_notifications) == (ann.id, False)
    assert abs(mute.expires_at - ends) < timedelta(seconds=2)
    assert await Block.filter(target_id=rita.id).count() == 2


async def test_between_two_of_ours_followers_move_without_notifications(server, ann, ben):
    carol = await make_account(server, "carol")
    await make_follow(server, carol, ann)

    await moves.move(server, ann, await alias(ben, ann))
    await run_moves(server)

    follow = await Follow.get()
    assert (follow.target_id, follow.state) == (ben.id, "accepted")
    assert await told(ben) == []


async def test_a_locked_account_of_ours_is_asked(server, ann, ben):
    carol = await make_account(server, "carol")
    await make_follow(server, carol, ann)
    await Account.filter(id=ben.id).update(locked=True)

    await moves.move(server, ann, await alias(ben, ann))
    await run_moves(server)

    assert (await Follow.get()).state == "pending"
    assert [kind for kind, _, _ in await told(ben)] == ["follow_request"]


async def test_a_move_that_was_taken_back_moves_nobody(server, ann, ben):
    carol = await make_account(server, "carol")
    await make_follow(server, carol, ann)
    await moves.move(server, ann, await alias(ben, ann))

    await moves.cancel(server, ann)
    await run_moves(server)

    assert (await Follow.get()).target_id == ann.id


async def test_only_a_successor_that_names_the_old_account_is_shown(server, rita, rob):
    await Account.filter(id=rita.id).update(moved_to_uri=rob.uri)

    assert await successors(server, [await fresh(rita)]) == {}
    await alias(rob, rita)
    found = await successors(server, [await fresh(rita), rob])

    assert {old: new.id for old, new in found.items()} == {rita.id: rob.id}


async def test_a_blocked_follower_of_both_is_left_alone(server, ann, rita, rob):
    await make_follow(server, ann, rita)
    await blocks.block(server, ann, rob)

    await moves.receive(server, rita, await alias(rob, rita))
    await run_moves(server)

    assert [follow.target_id for follow in await Follow.all()] == [rita.id]
