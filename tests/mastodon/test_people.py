"""What a person keeps about others: recommendations, notes, blocked hosts, and how they stand."""

import json

import pytest

from fedi.actions import domain_blocks
from fedi.jobs.kinds import CutTies
from fedi.models.federation import OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.relationships import AccountDomainBlock, Follow
from tests.support.factories import make_account, make_boost, make_follow, make_notification, make_post

pytestmark = pytest.mark.anyio

HOSTS = "/api/v1/domain_blocks"


async def standing(client, account):
    return (await client.get("/api/v1/accounts/relationships", params={"id": account.id})).json()[0]


@pytest.mark.parametrize(("on", "off"), [("endorse", "unendorse"), ("pin", "unpin")])
async def test_who_is_followed_is_recommended_on_the_profile(as_alice, nobody, server, alice, bob, on, off):
    path = f"/api/v1/accounts/{bob.id}"
    refused = await as_alice.post(f"{path}/{on}")
    await make_follow(server, alice, bob)
    for _ in range(2):
        assert (await as_alice.post(f"{path}/{on}")).json()["endorsed"] is True

    shown = (await nobody.get(f"/api/v1/accounts/{alice.id}/endorsements")).json()
    assert refused.status_code == 422
    assert [each["acct"] for each in shown] == ["bob"]
    assert (await as_alice.get("/api/v1/endorsements")).json() == shown
    assert (await standing(as_alice, bob))["endorsed"] is True
    assert (await as_alice.post(f"{path}/{off}")).json()["endorsed"] is False
    assert (await as_alice.get("/api/v1/endorsements")).json() == []


async def test_recommendations_are_paged_and_end_with_the_follow(as_alice, server, alice):
    people = [await make_account(server, f"p{number}") for number in range(3)]
    for person in people:
        await make_follow(server, alice, person)
        await as_alice.post(f"/api/v1/accounts/{person.id}/endorse")

    first = await as_alice.get("/api/v1/endorsements", params={"limit": 2})
    second = await as_alice.get(first.links["next"]["url"])
    await as_alice.post(f"/api/v1/accounts/{people[0].id}/unfollow")

    assert [each["acct"] for each in first.json() + second.json()] == ["p2", "p1", "p0"]
    assert "next" not in second.links
    assert (await as_alice.get(second.request.url)).json() == []


async def test_a_note_is_for_its_writer_alone_and_cleared_by_nothing(as_alice, as_bob, server):
    other = await make_account(server, "other")
    path = f"/api/v1/accounts/{other.id}/note"

    assert (await as_alice.post(path, json={"comment": "met in Ulm"})).json()["note"] == "met in Ulm"
    assert (await as_alice.post(path, data={"comment": "met in Bern"})).json()["note"] == "met in Bern"
    assert (await standing(as_alice, other))["note"] == "met in Bern"
    assert (await standing(as_bob, other))["note"] == ""
    assert (await as_alice.post(path, json={"comment": "x" * 2001})).status_code == 422
    assert (await as_alice.post(path)).json()["note"] == ""
    assert (await as_alice.post("/api/v1/accounts/12345/note", json={"comment": "x"})).status_code == 404


async def test_standings_are_in_the_order_asked_for_without_who_is_not_there(as_alice, server, bob):
    other = await make_account(server, "other")
    path = "/api/v1/accounts/relationships"

    several = await as_alice.get(path, params={"id[]": [str(other.id), "12345", str(bob.id), "x"]})

    assert [each["id"] for each in several.json()] == [str(other.id), str(bob.id)]
    assert (await as_alice.get(path)).json() == []


async def test_a_follow_that_is_asked_for_tells_its_choices(as_alice, server, clock):
    far = await make_account(server, "eve", domain="far.example")
    path = f"/api/v1/accounts/{far.id}"

    await as_alice.post(f"{path}/follow", json={"reblogs": False, "notify": True, "languages": ["de"]})
    again = (await as_alice.post(f"{path}/follow", json={"reblogs": True})).json()

    assert {name: again[name] for name in ("requested", "following", "showing_reblogs", "notifying")} == {
        "requested": True,
        "following": False,
        "showing_reblogs": True,
        "notifying": True,
    }
    assert again["languages"] == ["de"]
    muted = (await as_alice.post(f"{path}/mute", json={"duration": 60})).json()
    assert muted["muting_expires_at"] is not None
    assert len((await as_alice.get("/api/v1/mutes")).json()) == 1
    clock.turn(seconds=61)
    assert (await standing(as_alice, far))["muting"] is False
    assert (await as_alice.get("/api/v1/mutes")).json() == []


