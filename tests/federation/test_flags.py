"""Reports from peers, among them such as mean no good (threat T49)."""

import pytest

from fedi.models.accounts import Account
from fedi.models.moderation import Report
from tests.support.peer import activity

pytestmark = pytest.mark.anyio


async def test_a_report_by_a_server_whose_actor_has_no_handle_is_kept(home, peer):
    peer.actor("actor", type="Application")
    del peer.handles["actor"]

    await home.take(
        activity("Flag", f"{peer.url}/users/actor", [home.alice.uri], content="spam"),
        signer=f"{peer.url}/users/actor",
    )

    assert (await Report.get()).domain == peer.host
    assert not await Account.exclude(domain="").exists()


async def test_the_same_report_twice_is_one(home, peer):
    document = activity("Flag", peer.actor("mod"), [home.alice.uri])

    for _ in range(3):
        await home.take(document, signer=document["actor"])
    await home.take(document | {"content": "again"}, signer=document["actor"])

    assert await Report.all().count() == 1


async def test_a_report_in_anothers_name_is_refused(home, peer):
    bob, mallory = peer.actor("bob"), peer.actor("mallory")

    answer = await home.deliver(activity("Flag", bob, [home.alice.uri]), signer=mallory)

    assert answer.status_code == 401


async def test_a_flood_of_huge_reports_of_strangers_leaves_little(home, peer):
    mallory = peer.actor("mallory")
    strangers = [f"https://c.example/users/{number}" for number in range(5000)]
    await home.take(activity("Flag", mallory, strangers, id_=f"{mallory}#1"), signer=mallory)
    assert not await Report.exists()

    for number in range(70):
        document = activity(
            "Flag", mallory, [home.alice.uri], id_=f"{mallory}#f{number}", content="x" * 200_000
        )
        await home.deliver(document, signer=mallory)
    await home.house.drain()

    kept = await Report.all()
    assert len(kept) == 60
    assert {len(report.comment) for report in kept} == {5000}
