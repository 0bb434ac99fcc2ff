"""Notifications in groups: the same ones as one by one, shown together."""

import random

import pytest

from fedi.actions import notify
from fedi.models.notifications import Notification
from tests.support.factories import make_account, make_block, make_notification, make_post

pytestmark = pytest.mark.anyio

PATH = "/api/v2/notifications"


async def tell(server, recipient, *events):
    async with server.db.transaction():
        return [await notify.about(server, recipient, *event) for event in events]


@pytest.fixture
async def crowd(server):
    """Ten people elsewhere."""
    return [await make_account(server, f"p{number}", domain="b.example") for number in range(10)]


@pytest.fixture
async def favourited(server, alice, bob, crowd):
    """A post of alice's that ten people like, and a mention between."""
    post = await make_post(server, alice)
    await tell(server, alice, *(("favourite", person, post) for person in crowd[:5]))
    await tell(server, alice, ("mention", bob, await make_post(server, bob)))
    await tell(server, alice, *(("favourite", person, post) for person in crowd[5:]))
    return post


async def test_likes_of_one_post_are_shown_as_one(as_alice, favourited, crowd):
    answer = (await as_alice.get(PATH)).json()

    likes, mention = answer["notification_groups"]
    assert (likes["type"], likes["notifications_count"]) == ("favourite", 10)
    assert likes["group_key"].startswith(f"favourite-{favourited.id}-")
    assert likes["sample_account_ids"] == [str(person.id) for person in reversed(crowd[2:])]
    assert likes["status_id"] == str(favourited.id)
    assert isinstance(likes["most_recent_notification_id"], int)
    assert likes["page_max_id"] == str(likes["most_recent_notification_id"])
    assert mention["group_key"] == f"ungrouped-{mention['most_recent_notification_id']}"
    assert int(likes["page_min_id"]) >= mention["most_recent_notification_id"]
    assert {each["id"] for each in answer["accounts"]} >= set(likes["sample_account_ids"])
    assert "partial_accounts" not in answer
    one_by_one = (await as_alice.get("/api/v1/notifications")).json()
    assert {each["group_key"] for each in one_by_one} == {likes["group_key"], mention["group_key"]}


async def test_only_the_first_of_a_group_is_shown_whole_when_asked_so(as_alice, favourited, crowd, bob):
    answer = (await as_alice.get(PATH, params={"expand_accounts": "partial_avatars"})).json()

    assert {each["id"] for each in answer["accounts"]} == {str(crowd[-1].id), str(bob.id)}
    assert [each["id"] for each in answer["partial_accounts"]] == [
        str(person.id) for person in reversed(crowd[2:-1])
    ]
    assert (await as_alice.get(PATH, params={"expand_accounts": "odd"})).status_code == 400


async def test_kinds_that_an_app_does_not_group_stand_alone(as_alice, favourited):
    answer = (await as_alice.get(PATH, params={"grouped_types[]": "follow"})).json()

    assert [each["notifications_count"] for each in answer["notification_groups"]] == [1] * 11
    assert all(each["group_key"].startswith("ungrouped-") for each in answer["notification_groups"])
    for kinds, count in (("follow", 11), ("favourite", 2)):
        unread = await as_alice.get(f"{PATH}/unread_count", params={"grouped_types[]": kinds})
        assert unread.json() == {"count": count}


async def test_a_kind_that_an_app_does_not_know_comes_in_words(as_alice, favourited):
    params = {"supported_types[]": "favourite"}

    likes, mention = (await as_alice.get(PATH, params=params)).json()["notification_groups"]
    one_by_one = (await as_alice.get("/api/v1/notifications", params=params)).json()

    assert "fallback" not in likes
    assert mention["fallback"]["title"] == "bob mentioned you"
    assert [each["fallback"]["title"] for each in one_by_one if "fallback" in each] == ["bob mentioned you"]


