import pytest

from fedi.actions import accounts
from fedi.models.moderation import Report
from fedi.models.users import User
from tests.support.factories import make_account, make_post
from tests.support.outgoing import sent

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rita(server):
    return await make_account(server, "rita", domain="b.example", fetched_at=server.clock.now())


async def test_a_post_is_reported_from_where_it_stands(alices, alice, rita, server):
    post = await make_post(server, rita, "buy my things")
    await accounts.ensure_instance_actor(server)

    form = await alices.get(f"/report?post={post.id}")
    done = await alices.post(
        "/report",
        {"post": post.id, "account": rita.id, "category": "spam", "comment": "look", "forward": "1"},
    )

    assert "buy my things" in form.text
    assert "Also tell b.example" in form.text
    assert done.headers["location"] == "/@rita@b.example?notice=reported"
    report = await Report.get()
    assert (report.reporter_id, report.post_ids, report.category) == (alice.id, [post.id], "spam")
    assert [each.type for each in await sent()] == ["Flag"]


async def test_an_account_is_reported_from_its_profile(alices, bob):
    profile = await alices.get("/@bob")
    assert f'href="/report?account={bob.id}"' in profile.text

    await alices.post("/report", {"account": bob.id, "category": "violation", "rule": "1"})

    assert (await Report.get()).rule_ids == [1]


async def test_too_long_a_comment_comes_back_as_it_was_typed(alices, bob):
    answer = await alices.post("/report", {"account": bob.id, "comment": "long " * 300, "category": "spam"})

    assert answer.status_code == 422
    assert "is too long" in answer.text
    assert "long long" in answer.text
    assert not await Report.exists()


@pytest.mark.parametrize("path", ["/report", "/report?account=1", "/report?post=1"])
async def test_nothing_cannot_be_reported(alices, path):
    assert (await alices.get(path)).status_code == 404


async def test_a_stranger_is_asked_to_sign_in(stranger, bob):
    assert (await stranger.get(f"/report?account={bob.id}")).status_code in {303, 307}


async def test_the_staff_reads_of_it_among_what_happened(alices, site, alice, bob, rita):
    await User.filter(account_id=bob.id).update(role="moderator")
    await alices.post("/report", {"account": rita.id, "comment": "<b>look</b>", "category": "other"})

    page = await (await site.signed_in("bob")).get("/notifications")

    assert "sent a report" in page.text
    assert "&lt;b&gt;look&lt;/b&gt;" in page.text
