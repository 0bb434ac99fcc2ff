"""Who is told what, once, and who asked not to be."""

import pytest

from fedi.actions import blocks, news, notify
from fedi.actions.news import News
from fedi.models.accounts import Account
from fedi.models.moderation import DomainRule
from fedi.server import Server
from tests.support.factories import make_account, make_follow, make_post
from tests.support.outgoing import told

pytestmark = pytest.mark.anyio


async def tell(server: Server, recipient: Account, who: Account, kind: str = "favourite", post=None):
    async with server.db.transaction():
        return await notify.about(server, recipient, kind, who, post)


async def test_an_event_is_told_once(server: Server, ann: Account, rita: Account):
    post = await make_post(server, ann)

    assert await tell(server, ann, rita, post=post) is not None
    assert await tell(server, ann, rita, post=post) is None

    assert await told(ann) == [("favourite", rita.id, post.id)]


async def test_of_two_edits_the_last_is_told(server: Server, ann: Account, rita: Account):
    post = await make_post(server, rita)

    first = await tell(server, ann, rita, "update", post)
    second = await tell(server, ann, rita, "update", post)

    assert first is not None
    assert second is not None
    assert await told(ann) == [("update", rita.id, post.id)]
    assert second.id > first.id


async def test_only_our_own_people_are_told_and_never_of_themselves(
    server: Server, ann: Account, rita: Account
):
    assert await tell(server, rita, ann) is None
    assert await tell(server, ann, ann) is None


@pytest.mark.parametrize("blocker_is_recipient", [True, False])
async def test_a_block_in_either_direction_forbids(
    server: Server, ann: Account, ben: Account, blocker_is_recipient: bool
):
    pair = (ann, ben) if blocker_is_recipient else (ben, ann)
    await blocks.block(server, *pair)
    assert await tell(server, ann, ben) is None

    await blocks.unblock(server, *pair)
    assert await tell(server, ann, ben) is not None


async def test_a_mute_hides_notifications_unless_it_says_otherwise_or_is_over(
    server: Server, clock, ann: Account, ben: Account
):
    await blocks.mute(server, ann, ben, hide_notifications=True, duration_seconds=60)
    assert await tell(server, ann, ben) is None
    await blocks.mute(server, ann, ben, hide_notifications=False)
    assert await tell(server, ann, ben, "follow") is not None

    await blocks.mute(server, ann, ben, hide_notifications=True, duration_seconds=60)
    clock.turn(seconds=61)
    assert await tell(server, ann, ben) is not None


async def test_the_silenced_are_heard_by_those_who_follow_them_alone(
    server: Server, ann: Account, ben: Account
):
    now = server.clock.now()
    await DomainRule.create(id=server.new_id(), domain="s.example", severity="silence", created_at=now)
    by_host = await make_account(server, "sid", domain="x.s.example")
    by_hand = await make_account(server, "sue", domain="t.example", silenced_at=now)
    for silenced in (by_host, by_hand):
        await make_follow(server, ben, silenced)

        assert await tell(server, ann, silenced) is None
        assert await tell(server, ben, silenced) is not None


async def test_the_suspended_are_not_heard(server: Server, ann: Account):
    suspended = await make_account(server, "sol", domain="t.example", suspended_at=server.clock.now())

    assert await tell(server, ann, suspended) is None


async def test_open_streams_hear_of_it_after_the_commit(server: Server, ann: Account, rita: Account):
    with server.pubsub.subscribe(news.TOPIC) as queue:
        async with server.db.transaction():
            row = await notify.about(server, ann, "follow", rita)
            assert queue.empty()

        assert row is not None
        heard = news.read(queue.get_nowait()[1])
        assert heard == News(kind="notification", id=row.id, account_id=ann.id)


async def test_what_is_undone_is_withdrawn(server: Server, ann: Account, rita: Account, rob: Account):
    await tell(server, ann, rita)
    await tell(server, ann, rob)

    await notify.withdraw(ann, "favourite", rita)

    assert await told(ann) == [("favourite", rob.id, None)]
