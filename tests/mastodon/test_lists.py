"""Lists, who is on them, and their timelines."""

import pytest

from fedi.actions import lists
from tests.support.factories import make_account, make_follow, make_post

pytestmark = pytest.mark.anyio

PATH = "/api/v1/lists"


async def made(client, title="Friends", **fields):
    answer = await client.post(PATH, json={"title": title, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def members(client, list_id, **params):
    answer = await client.get(f"{PATH}/{list_id}/accounts", params=params)
    assert answer.status_code == 200, answer.text
    return [each["username"] for each in answer.json()]


@pytest.fixture
async def three(server, alice):
    """Three people whom alice follows."""
    people = [await make_account(server, f"p{number}") for number in range(3)]
    for person in people:
        await make_follow(server, alice, person)
    return people


async def test_a_list_is_made_shown_changed_and_deleted(as_alice):
    first = await made(as_alice, "  Friends ")
    assert first == {"id": first["id"], "title": "Friends", "replies_policy": "list", "exclusive": False}
    second = await made(as_alice, "art", replies_policy="none", exclusive=True)
    changed = await as_alice.put(f"{PATH}/{first['id']}", data={"title": "Zoo", "exclusive": "1"})

    assert changed.json() == {**first, "title": "Zoo", "exclusive": True}
    assert (await as_alice.get(PATH)).json() == [second, changed.json()]
    assert (await as_alice.get(f"{PATH}/{second['id']}")).json() == second
    gone = await as_alice.delete(f"{PATH}/{second['id']}")
    assert (gone.status_code, gone.json()) == (200, {})
    assert (await as_alice.get(f"{PATH}/{second['id']}")).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [{}, {"title": "  "}, {"title": "x" * 257}, {"title": "x", "replies_policy": "everybody"}],
)
async def test_a_list_that_cannot_be_is_refused(as_alice, fields):
    kept = await made(as_alice)

    assert (await as_alice.post(PATH, json=fields)).status_code == 422
    assert (await as_alice.put(f"{PATH}/{kept['id']}", json=fields)).status_code == (422 if fields else 200)
    assert (await as_alice.get(PATH)).json() == [kept]


async def test_somebody_has_fifty_lists_at_most(as_alice):
    for number in range(50):
        await made(as_alice, f"list {number}")

    assert (await as_alice.post(PATH, json={"title": "one more"})).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("GET", "/accounts"),
        ("POST", "/accounts"),
        ("DELETE", "/accounts"),
    ],
)
async def test_another_persons_list_is_not_there(as_alice, as_bob, method, path):
    row = await made(as_alice)

    assert (await as_bob.request(method, f"{PATH}/{row['id']}{path}")).status_code == 404
    assert (await as_bob.get(f"/api/v1/timelines/list/{row['id']}")).status_code == 404
    assert (await as_alice.get(PATH)).json() == [row]


async def test_members_are_added_twice_and_taken_off_by_the_body_of_a_delete(as_alice, three):
    row = await made(as_alice)
    path = f"{PATH}/{row['id']}/accounts"
    ids = [str(person.id) for person in three]

    for _ in range(2):
        assert (await as_alice.post(path, json={"account_ids": ids[:2]})).json() == {}
    assert (await as_alice.post(path, params={"account_ids[]": ids[2]})).status_code == 200
    assert await members(as_alice, row["id"]) == ["p2", "p1", "p0"]
    gone = await as_alice.request("DELETE", path, data={"account_ids[]": ids[:2]})
    assert (gone.status_code, gone.json()) == (200, {})
    assert await members(as_alice, row["id"]) == ["p2"]
    assert (await as_alice.request("DELETE", path, json={"account_ids": ids})).status_code == 200
    assert await members(as_alice, row["id"]) == []


async def test_only_who_is_followed_or_oneself_gets_on_a_list(as_alice, server, alice, three):
    row, stranger = await made(as_alice), await make_account(server, "stranger")
    path = f"{PATH}/{row['id']}/accounts"

    for other in (stranger.id, 12345, "nonsense"):
        answer = await as_alice.post(path, json={"account_ids": [str(three[0].id), str(other)]})
        assert answer.status_code == 404
    assert await members(as_alice, row["id"]) == []
    assert (await as_alice.post(path, json={"account_ids": [str(alice.id)]})).status_code == 200
    assert await members(as_alice, row["id"]) == ["alice"]


