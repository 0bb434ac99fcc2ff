"""Blocks end all ties; mutes are between a person and this server."""

from datetime import timedelta

import msgspec
import pytest

from fedi.actions import blocks, deletes, favourites, follows
from fedi.clock import TurnableClock
from fedi.config import FederationSettings, Settings
from fedi.errors import Conflict, Forbidden, Gone
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.relationships import Block, Follow, Mute
from fedi.server import Server, open_server
from tests.support.factories import make_account, make_follow, make_post
from tests.support.outgoing import forget_sent, sent, told

pytestmark = pytest.mark.anyio


async def test_a_block_ends_follows_both_ways_and_is_sent(server: Server, ann: Account, rita: Account):
    await follows.accept(server, await follows.request(server, ann, rita))
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    await favourites.favourite(server, rita, await make_post(server, ann), uri="https://b.example/l/1")
    await forget_sent()

    first = await blocks.block(server, ann, rita)
    second = await blocks.block(server, ann, rita)

    assert first.id == second.id
    assert not await Follow.exists()
    assert await told(ann) == []
    deliveries = await sent()
    assert [delivery.type for delivery in deliveries] == ["Undo", "Reject", "Block"]
    assert {delivery.inbox for delivery in deliveries} == {rita.inbox_url}
    assert len({delivery.job.order_key for delivery in deliveries}) == 2
    assert deliveries[-1].json == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{server.uris.base_url}/ap/a/{first.id}",
        "type": "Block",
        "actor": ann.uri,
        "object": rita.uri,
    }
    for who in (ann, rita):
        row = await Account.get(id=who.id)
        assert (row.followers_count, row.following_count) == (0, 0)


async def test_lifting_a_block_sends_it_inside_an_undo(server: Server, ann: Account, rita: Account):
    row = await blocks.block(server, ann, rita)

    await blocks.unblock(server, ann, rita)
    await blocks.unblock(server, ann, rita)

    block, undo = await sent()
    assert (undo.json["type"], undo.json["id"]) == ("Undo", f"{row.uri}#undo")
    assert undo.json["object"] == {name: value for name, value in block.json.items() if name != "@context"}
    assert not await Block.exists()


async def test_a_peers_block_ends_ties_silently(server: Server, ann: Account, rita: Account):
    await make_follow(server, ann, rita)
    await make_follow(server, rita, ann)

    await blocks.block(server, rita, ann, uri="https://b.example/b/1")

    assert not await Follow.exists()
    assert (await told(ann), await sent()) == ([], [])
    assert (await Block.get()).uri == "https://b.example/b/1"


async def test_a_block_that_was_lifted_first_of_oneself_or_under_anothers_id_is_refused(
    server: Server, ann: Account, ben: Account, rita: Account, rob: Account
):
    await deletes.remember_deleted(server, "https://b.example/b/1", rita.uri)
    await blocks.block(server, rob, ann, uri="https://c.example/b/1")

    with pytest.raises(Gone):
        await blocks.block(server, rita, ann, uri="https://b.example/b/1")
    with pytest.raises(Conflict):
        await blocks.block(server, rita, ann, uri="https://c.example/b/1")
    with pytest.raises(Forbidden):
        await blocks.block(server, ann, ann)


async def test_a_mute_is_kept_once_changed_by_a_second_and_never_sent(
    server: Server, ann: Account, rita: Account
):
    await make_follow(server, ann, rita)

    await blocks.mute(server, ann, rita)
    before = await Mute.get()
    await blocks.mute(server, ann, rita, hide_notifications=False, duration_seconds=60)

    after = await Mute.get()
    assert (before.hide_notifications, before.expires_at) == (True, None)
    assert not after.hide_notifications
    assert after.expires_at is not None
    assert after.expires_at - server.clock.now() <= timedelta(seconds=60)
    assert await Follow.exists()
    assert not await Job.exists()

    await blocks.unmute(server, ann, rita)
    await blocks.unmute(server, ann, rita)
    assert not await Mute.exists()


async def test_nobody_mutes_themselves(server: Server, ann: Account):
    with pytest.raises(Forbidden):
        await blocks.mute(server, ann, ann)


async def test_blocks_stay_here_where_the_settings_say_so(settings: Settings, clock: TurnableClock):
    quiet = msgspec.structs.replace(settings, federation=FederationSettings(send_blocks=False))
    async with open_server(quiet, clock=clock) as server:
        with server.db.activate():
            ann, rita = [
                await make_account(server, "ann"),
                await make_account(server, "rita", domain="b.example"),
            ]
            await make_follow(server, rita, ann)

            await blocks.block(server, ann, rita)
            await blocks.unblock(server, ann, rita)

            # That the follow has ended must be told, or posts would still be shown there.
            assert [each.type for each in await sent()] == ["Reject"]
            assert not await Block.exists()
