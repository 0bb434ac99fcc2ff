"""What people are told, one by one and in groups."""

import pytest

from tests.support.factories import make_block, make_mute, make_notification, make_post

pytestmark = pytest.mark.anyio


@pytest.fixture
async def told(server, alice, bob):
    """What bob did to alice, oldest first."""
    post = await make_post(server, alice)
    return [
        await make_notification(server, alice, bob, kind, post=post if kind != "follow" else None)
        for kind in ("follow", "favourite", "reblog")
    ]


async def test_what_happened_is_told_newest_first(as_alice, told):
    answer = (await as_alice.get("/api/v1/notifications")).json()

    assert [each["type"] for each in answer] == ["reblog", "favourite", "follow"]
    assert [each["id"] for each in answer] == [str(each.id) for each in reversed(told)]
    assert answer[0]["account"]["acct"] == "bob"
    assert answer[0]["status"]["id"] == str(told[2].post_id)
    assert "status" not in answer[2]
    assert answer[0]["group_key"] == f"ungrouped-{told[2].id}"


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("types[]=follow", ["follow"]),
        ("types[]=pleroma:emoji_reaction", []),
        ("exclude_types[]=follow&exclude_types[]=reblog", ["favourite"]),
        ("types[]=follow&types[]=odd&limit=1", ["follow"]),
        ("types[]=mention", []),
    ],
)
async def test_kinds_are_chosen_and_unknown_ones_do_no_harm(as_alice, told, query, kinds):
    for version in ("v1", "v2"):
        answer = (await as_alice.get(f"/api/{version}/notifications?{query}")).json()
        found = answer if version == "v1" else answer["notification_groups"]
        assert [each["type"] for each in found] == kinds


async def test_those_of_one_account_are_chosen(as_alice, told, alice, bob):
    path = "/api/v1/notifications"

    assert len((await as_alice.get(path, params={"account_id": bob.id})).json()) == 3
    assert (await as_alice.get(path, params={"account_id": alice.id})).json() == []


async def test_groups_hold_the_same_and_name_everybody_once(as_alice, told, bob):
    answer = (await as_alice.get("/api/v2/notifications")).json()

    groups = answer["notification_groups"]
    assert [each["acct"] for each in answer["accounts"]] == ["bob"]
    assert [each["id"] for each in answer["statuses"]] == [str(told[1].post_id)]
    assert [each["most_recent_notification_id"] for each in groups] == [each.id for each in reversed(told)]
    assert groups[0]["sample_account_ids"] == [str(bob.id)]
    assert groups[0]["status_id"] == str(told[2].post_id)
    assert "status_id" not in groups[2]


async def test_a_group_is_shown_and_dismissed_by_its_key(as_alice, told):
    path = f"/api/v2/notifications/ungrouped-{told[0].id}"

    assert (await as_alice.get(path)).json()["notification_groups"][0]["type"] == "follow"
    assert [each["acct"] for each in (await as_alice.get(f"{path}/accounts")).json()] == ["bob"]
    assert (await as_alice.post(f"{path}/dismiss")).json() == {}
    assert (await as_alice.get(path)).status_code == 404
    assert (await as_alice.get("/api/v2/notifications/favourite-1-2")).status_code == 404


async def test_pages_lead_to_their_neighbours(as_alice, told):
    for version in ("v1", "v2"):
        first = await as_alice.get(f"/api/{version}/notifications", params={"limit": 2, "types[]": "follow"})
        assert "next" not in first.links
        first = await as_alice.get(f"/api/{version}/notifications", params={"limit": 2})
        second = await as_alice.get(first.links["next"]["url"])
        shown = second.json() if version == "v1" else second.json()["notification_groups"]
        assert [each["type"] for each in shown] == ["follow"]


async def test_nobody_sees_or_dismisses_anothers(as_bob, as_alice, told):
    path = f"/api/v1/notifications/{told[0].id}"

    assert (await as_bob.get(path)).status_code == 404
    assert (await as_bob.get("/api/v1/notifications")).json() == []
    await as_bob.post(f"{path}/dismiss")
    await as_bob.post("/api/v1/notifications/clear")
    assert (await as_alice.get(path)).json()["type"] == "follow"
    assert len((await as_alice.get("/api/v1/notifications")).json()) == 3


async def test_one_some_or_all_are_dismissed(as_alice, told):
    async def left():
        return [each["type"] for each in (await as_alice.get("/api/v1/notifications")).json()]

    assert (await as_alice.post(f"/api/v1/notifications/{told[0].id}/dismiss")).json() == {}
    assert await left() == ["reblog", "favourite"]
    await as_alice.delete("/api/v1/notifications/destroy_multiple", params={"ids[]": str(told[1].id)})
    assert await left() == ["reblog"]
    assert (await as_alice.post("/api/v1/notifications/clear")).json() == {}
    assert await left() == []


async def test_unread_ones_are_counted_from_the_marker_on(as_alice, told):
    for version in ("v1", "v2"):
        path = f"/api/{version}/notifications/unread_count"
        assert (await as_alice.get(path, params={"limit": 2})).json() == {"count": 2}
    await as_alice.post("/api/v1/markers", json={"notifications": {"last_read_id": str(told[1].id)}})
    assert (await as_alice.get("/api/v1/notifications/unread_count")).json() == {"count": 1}


@pytest.mark.parametrize("hide", [make_block, make_mute])
async def test_who_is_blocked_or_muted_tells_nothing(as_alice, server, told, alice, bob, hide):
    await hide(server, alice, bob)

    assert (await as_alice.get("/api/v1/notifications")).json() == []


async def test_everything_is_accepted(as_alice):
    policy = (await as_alice.get("/api/v2/notifications/policy")).json()

    assert policy["for_not_following"] == "accept"
    assert policy["summary"] == {"pending_requests_count": 0, "pending_notifications_count": 0}
    assert (await as_alice.get("/api/v1/notifications/policy")).json()["filter_new_accounts"] is False


async def test_push_is_not_there(as_alice):
    answer = await as_alice.get("/api/v1/push/subscription")

    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
