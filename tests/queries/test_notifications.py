"""What an account was told."""

import pytest

from fedi.clock import TurnableClock
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.queries import notifications
from fedi.queries.notifications import Asked, NotificationView
from fedi.queries.paging import Page
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import (
    make_account,
    make_block,
    make_mention,
    make_mute,
    make_notification,
    make_post,
)

pytestmark = pytest.mark.anyio
PAGE = Page(limit=40)


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


@pytest.fixture
async def bob(server: Server) -> Account:
    return await make_account(server, "bob", domain="b.example")


def kinds(shown: list[NotificationView]) -> list[str]:
    return [each.notification.kind for each in shown]


async def test_notifications_come_newest_first_with_all_that_shows_them(
    server: Server, alice: Account, bob: Account
) -> None:
    post = await make_post(server, alice)
    await make_notification(server, alice, bob, "follow")
    await make_notification(server, alice, bob, "favourite", post=post)
    await make_notification(server, bob, alice, "follow")

    shown = await notifications.page(server, alice, PAGE)

    assert kinds(shown) == ["favourite", "follow"]
    assert [each.from_account for each in shown] == [bob, bob]
    assert shown[0].post is not None
    assert shown[0].post.post == post
    assert shown[1].post is None


async def test_notifications_can_be_chosen_by_kind_and_paged(
    server: Server, alice: Account, bob: Account
) -> None:
    made = [await make_notification(server, alice, bob, kind) for kind in ("follow", "mention", "reblog")]

    assert kinds(await notifications.page(server, alice, PAGE, Asked(kinds=["follow", "reblog"]))) == [
        "reblog",
        "follow",
    ]
    assert kinds(await notifications.page(server, alice, PAGE, Asked(exclude=["follow"]))) == [
        "reblog",
        "mention",
    ]
    assert kinds(await notifications.page(server, alice, Page(1, max_id=made[2].id))) == ["mention"]
    assert kinds(await notifications.page(server, alice, Page(1, min_id=made[0].id))) == ["mention"]


async def test_nothing_is_told_of_blocked_muted_or_suspended_accounts(
    server: Server, alice: Account, clock: TurnableClock
) -> None:
    people = {
        name: await make_account(server, name)
        for name in ("blocked", "blocker", "muted", "passing", "expired")
    }
    gone = await make_account(server, "gone", suspended_at=server.clock.now())
    await make_block(server, alice, people["blocked"])
    await make_block(server, people["blocker"], alice)
    await make_mute(server, alice, people["muted"])
    await make_mute(server, alice, people["passing"], hide_notifications=False)
    await make_mute(server, alice, people["expired"], expires_at=server.clock.now())
    clock.turn(seconds=1)
    for person in (*people.values(), gone):
        await make_notification(server, alice, person, "follow")

    shown = await notifications.page(server, alice, PAGE)

    assert [each.from_account.username for each in shown] == ["expired", "passing"]


async def test_nothing_is_told_of_posts_that_may_not_be_seen(
    server: Server, alice: Account, bob: Account
) -> None:
    secret = await make_post(server, bob, visibility="direct")
    for_alice = await make_post(server, bob, visibility="direct")
    await make_mention(server, for_alice, alice)
    await make_notification(server, alice, bob, "mention", post=secret)
    await make_notification(server, alice, bob, "mention", post=for_alice)

    shown = await notifications.page(server, alice, PAGE)

    assert [each.post.post.id for each in shown if each.post] == [for_alice.id]


async def test_one_notification_is_found_by_its_recipient_alone(
    server: Server, alice: Account, bob: Account
) -> None:
    told = await make_notification(server, alice, bob, "follow")

    assert (await notifications.one(server, alice, told.id)).from_account == bob
    with pytest.raises(NotFound):
        await notifications.one(server, bob, told.id)


async def test_a_page_of_notifications_costs_few_queries(
    server: Server, alice: Account, bob: Account, queries: Queries
) -> None:
    for _ in range(20):
        await make_notification(server, alice, bob, "favourite", post=await make_post(server, alice))

    with queries.counted() as seen:
        await notifications.page(server, alice, PAGE)

    assert len(seen) == 5