async def test_a_blocked_host_is_listed_paged_and_unblocked_by_the_body_of_a_delete(as_alice, as_bob):
    for host in ("a.example", "B.Example.", "bücher.example"):
        for _ in range(2):
            answer = await as_alice.post(HOSTS, data={"domain": host})
            assert (answer.status_code, answer.json()) == (200, {})

    first = await as_alice.get(HOSTS, params={"limit": 2})
    second = await as_alice.get(first.links["next"]["url"])

    assert (first.json(), second.json()) == (["xn--bcher-kva.example", "b.example"], ["a.example"])
    assert "next" not in second.links
    assert (await as_bob.get(HOSTS)).json() == []
    for how in ({"json": {"domain": "a.example"}}, {"params": {"domain": "b.example"}}):
        gone = await as_alice.request("DELETE", HOSTS, **how)
        assert (gone.status_code, gone.json()) == (200, {})
    assert (await as_alice.get(HOSTS)).json() == ["xn--bcher-kva.example"]


@pytest.mark.parametrize("domain", ["", "not a host", "https://a.example/", "x" * 300, "a..b"])
async def test_what_is_no_host_is_not_blocked(as_alice, domain):
    assert (await as_alice.post(HOSTS, json={"domain": domain})).status_code == 422
    assert await AccountDomainBlock.all().count() == 0


async def test_blocking_a_host_ends_follows_both_ways_and_tells_it(as_alice, server, alice):
    far, near = [await make_account(server, "eve", domain=f"{host}.example") for host in ("far", "near")]
    asking = await make_account(server, "mallory", domain="far.example")
    for other in (far, near):
        await make_follow(server, alice, other)
        await make_follow(server, other, alice)
    await make_follow(server, asking, alice, state="pending")
    await make_notification(server, alice, far, "follow")
    kept = await make_notification(server, alice, near, "follow")
    row = (await as_alice.post("/api/v1/lists", json={"title": "x"})).json()
    await as_alice.post(f"/api/v1/lists/{row['id']}/accounts", json={"account_ids": [str(far.id)]})

    counted = (await as_alice.get(f"{HOSTS}/preview", params={"domain": "far.example"})).json()
    await as_alice.post(HOSTS, json={"domain": "far.example"})

    assert counted == {"following_count": 1, "followers_count": 1}
    left = await Follow.all().values_list("follower_id", "target_id")
    assert sorted(left) == sorted([(alice.id, near.id), (near.id, alice.id)])
    sent = [json.loads(each.body)["type"] for each in await OutgoingActivity.all()]
    assert sorted(sent) == ["Reject", "Reject", "Undo"]
    assert (await standing(as_alice, far))["domain_blocking"] is True
    assert (await standing(as_alice, near))["domain_blocking"] is False
    assert (await as_alice.get(f"/api/v1/lists/{row['id']}/accounts")).json() == []
    told = (await as_alice.get("/api/v1/notifications")).json()
    assert [each["id"] for each in told] == [str(kept.id)]
    assert (await as_alice.post(f"/api/v1/accounts/{far.id}/follow")).status_code == 403


async def test_many_follows_with_a_host_end_in_jobs(as_alice, server, alice):
    for number in range(55):
        await make_follow(server, await make_account(server, f"p{number}", domain="far.example"), alice)

    await as_alice.post(HOSTS, json={"domain": "far.example"})
    assert (await Follow.all().count(), await Job.filter(kind="CutTies").count()) == (5, 1)
    await domain_blocks.cut_ties(server, CutTies(account_id=alice.id, domain="far.example"))

    assert await Follow.all().count() == 0


async def test_posts_of_a_blocked_host_are_hidden_in_lists_of_posts(as_alice, server, alice, bob):
    far = await make_account(server, "eve", domain="far.example")
    await make_follow(server, alice, bob)
    root = await make_post(server, bob)
    await make_boost(server, bob, await make_post(server, far))
    await make_post(server, far, in_reply_to=root)
    below = await make_account(server, "eve", domain="sub.far.example")
    other = await make_post(server, below)
    await as_alice.post(HOSTS, json={"domain": "far.example"})

    public = (await as_alice.get("/api/v1/timelines/public")).json()
    home = (await as_alice.get("/api/v1/timelines/home")).json()
    thread = (await as_alice.get(f"/api/v1/statuses/{root.id}/context")).json()

    assert [each["id"] for each in public] == [str(other.id), str(root.id)]
    assert [each["id"] for each in home] == [str(root.id)]
    assert thread["descendants"] == []
