import pytest

from fedi.actions import accounts, reports
from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.moderation import AuditEntry, DomainRule, Report
from fedi.models.notifications import Notification
from fedi.models.users import User
from fedi.queries import notifications
from fedi.queries.paging import Page
from fedi.server import Server
from tests.actions.conftest import key_pair
from tests.support.factories import make_post
from tests.support.outgoing import sent, told

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def actor(server: Server) -> Account:
    """The server's own actor."""
    return await accounts.ensure_instance_actor(server)


@pytest.fixture
async def mona(server: Server) -> Account:
    """Who looks after this server."""
    account = await accounts.create_local(server, "mona", keys=key_pair())
    now = server.clock.now()
    await User.create(id=server.new_id(), account_id=account.id, role="moderator", created_at=now)
    return account


async def receive(server: Server, *reported: str, comment: str = "spam", uri: str = "https://b.example/f/1"):
    await reports.receive(server, uri=uri, domain="b.example", reported=reported, comment=comment)


async def test_a_report_tells_the_staff_and_stays_here(server, ann, rita, ben, mona):
    post = await make_post(server, rita)

    report = await reports.file(server, ann, rita, post_ids=[post.id], comment=" bad\u202e \0")

    assert (report.post_ids, report.comment, report.category, report.forwarded) == (
        [post.id],
        "bad",
        "other",
        False,
    )
    assert await told(mona) == [("admin.report", ann.id, None)]
    assert await told(ben) == []
    assert await sent() == []
    view = (await notifications.page(server, mona, Page(limit=5)))[0]
    assert view.report is not None
    assert view.report.report.id == report.id


async def test_a_forwarded_report_is_signed_by_the_server_and_names_no_reporter(server, ann, rita, actor):
    post = await make_post(server, rita)

    await reports.file(server, ann, rita, post_ids=[post.id], comment="spam", forward=True)

    flag = (await sent())[0]
    assert (flag.type, flag.inbox, flag.json["actor"]) == ("Flag", rita.shared_inbox_url, actor.uri)
    assert (flag.json["object"], flag.json["content"]) == ([rita.uri, post.uri], "spam")
    assert ann.uri not in str(flag.json)


async def test_forwarding_a_report_of_one_of_ours_sends_nothing(server, ann, ben):
    report = await reports.file(server, ann, ben, forward=True)

    assert not report.forwarded
    assert await sent() == []


async def test_rules_make_it_a_violation(server, ann, rita):
    report = await reports.file(server, ann, rita, rule_ids=[1], category="spam")

    assert (report.category, report.rule_ids) == ("violation", [1])


@pytest.mark.parametrize(
    "wrong", [{"comment": "x" * 1001}, {"category": "boring"}, {"rule_ids": [99]}, {"rule_ids": [0]}]
)
async def test_what_does_not_fit_is_refused(server, ann, rita, wrong):
    with pytest.raises(Invalid):
        await reports.file(server, ann, rita, **wrong)

    assert not await Report.exists()


async def test_only_posts_of_the_reported_that_the_reporter_sees_can_be_named(server, ann, rita, rob):
    anothers, hidden = await make_post(server, rob), await make_post(server, rita, visibility="followers")

    for post in (anothers, hidden):
        with pytest.raises(NotFound):
            await reports.file(server, ann, rita, post_ids=[post.id])


async def test_the_gone_and_the_server_itself_cannot_be_reported(server, ann, rita, actor):
    await Account.filter(id=rita.id).update(gone_at=server.clock.now())

    for target in (await Account.get(id=rita.id), actor):
        with pytest.raises(NotFound):
            await reports.file(server, ann, target)


async def test_a_received_report_is_kept_once_for_each_account(server, ann, ben, mona):
    one, other = await make_post(server, ann), await make_post(server, ben)

    for _ in range(2):
        await receive(server, ann.uri, one.uri, other.uri)

    kept = {report.target_id: report for report in await Report.all()}
    assert {id_: report.post_ids for id_, report in kept.items()} == {ann.id: [one.id], ben.id: [other.id]}
    assert {(report.reporter_id, report.domain) for report in kept.values()} == {(None, "b.example")}
    assert [kind for kind, _, _ in await told(mona)] == ["admin.report"] * 2


async def test_what_is_not_ours_leaves_no_trace(server, ann, rita, actor):
    theirs = await make_post(server, rita)

    await receive(server, rita.uri, theirs.uri, actor.uri, f"{ann.uri}0", server.uris.post(1))

    assert not await Report.exists()


async def test_a_long_comment_is_cut(server, ann):
    await receive(server, ann.uri, comment="x" * 10_000)

    assert len((await Report.get()).comment) == 5000


@pytest.mark.parametrize("rule", [{"severity": "none", "reject_reports": True}, {"severity": "suspend"}])
async def test_reports_of_a_rejected_domain_are_dropped(server, ann, rule):
    await DomainRule.create(id=1, domain="example", created_at=server.clock.now(), **rule)

    await receive(server, ann.uri)

    assert not await Report.exists()


async def test_resolving_and_reopening_are_recorded_once(server, ann, rita):
    report = await reports.file(server, ann, rita)

    for _ in range(2):
        await reports.resolve(server, report, by="mona", reason="warned")
    assert report.resolved_by == "mona"
    for _ in range(2):
        await reports.reopen(server, report, by="mona")

    assert report.resolved_at is None
    entries = await AuditEntry.all().order_by("id").values_list("actor", "action", "target", "reason")
    assert entries == [
        ("mona", "report.resolve", str(report.id), "warned"),
        ("mona", "report.reopen", str(report.id), ""),
    ]


async def test_a_suspended_moderator_is_told_nothing(server, ann, rita, mona):
    await Account.filter(id=mona.id).update(suspended_at=server.clock.now())

    await reports.file(server, ann, rita)

    assert not await Notification.exists()
