"""Follows: every state and who may change it, either side ours or theirs."""

import pytest

from fedi.actions import accounts, blocks, deletes, follows
from fedi.errors import Conflict, Forbidden, Gone, NotFound
from fedi.models.accounts import Account
from fedi.models.moderation import DomainRule
from fedi.models.relationships import Follow
from fedi.server import Server
from tests.support.outgoing import forget_sent, sent, told

pytestmark = pytest.mark.anyio

AS2 = "https://www.w3.org/ns/activitystreams"


async def counts(follower: Account, target: Account) -> tuple[int, int]:
    return (
        (await Account.get(id=follower.id)).following_count,
        (await Account.get(id=target.id)).followers_count,
    )


# One of ours asks one of theirs


async def test_a_follow_of_a_remote_account_waits_for_its_accept(server: Server, ann: Account, rita: Account):
    follow = await follows.request(server, ann, rita)

    (delivery,) = await sent()
    assert follow.state == "pending"
    assert (delivery.inbox, delivery.job.priority) == (rita.inbox_url, 1)
    assert delivery.json == {
        "@context": AS2,
        "id": f"{server.uris.base_url}/ap/a/{follow.id}",
        "type": "Follow",
        "actor": ann.uri,
        "object": rita.uri,
    }
    assert await counts(ann, rita) == (0, 0)

    await follows.accept(server, follow)
    await follows.accept(server, follow)
    assert (await Follow.get(id=follow.id)).state == "accepted"
    assert await counts(ann, rita) == (1, 1)
    assert len(await sent()) == 1


async def test_a_second_request_changes_the_choices_alone(server: Server, ann: Account, rita: Account):
    first = await follows.request(server, ann, rita)

    await follows.request(server, ann, rita, show_boosts=False, notify=True, languages=["en"])

    row = await Follow.get()
    assert (row.id, row.show_boosts, row.notify, row.languages) == (first.id, False, True, ["en"])
    assert len(await sent()) == 1


async def test_an_unfollow_undoes_the_follow_by_its_id(server: Server, ann: Account, rita: Account):
    follow = await follows.request(server, ann, rita)
    await follows.accept(server, follow)

    await follows.unfollow(server, ann, rita)
    await follows.unfollow(server, ann, rita)

    sent_follow, undo = await sent()
    assert undo.json == {
        "@context": AS2,
        "id": f"{follow.uri}#undo",
        "type": "Undo",
        "actor": ann.uri,
        "object": {name: value for name, value in sent_follow.json.items() if name != "@context"},
    }
    assert undo.job.order_key == sent_follow.job.order_key
    assert not await Follow.exists()
    assert await counts(ann, rita) == (0, 0)


async def test_following_again_has_a_new_id(server: Server, ann: Account, rita: Account):
    first = await follows.request(server, ann, rita)
    await follows.unfollow(server, ann, rita)

    assert (await follows.request(server, ann, rita)).uri != first.uri


async def test_a_peers_reject_ends_a_follow_without_an_answer(server: Server, ann: Account, rita: Account):
    follow = await follows.request(server, ann, rita)
    await follows.accept(server, follow)
    await forget_sent()

    await follows.reject(server, follow)
    await follows.reject(server, follow)

    assert not await Follow.exists()
    assert await counts(ann, rita) == (0, 0)
    assert await sent() == []


# One of theirs asks one of ours


async def test_a_remote_follow_is_let_in_and_accepted_with_its_own_id(
    server: Server, ann: Account, rita: Account
):
    await follows.request(server, rita, ann, uri="https://b.example/f/1")

    (delivery,) = await sent()
    assert delivery.inbox == rita.inbox_url
    json = dict(delivery.json)
    assert json.pop("id").startswith(f"{server.uris.base_url}/ap/a/")
    assert json == {
        "@context": AS2,
        "type": "Accept",
        "actor": ann.uri,
        "object": {"id": "https://b.example/f/1", "type": "Follow", "actor": rita.uri, "object": ann.uri},
    }
    assert await counts(rita, ann) == (1, 1)
    assert await told(ann) == [("follow", rita.id, None)]


async def test_a_repeated_follow_is_accepted_again_under_its_new_id(
    server: Server, ann: Account, rita: Account
):
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    await follows.request(server, rita, ann, uri="https://b.example/f/2")

    first, second = await sent()
    assert first.json["id"] != second.json["id"]
    assert second.json["object"]["id"] == "https://b.example/f/2"
    assert (await Follow.get()).uri == "https://b.example/f/2"
    assert await counts(rita, ann) == (1, 1)
    assert len(await told(ann)) == 1


