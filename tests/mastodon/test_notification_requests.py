"""Policies about strangers, and who waits to be let in."""

import pytest

from fedi.actions import notify
from tests.support.factories import make_account, make_post

pytestmark = pytest.mark.anyio

POLICY, PATH = "/api/v2/notifications/policy", "/api/v1/notifications/requests"
DEFAULTS = {
    "for_not_following": "accept",
    "for_not_followers": "accept",
    "for_new_accounts": "accept",
    "for_private_mentions": "filter",
    "for_limited_accounts": "filter",
    "for_bots": "accept",
}


@pytest.fixture
async def kept(server, as_alice, alice, bob):
    """What alice's policy has kept back: two of bob's, one of rita's; gives the mention of bob's."""
    await as_alice.put(POLICY, json={"for_not_following": "filter"})
    rita = await make_account(server, "rita", domain="b.example")
    post = await make_post(server, bob, "hello")
    async with server.db.transaction():
        await notify.about(server, alice, "follow", rita)
        await notify.about(server, alice, "mention", bob, post)
        await notify.about(server, alice, "follow", bob)
    return post


async def test_a_policy_has_defaults_and_is_changed_in_part(as_alice, as_bob):
    nothing = {"pending_requests_count": 0, "pending_notifications_count": 0}

    assert (await as_alice.get(POLICY)).json() == {**DEFAULTS, "summary": nothing}
    assert (await as_alice.put(POLICY, json={})).json() == {**DEFAULTS, "summary": nothing}
    changed = await as_alice.patch(POLICY, data={"for_bots": "drop", "for_limited_accounts": "accept"})
    wanted = {**DEFAULTS, "for_bots": "drop", "for_limited_accounts": "accept", "summary": nothing}
    assert changed.json() == (await as_alice.get(POLICY)).json() == wanted
    assert (await as_bob.get(POLICY)).json() == {**DEFAULTS, "summary": nothing}


async def test_what_is_no_verdict_is_refused(as_alice):
    answer = await as_alice.put(POLICY, json={"for_bots": "drop", "for_new_accounts": "odd"})

    assert answer.status_code == 422
    assert (await as_alice.get(POLICY)).json()["for_bots"] == "accept"


async def test_the_older_policy_says_yes_or_no(as_alice):
    path = "/api/v1/notifications/policy"

    old = (await as_alice.get(path)).json()
    assert (old["filter_private_mentions"], old["filter_not_following"]) == (True, False)
    changed = await as_alice.put(path, data={"filter_private_mentions": "false", "filter_new_accounts": "1"})
    assert (changed.json()["filter_private_mentions"], changed.json()["filter_new_accounts"]) == (False, True)
    new = (await as_alice.get(POLICY)).json()
    assert (new["for_private_mentions"], new["for_new_accounts"]) == ("accept", "filter")


async def test_who_is_kept_back_stands_among_the_requests_alone(as_alice, as_bob, kept, bob):
    requests = (await as_alice.get(PATH)).json()

    assert [(each["account"]["acct"], each["notifications_count"]) for each in requests] == [
        ("bob", "2"),
        ("rita@b.example", "1"),
    ]
    assert requests[0]["last_status"]["id"] == str(kept.id)
    assert (await as_alice.get(f"{PATH}/{requests[0]['id']}")).json() == requests[0]
    summary = {"pending_requests_count": 2, "pending_notifications_count": 3}
    assert (await as_alice.get(POLICY)).json()["summary"] == summary
    assert (await as_alice.get("/api/v1/notifications/policy")).json()["summary"] == summary
    for version in ("v1", "v2"):
        listed = f"/api/{version}/notifications"
        assert not any((await as_alice.get(listed)).json()) or version == "v2"
        assert (await as_alice.get(f"{listed}/unread_count")).json() == {"count": 0}
    all_of_it = (await as_alice.get("/api/v1/notifications", params={"include_filtered": "true"})).json()
    assert [each["filtered"] for each in all_of_it] == [True] * 3
    of_bob = await as_alice.get("/api/v1/notifications", params={"account_id": bob.id})
    assert [each["type"] for each in of_bob.json()] == ["follow", "mention"]
    assert (await as_bob.get(PATH)).json() == []


async def test_requests_are_paged(as_alice, kept):
    first = await as_alice.get(PATH, params={"limit": 1})
    second = await as_alice.get(first.links["next"]["url"])

    assert [each["account"]["acct"] for each in first.json() + second.json()] == ["bob", "rita@b.example"]
    assert (await as_alice.get(second.links["prev"]["url"])).json() == first.json()


async def test_who_is_accepted_comes_in_for_good(as_alice, server, alice, bob, kept):
    first = (await as_alice.get(PATH)).json()[0]

    assert (await as_alice.post(f"{PATH}/{first['id']}/accept")).json() == {}
    assert (await as_alice.get(f"{PATH}/merged")).json() == {"merged": True}
    shown = (await as_alice.get("/api/v1/notifications")).json()
    assert [(each["type"], each["account"]["acct"]) for each in shown] == [
        ("follow", "bob"),
        ("mention", "bob"),
    ]
    assert len((await as_alice.get(PATH)).json()) == 1
    async with server.db.transaction():
        await notify.about(server, alice, "favourite", bob, await make_post(server, alice))
    assert len((await as_alice.get("/api/v1/notifications")).json()) == 3


async def test_who_is_dismissed_leaves_nothing(as_alice, kept):
    first, second = (await as_alice.get(PATH)).json()

    assert (await as_alice.post(f"{PATH}/{first['id']}/dismiss")).json() == {}
    assert (await as_alice.get(PATH)).json() == [second]
    everything = {"include_filtered": "true"}
    assert len((await as_alice.get("/api/v1/notifications", params=everything)).json()) == 1


@pytest.mark.parametrize("word", ["accept", "dismiss"])
async def test_many_are_dealt_with_at_once(as_alice, kept, word):
    ids = [each["id"] for each in (await as_alice.get(PATH)).json()]

    assert (await as_alice.post(f"{PATH}/{word}?id[]={ids[0]}&id[]={ids[1]}&id[]=77")).json() == {}
    assert (await as_alice.get(PATH)).json() == []
    assert len((await as_alice.get("/api/v1/notifications")).json()) == (3 if word == "accept" else 0)


@pytest.mark.parametrize("word", ["accept", "dismiss"])
async def test_anothers_requests_are_not_there(as_alice, as_bob, kept, word):
    listed = (await as_alice.get(PATH)).json()
    path = f"{PATH}/{listed[0]['id']}"

    assert (await as_bob.get(path)).status_code == 404
    assert (await as_bob.post(f"{path}/{word}")).status_code == 404
    assert (await as_bob.post(f"{PATH}/{word}", json={"id": [listed[0]["id"]]})).json() == {}
    assert (await as_alice.get(PATH)).json() == listed
