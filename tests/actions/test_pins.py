"""Pins: Add and Remove on the featured collection."""

import pytest

from fedi.actions import pins
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.interactions import Pin
from fedi.server import Server
from tests.support.factories import make_boost, make_follow, make_post
from tests.support.outgoing import sent

pytestmark = pytest.mark.anyio


async def test_a_pin_is_added_and_removed_for_followers(server: Server, ann: Account, rita: Account):
    await make_follow(server, rita, ann)
    post = await make_post(server, ann)

    first = await pins.pin(server, ann, post)
    second = await pins.pin(server, ann, post)
    await pins.unpin(server, ann, post)
    await pins.unpin(server, ann, post)

    assert first.id == second.id
    added, removed = await sent()
    assert added.json["id"] != removed.json["id"]
    for delivery, kind in ((added, "Add"), (removed, "Remove")):
        assert {name: value for name, value in delivery.json.items() if name not in {"id", "@context"}} == {
            "type": kind,
            "actor": ann.uri,
            "object": post.uri,
            "target": server.uris.featured(ann.id),
        }


async def test_a_pin_of_what_is_for_followers_is_not_sent(server: Server, ann: Account, rita: Account):
    await make_follow(server, rita, ann)

    await pins.pin(server, ann, await make_post(server, ann, visibility="followers"))

    assert await sent() == []


async def test_boosts_others_posts_direct_posts_and_a_sixth_cannot_be_pinned(
    server: Server, ann: Account, ben: Account
):
    theirs = await make_post(server, ben)
    for post in (
        theirs,
        await make_boost(server, ann, theirs),
        await make_post(server, ann, visibility="direct"),
    ):
        with pytest.raises(Invalid):
            await pins.pin(server, ann, post)

    for _ in range(pins.MAX_PINS):
        await pins.pin(server, ann, await make_post(server, ann))
    with pytest.raises(Invalid, match="maximum"):
        await pins.pin(server, ann, await make_post(server, ann))


async def test_a_peer_may_pin_more(server: Server, rita: Account):
    for _ in range(pins.MAX_PINS + 1):
        await pins.pin(server, rita, await make_post(server, rita))

    assert await Pin.filter(account_id=rita.id).count() == pins.MAX_PINS + 1