async def test_members_are_paged_and_given_all_at_once(as_alice, three):
    row = await made(as_alice)
    for person in three:
        await as_alice.post(f"{PATH}/{row['id']}/accounts", json={"account_ids": [str(person.id)]})
    path = f"{PATH}/{row['id']}/accounts"

    first = await as_alice.get(path, params={"limit": 2})
    second = await as_alice.get(first.links["next"]["url"])
    back = await as_alice.get(second.links["prev"]["url"])
    everybody = await as_alice.get(path, params={"limit": 0})

    assert [each["username"] for each in first.json()] == ["p2", "p1"]
    assert [each["username"] for each in second.json()] == ["p0"]
    assert back.json() == first.json()
    assert "next" not in second.links
    assert ([each["username"] for each in everybody.json()], everybody.links) == (["p2", "p1", "p0"], {})


@pytest.mark.parametrize("what", ["unfollow", "block"])
async def test_who_is_no_longer_followed_leaves_the_lists(as_alice, three, what):
    row = await made(as_alice)
    await as_alice.post(f"{PATH}/{row['id']}/accounts", json={"account_ids": [str(three[0].id)]})
    of_account = f"/api/v1/accounts/{three[0].id}/lists"
    assert (await as_alice.get(of_account)).json() == [row]

    await as_alice.post(f"/api/v1/accounts/{three[0].id}/{what}")

    assert await members(as_alice, row["id"]) == []
    assert (await as_alice.get(of_account)).json() == []


async def test_being_removed_as_a_follower_leaves_the_followers_lists(as_alice, as_bob, server, alice, bob):
    await make_follow(server, bob, alice)
    row = await made(as_bob)
    await as_bob.post(f"{PATH}/{row['id']}/accounts", json={"account_ids": [str(alice.id)]})

    await as_alice.post(f"/api/v1/accounts/{bob.id}/remove_from_followers")

    assert await members(as_bob, row["id"]) == []


async def test_the_lists_of_an_account_are_ones_own(as_alice, as_bob, three):
    row = await made(as_alice)
    await as_alice.post(f"{PATH}/{row['id']}/accounts", json={"account_ids": [str(three[0].id)]})

    assert (await as_bob.get(f"/api/v1/accounts/{three[0].id}/lists")).json() == []
    assert (await as_bob.get("/api/v1/accounts/12345/lists")).status_code == 404


async def test_a_timeline_has_its_members_posts_and_an_exclusive_lists_leave_the_home(
    as_alice, server, three
):
    row = await made(as_alice, exclusive=True)
    await as_alice.post(f"{PATH}/{row['id']}/accounts", json={"account_ids": [str(three[0].id)]})
    posts = [await make_post(server, three[0]) for _ in range(3)]
    other = await make_post(server, three[1])
    path = f"/api/v1/timelines/list/{row['id']}"

    first = await as_alice.get(path, params={"limit": 2})
    second = await as_alice.get(first.links["next"]["url"])
    back = await as_alice.get(second.links["prev"]["url"])

    assert [each["id"] for each in first.json()] == [str(posts[2].id), str(posts[1].id)]
    assert [each["id"] for each in second.json()] == [str(posts[0].id)]
    assert back.json() == first.json()
    home = (await as_alice.get("/api/v1/timelines/home")).json()
    assert [each["id"] for each in home] == [str(other.id)]


async def test_a_list_keeps_who_has_moved_under_the_new_account(as_alice, server, alice, three):
    row, new = await made(as_alice), await make_account(server, "new")
    await as_alice.post(f"{PATH}/{row['id']}/accounts", json={"account_ids": [str(three[0].id)]})

    async with server.db.transaction():
        await lists.replace(server, alice, three[0], new)

    assert await members(as_alice, row["id"]) == ["new"]
