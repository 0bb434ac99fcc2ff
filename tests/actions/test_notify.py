"""Who is told what, once, and who asked not to be."""

import pytest

from fedi.actions import blocks, conversations, news, notification_requests, notify
from fedi.actions.news import News
from fedi.models.accounts import Account
from fedi.models.moderation import DomainRule
from fedi.models.notifications import NotificationRequest
from fedi.models.relationships import AccountDomainBlock
from fedi.models.users import User
from fedi.queries.notification_requests import DEFAULT_POLICY
from fedi.server import Server
from tests.support.factories import make_account, make_follow, make_mention, make_post
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


async def test_the_silenced_are_heard_by_those_who_follow_them_and_kept_back_from_others(
    server: Server, ann: Account, ben: Account
):
    now = server.clock.now()
    await DomainRule.create(id=server.new_id(), domain="s.example", severity="silence", created_at=now)
    by_host = await make_account(server, "sid", domain="x.s.example")
    by_hand = await make_account(server, "sue", domain="t.example", silenced_at=now)
    for silenced in (by_host, by_hand):
        await make_follow(server, ben, silenced)

        kept, heard = await tell(server, ann, silenced), await tell(server, ben, silenced)
        assert kept is not None
        assert heard is not None
        assert (kept.filtered, heard.filtered) == (True, False)


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


async def policy(server: Server, account: Account, **changes: str) -> None:
    await notification_requests.set_policy(server, account, changes)


async def test_a_muted_thread_is_not_heard_of(server: Server, ann: Account, rita: Account):
    post = await make_post(server, ann, context_uri="https://b.example/c/1")
    answer = await make_post(server, rita, in_reply_to=post, context_uri=post.context_uri)
    other = await make_post(server, ann, context_uri="https://b.example/c/2")
    await conversations.mute(server, ann, post)

    assert await tell(server, ann, rita, "mention", answer) is None
    assert await tell(server, ann, rita, "favourite", post) is None
    assert await tell(server, ann, rita, "favourite", other) is not None

    await conversations.unmute(server, ann, post)
    assert await tell(server, ann, rita, "favourite", post) is not None


async def test_a_blocked_host_is_heard_only_where_somebody_is_followed(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await AccountDomainBlock.create(
        id=server.new_id(), account=ann, domain="b.example", created_at=server.clock.now()
    )

    assert await tell(server, ann, rita) is None
    assert await tell(server, ann, rob) is not None
    await make_follow(server, ann, rita)
    assert await tell(server, ann, rita) is not None


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("for_not_following", "favourite", True),
        ("for_not_followers", "follow", True),
        ("for_new_accounts", "reblog", True),
        ("for_bots", "mention", True),
        ("for_bots", "update", False),
        ("for_private_mentions", "mention", False),
    ],
)
@pytest.mark.parametrize("verdict", ["filter", "drop"])
async def test_a_policy_keeps_strangers_back_or_drops_them(
    server: Server, ann: Account, name: str, kind: str, kept: bool, verdict: str
):
    rita = await make_account(server, "rita", domain="b.example", actor_type="Service")
    post = await make_post(server, rita)
    await policy(server, ann, **{name: verdict})

    with server.pubsub.subscribe(news.TOPIC) as queue:
        row = await tell(server, ann, rita, kind, post)

    assert queue.empty() is kept
    if kept and verdict == "drop":
        assert row is None
    else:
        assert row is not None
        assert row.filtered is kept


async def test_whom_a_policy_does_not_mean_is_heard(server: Server, clock, ann: Account, rita: Account):
    everything = dict.fromkeys(DEFAULT_POLICY, "drop")
    await policy(server, ann, **everything)
    await make_follow(server, ann, rita)
    await make_follow(server, rita, ann)
    assert await tell(server, ann, rita) is None

    clock.turn(days=4)

    assert await tell(server, ann, rita) is not None


async def make_staff(server: Server, account: Account) -> None:
    await User.create(
        id=server.new_id(), account=account, role="owner", password_hash="", created_at=server.clock.now()
    )


async def test_what_staff_say_is_always_heard(server: Server, ann: Account, ben: Account):
    await make_staff(server, ben)
    await policy(server, ann, for_not_following="drop")

    assert await tell(server, ann, ben, "mention") is not None
    assert await tell(server, ann, ben, "favourite") is None


async def test_a_private_mention_is_kept_back_unless_it_was_asked_for(
    server: Server, ann: Account, rita: Account
):
    out_of_the_blue = await make_post(server, rita, visibility="direct")
    asked = await make_post(server, ann, visibility="direct")
    await make_mention(server, asked, rita)
    answer = await make_post(server, rita, visibility="direct", in_reply_to=asked)
    further = await make_post(server, rita, visibility="direct", in_reply_to=answer)
    to_another = await make_post(server, rita, visibility="direct", in_reply_to=await make_post(server, ann))

    rows = [
        await tell(server, ann, rita, "mention", post)
        for post in (out_of_the_blue, answer, further, to_another)
    ]

    assert [row.filtered for row in rows if row] == [True, False, False, True]


async def test_who_was_let_in_is_heard(server: Server, ann: Account, rita: Account):
    await policy(server, ann, for_not_following="filter")
    kept = await tell(server, ann, rita, "follow")
    request = await NotificationRequest.get(account_id=ann.id)

    with server.pubsub.subscribe(news.TOPIC) as queue:
        await notification_requests.accept(server, ann, [request.id])

    assert news.read(queue.get_nowait()[1]) == News(kind="notifications_merged", account_id=ann.id)
    assert kept is not None
    await kept.refresh_from_db()
    later = await tell(server, ann, rita)
    assert later is not None
    assert (kept.filtered, later.filtered) == (False, False)
    assert not await NotificationRequest.exists()


async def test_favourites_of_half_a_day_share_a_group(
    server: Server, clock, ann: Account, ben: Account, rita: Account, rob: Account
):
    post, other = await make_post(server, ann), await make_post(server, ann)
    first = await tell(server, ann, ben, post=post)
    clock.turn(hours=10)
    second = await tell(server, ann, rita, post=post)
    of_another = await tell(server, ann, rita, post=other)
    clock.turn(hours=3)
    third = await tell(server, ann, rob, post=post)
    follow, mention = await tell(server, ann, rob, "follow"), await tell(server, ann, rob, "mention", post)

    assert first
    assert second
    assert third
    assert of_another
    assert follow
    assert mention
    assert first.group_key == second.group_key != third.group_key
    assert first.group_key.startswith(f"favourite-{post.id}-")
    assert of_another.group_key.startswith(f"favourite-{other.id}-")
    assert follow.group_key.startswith("follow-")
    assert mention.group_key == ""


async def test_the_staff_hear_of_who_signs_up(server: Server, ann: Account, ben: Account):
    await make_staff(server, ben)

    async with server.db.transaction():
        await notify.of_sign_up(server, ann)

    assert await told(ben) == [("admin.sign_up", ann.id, None)]
    assert await told(ann) == []