async def test_a_locked_account_is_asked_and_may_say_yes(server: Server, ann: Account, rita: Account):
    ann.locked = True

    follow = await follows.request(server, rita, ann, uri="https://b.example/f/1")
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    assert (await sent(), await told(ann)) == ([], [("follow_request", rita.id, None)])

    await follows.accept(server, follow)
    assert [delivery.type for delivery in await sent()] == ["Accept"]
    assert await told(ann) == [("follow", rita.id, None)]
    assert await counts(rita, ann) == (1, 1)


async def test_a_locked_account_may_say_no(server: Server, ann: Account, rita: Account):
    ann.locked = True
    await follows.request(server, rita, ann, uri="https://b.example/f/1")

    await follows.remove_follower(server, ann, rita)
    await follows.remove_follower(server, ann, rita)

    (delivery,) = await sent()
    assert (delivery.type, delivery.inbox) == ("Reject", rita.inbox_url)
    assert delivery.json["object"]["id"] == "https://b.example/f/1"
    assert await told(ann) == []
    assert await counts(rita, ann) == (0, 0)


async def test_the_silenced_are_let_in_by_hand_only(server: Server, ann: Account, ben: Account):
    ben.silenced_at = server.clock.now()

    assert (await follows.request(server, ben, ann)).state == "pending"


async def test_removing_a_follower_rejects_and_uncounts(server: Server, ann: Account, rita: Account):
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    await forget_sent()

    await follows.remove_follower(server, ann, rita)

    assert [delivery.type for delivery in await sent()] == ["Reject"]
    assert await counts(rita, ann) == (0, 0)


async def test_a_peers_undo_is_not_answered(server: Server, ann: Account, rita: Account):
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    await forget_sent()

    await follows.unfollow(server, rita, ann)

    assert await sent() == []
    assert await told(ann) == []
    assert await counts(rita, ann) == (0, 0)


async def test_a_follow_that_was_undone_first_or_has_anothers_id_is_refused(
    server: Server, clock, ann: Account, ben: Account, rita: Account, rob: Account
):
    await deletes.remember_deleted(server, "https://b.example/f/1", rita.uri)
    await follows.request(server, rob, ann, uri="https://c.example/f/1")

    with pytest.raises(Gone):
        await follows.request(server, rita, ann, uri="https://b.example/f/1")
    with pytest.raises(Conflict):
        await follows.request(server, rita, ann, uri="https://c.example/f/1")

    clock.turn(hours=7)
    assert await follows.request(server, rita, ann, uri="https://b.example/f/1")


# Both ours


async def test_between_two_of_ours_nothing_is_sent(server: Server, ann: Account, ben: Account):
    follow = await follows.request(server, ann, ben)

    assert follow.state == "accepted"
    assert await told(ben) == [("follow", ann.id, None)]
    assert await counts(ann, ben) == (1, 1)

    await follows.unfollow(server, ann, ben)
    assert (await told(ben), await sent()) == ([], [])


# Refused


async def test_nobody_follows_themselves_or_the_server(server: Server, ann: Account, rita: Account):
    actor = await accounts.ensure_instance_actor(server)

    for follower, target in ((ann, ann), (ann, actor)):
        with pytest.raises(Forbidden):
            await follows.request(server, follower, target)


@pytest.mark.parametrize("blocker_is_target", [True, False])
async def test_a_block_in_either_direction_forbids(
    server: Server, ann: Account, ben: Account, blocker_is_target: bool
):
    await blocks.block(server, *((ben, ann) if blocker_is_target else (ann, ben)))

    with pytest.raises(Forbidden):
        await follows.request(server, ann, ben)


async def test_a_remote_follower_who_is_not_let_in_is_told(server: Server, ann: Account, rita: Account):
    await blocks.block(server, ann, rita)
    await forget_sent()

    with pytest.raises(Forbidden):
        await follows.request(server, rita, ann, uri="https://b.example/f/1")

    (delivery,) = await sent()
    assert (delivery.type, delivery.json["object"]["id"]) == ("Reject", "https://b.example/f/1")
    assert not await Follow.exists()


async def test_the_gone_moved_and_far_cannot_be_followed(
    server: Server, ann: Account, ben: Account, rita: Account, rob: Account
):
    now = server.clock.now()
    with pytest.raises(Forbidden):
        await follows.request(server, rita, rob)
    await DomainRule.create(id=server.new_id(), domain="c.example", severity="suspend", created_at=now)
    with pytest.raises(Forbidden):
        await follows.request(server, ann, rob)
    rita.moved_to_uri = "https://d.example/users/rita"
    with pytest.raises(Forbidden):
        await follows.request(server, ann, rita)
    ben.suspended_at = now
    with pytest.raises(NotFound):
        await follows.request(server, ann, ben)
