"""Reports between two servers."""

import pytest

from fedi.actions import posts, reports
from fedi.actions.posts import Draft
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.moderation import Report
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.models.users import User
from tests.support.houses import settle
from tests.support.peer import get

pytestmark = pytest.mark.anyio


async def report_bob(n, **more) -> Report:
    """Bob posts, and Alice, on the other server, reports him with it."""
    with n.b.server.db.activate():
        await User.filter(account_id=n.bob.id).update(role="owner")
        post = await posts.create(n.b.server, n.bob, Draft(text="buy"), mentions={})
    with n.a.server.db.activate():
        bob = await resolve.account_by_handle(n.a.server, f"@bob@{n.b.server.uris.host}")
        copy = await resolve.post_by_uri(n.a.server, post.uri)
        filed = await reports.file(n.a.server, n.alice, bob, post_ids=[copy.id], comment="spam", **more)
    await settle(n.a, n.b)
    return filed


async def test_a_forwarded_report_reaches_the_staff_of_the_other_server(neighbours):
    n = neighbours
    await report_bob(n, forward=True)

    with n.b.server.db.activate():
        report = await Report.get()
        post = await Post.get(author_id=n.bob.id)
        assert (report.target_id, report.post_ids, report.comment) == (n.bob.id, [post.id], "spam")
        assert (report.reporter_id, report.domain) == (None, n.a.server.uris.host)
        assert await Notification.filter(account_id=n.bob.id, kind="admin.report").count() == 1
        assert not await Account.exists(domain=n.a.server.uris.host, username="alice")


async def test_a_report_that_is_not_forwarded_stays(neighbours):
    n = neighbours
    await report_bob(n)

    with n.b.server.db.activate():
        assert not await Report.exists()


async def test_nobody_can_read_a_report_that_was_sent(neighbours):
    n = neighbours
    await report_bob(n, forward=True)

    with n.a.server.db.activate():
        flag = await OutgoingActivity.get(kind="Flag")
    with n.b.server.db.activate():
        bob = await Account.get(id=n.bob.id)

    assert (await get(flag.uri)).status_code == 404
    assert (await get(flag.uri, signer=bob.uri, now=n.a.server.clock.now())).status_code in {401, 404}
