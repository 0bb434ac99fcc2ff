import pytest

from fedi.actions import accounts
from fedi.models.users import User
from tests.support.factories import make_account, make_post
from tests.support.outgoing import sent

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rita(server):
    return await make_account(server, "rita", domain="b.example")


async def test_a_report_is_answered_as_mastodon_does(as_alice, server, rita):
    post = await make_post(server, rita)

    answer = await as_alice.post(
        "/api/v1/reports",
        data={
            "account_id": str(rita.id),
            "status_ids[]": str(post.id),
            "comment": "spam",
            "category": "spam",
        },
    )

    assert answer.status_code == 200
    report = answer.json()
    assert (report["status_ids"], report["comment"], report["category"]) == ([str(post.id)], "spam", "spam")
    assert (report["forwarded"], report["action_taken"], report["rule_ids"]) == (False, False, [])
    assert report["target_account"]["acct"] == "rita@b.example"


@pytest.mark.parametrize(
    ("domains", "is_sent"), [(None, True), (["b.example"], True), (["c.example"], False)]
)
async def test_forwarding_goes_to_the_accounts_own_server_alone(as_alice, server, rita, domains, is_sent):
    await accounts.ensure_instance_actor(server)
    asked = {"account_id": str(rita.id), "forward": True}

    answer = await as_alice.post(
        "/api/v1/reports", json=asked | ({"forward_to_domains": domains} if domains else {})
    )

    assert answer.json()["forwarded"] == is_sent
    assert [each.type for each in await sent()] == ["Flag"] * is_sent


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"comment": "x" * 1001}, "Validation failed: Comment is too long (maximum is 1000 characters)"),
        ({"category": "boring"}, "Validation failed: Category is not included in the list"),
        ({"rule_ids": ["99"]}, "Validation failed: Rules does not reference valid rules"),
    ],
)
async def test_what_does_not_fit_is_named(as_alice, bob, more, error):
    answer = await as_alice.post("/api/v1/reports", json={"account_id": str(bob.id), **more})

    assert (answer.status_code, answer.json()) == (422, {"error": error})


async def test_nobody_and_others_posts_are_not_found(as_alice, server, bob, rita):
    post = await make_post(server, rita)

    for asked in ({}, {"account_id": "1"}, {"account_id": str(bob.id), "status_ids": [str(post.id)]}):
        assert (await as_alice.post("/api/v1/reports", json=asked)).status_code == 404


async def test_the_staff_reads_the_report_in_the_notification(as_alice, as_bob, alice, bob, server):
    await User.filter(account_id=bob.id).update(role="owner")
    carol = await make_account(server, "carol")
    await as_alice.post("/api/v1/reports", json={"account_id": str(carol.id), "comment": "look"})

    one = (await as_bob.get("/api/v1/notifications")).json()[0]
    group = (await as_bob.get("/api/v2/notifications")).json()["notification_groups"][0]

    assert (one["type"], one["account"]["id"], one["report"]["comment"]) == (
        "admin.report",
        str(alice.id),
        "look",
    )
    assert group["report"]["target_account"]["id"] == str(carol.id)