async def test_a_group_is_shown_by_its_key_with_all_its_people(as_alice, as_bob, favourited, crowd):
    key = (await as_alice.get(PATH)).json()["notification_groups"][0]["group_key"]

    (group,) = (await as_alice.get(f"{PATH}/{key}")).json()["notification_groups"]
    assert (group["group_key"], group["notifications_count"]) == (key, 10)
    first = await as_alice.get(f"{PATH}/{key}/accounts", params={"limit": 6})
    second = await as_alice.get(first.links["next"]["url"])
    assert [each["id"] for each in first.json() + second.json()] == [
        str(person.id) for person in reversed(crowd)
    ]
    for path in (f"{PATH}/{key}", f"{PATH}/{key}/accounts"):
        assert (await as_bob.get(path)).status_code == 404
    await as_bob.post(f"{PATH}/{key}/dismiss")
    assert (await as_alice.get(f"{PATH}/{key}")).status_code == 200


async def test_a_group_is_dismissed_as_a_whole(as_alice, favourited):
    key = (await as_alice.get(PATH)).json()["notification_groups"][0]["group_key"]

    assert (await as_alice.post(f"{PATH}/{key}/dismiss")).json() == {}
    assert [each["type"] for each in (await as_alice.get("/api/v1/notifications")).json()] == ["mention"]
    assert (await as_alice.get(f"{PATH}/{key}")).status_code == 404


async def test_unread_groups_are_counted_by_their_newest(as_alice, favourited):
    newest = (await as_alice.get("/api/v1/notifications")).json()
    await as_alice.post("/api/v1/markers", json={"notifications": {"last_read_id": newest[1]["id"]}})
    for version in ("v1", "v2"):
        assert (await as_alice.get(f"/api/{version}/notifications/unread_count")).json() == {"count": 1}
    await as_alice.post("/api/v1/markers", json={"notifications": {"last_read_id": newest[-1]["id"]}})
    assert (await as_alice.get("/api/v1/notifications/unread_count")).json() == {"count": 10}
    assert (await as_alice.get(f"{PATH}/unread_count")).json() == {"count": 2}


async def test_a_group_stands_where_its_newest_that_is_shown_stands(
    as_alice, server, alice, favourited, crowd
):
    await make_block(server, alice, crowd[-1])

    likes = (await as_alice.get(PATH)).json()["notification_groups"][0]

    assert likes["notifications_count"] == 9
    assert likes["sample_account_ids"][0] == str(crowd[-2].id)


async def walk(client, path, way, limit):
    """Give all pages of a list, newest entry first, by following its links from one end to the other."""
    start = {"limit": limit} if way == "next" else {"limit": limit, "min_id": 1}
    found, answer = [], await client.get(path, params=start)
    while True:
        body = answer.json()
        entries = body if isinstance(body, list) else body["notification_groups"]
        found = found + entries if way == "next" else entries + found
        if not entries or way not in answer.links:
            return found
        answer = await client.get(answer.links[way]["url"])


@pytest.mark.parametrize("seed", range(4))
async def test_both_lists_hold_the_same_whichever_way_they_are_walked(
    as_alice, server, clock, alice, bob, crowd, seed
):
    choose = random.Random(seed)
    posts = [await make_post(server, alice) for _ in range(3)]
    for _ in range(60):
        kind = choose.choice(["favourite", "reblog", "follow", "mention", "old"])
        person, post = choose.choice(crowd), choose.choice(posts)
        if kind == "old":
            # As they were stored before there were groups.
            await make_notification(server, alice, person, "favourite", post=post)
        else:
            await tell(server, alice, (kind, person, None if kind == "follow" else post))
        clock.turn(minutes=choose.randrange(120))
    await make_block(server, alice, crowd[0])
    limit = choose.randrange(2, 9)

    single = await walk(as_alice, "/api/v1/notifications", "next", limit)
    groups = await walk(as_alice, PATH, "next", limit)

    ids = [int(each["id"]) for each in single]
    assert ids == sorted(set(ids), reverse=True)
    assert (
        len(ids)
        == await Notification.filter(account_id=alice.id).exclude(from_account_id=crowd[0].id).count()
    )
    newest = {}
    for each in single:
        newest.setdefault(each["group_key"], int(each["id"]))
    assert [(each["group_key"], each["most_recent_notification_id"]) for each in groups] == list(
        newest.items()
    )
    assert sum(each["notifications_count"] for each in groups) == len(single)
    # A client may go on from the least id of a page as well as from the link.
    assert await walk(as_alice, "/api/v1/notifications", "prev", limit) == single
    upwards = await walk(as_alice, PATH, "prev", limit)
    assert [each["group_key"] for each in upwards] == [each["group_key"] for each in groups]
