"""Conversations, the timeline of direct posts, and muted threads."""

import pytest

from tests.support.factories import make_block, make_boost, make_mute, make_post

pytestmark = pytest.mark.anyio

PATH = "/api/v1/conversations"


async def write(client, text, **values):
    answer = await client.post("/api/v1/statuses", json={"status": text, "visibility": "direct", **values})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def let_in(client):
    """Have direct posts of strangers come through."""
    await client.put("/api/v2/notifications/policy", json={"for_private_mentions": "accept"})


async def test_both_see_a_thread_and_only_who_received_has_it_unread(as_alice, as_bob):
    await let_in(as_bob)
    first = await write(as_alice, "@bob hello")
    last = await write(as_alice, "@bob and more", in_reply_to_id=first["id"])

    (mine,), (theirs,) = (await as_alice.get(PATH)).json(), (await as_bob.get(PATH)).json()

    assert [each["acct"] for each in mine["accounts"]] == ["bob"]
    assert [each["acct"] for each in theirs["accounts"]] == ["alice"]
    assert (mine["unread"], theirs["unread"]) == (False, True)
    assert mine["last_status"]["id"] == theirs["last_status"]["id"] == last["id"]
    await write(as_bob, "@alice hi", in_reply_to_id=last["id"])
    assert [each["unread"] for each in (await as_alice.get(PATH)).json()] == [True]
    assert [each["unread"] for each in (await as_bob.get(PATH)).json()] == [False]


async def test_a_stranger_comes_in_when_the_request_is_accepted(as_alice, as_bob):
    post = await write(as_alice, "@bob hello")

    assert (await as_bob.get(PATH)).json() == []
    (request,) = (await as_bob.get("/api/v1/notifications/requests")).json()
    await as_bob.post(f"/api/v1/notifications/requests/{request['id']}/accept")
    assert [each["last_status"]["id"] for each in (await as_bob.get(PATH)).json()] == [post["id"]]


async def test_a_note_to_oneself_is_a_conversation_with_oneself(as_alice):
    await write(as_alice, "remember the milk")

    assert [each["acct"] for each in (await as_alice.get(PATH)).json()[0]["accounts"]] == ["alice"]


async def test_other_people_make_another_conversation_and_open_posts_none(as_alice, as_bob, sign_in, server):
    first = await write(as_alice, "@bob hello")
    await write(as_alice, "alone", in_reply_to_id=first["id"])
    await write(as_alice, "@bob all can read this", visibility="public")

    found = (await as_alice.get(PATH)).json()
    assert [[each["acct"] for each in one["accounts"]] for one in found] == [["alice"], ["bob"]]


async def test_conversations_are_marked_and_removed_until_something_new_comes(as_alice, as_bob):
    await let_in(as_bob)
    first = await write(as_alice, "@bob hello")
    (one,) = (await as_bob.get(PATH)).json()
    path = f"{PATH}/{one['id']}"

    assert (await as_bob.post(f"{path}/read")).json()["unread"] is False
    assert (await as_bob.get(PATH)).json()[0]["unread"] is False
    assert (await as_bob.post(f"{path}/unread")).json()["unread"] is True
    assert (await as_bob.delete(path)).json() == {}
    assert (await as_bob.get(PATH)).json() == []
    assert (await as_bob.post(f"{path}/read")).status_code == 404
    assert len((await as_alice.get(PATH)).json()) == 1
    await write(as_alice, "@bob again", in_reply_to_id=first["id"])
    assert [each["id"] for each in (await as_bob.get(PATH)).json()] == [one["id"]]


@pytest.mark.parametrize(("method", "suffix"), [("DELETE", ""), ("POST", "/read"), ("POST", "/unread")])
async def test_anothers_conversation_is_not_there(as_alice, as_bob, method, suffix):
    await write(as_alice, "note to myself")
    (one,) = (await as_alice.get(PATH)).json()

    assert (await as_bob.request(method, f"{PATH}/{one['id']}{suffix}")).status_code == 404
    assert (await as_bob.request(method, f"{PATH}/77{suffix}")).status_code == 404
    assert (await as_alice.get(PATH)).json() == [one]


async def test_pages_go_by_the_last_posts(as_alice):
    posts = [await write(as_alice, f"note {number}") for number in range(3)]

    first = await as_alice.get(PATH, params={"limit": 2})
    assert f"max_id={posts[1]['id']}" in first.links["next"]["url"]
    second = await as_alice.get(first.links["next"]["url"])
    assert [each["last_status"]["id"] for each in second.json()] == [posts[0]["id"]]
    back = await as_alice.get(second.links["prev"]["url"])
    assert back.json() == first.json()


async def test_when_the_last_post_goes_the_one_before_is_the_last(as_alice, as_bob):
    await let_in(as_bob)
    first = await write(as_alice, "@bob hello")
    second = await write(as_alice, "@bob more", in_reply_to_id=first["id"])
    third = await write(as_alice, "@bob and more", in_reply_to_id=first["id"])

    for gone, last in ((third, second), (second, first)):
        await as_alice.delete(f"/api/v1/statuses/{gone['id']}")
        for client in (as_alice, as_bob):
            (one,) = (await client.get(PATH)).json()
            assert one["last_status"]["id"] == last["id"]
    await as_alice.delete(f"/api/v1/statuses/{first['id']}")
    assert (await as_alice.get(PATH)).json() == (await as_bob.get(PATH)).json() == []


@pytest.mark.parametrize("hide", [make_block, make_mute])
async def test_who_is_hidden_has_no_conversation(as_alice, as_bob, server, alice, bob, hide):
    await let_in(as_bob)
    await write(as_alice, "@bob hello")
    await hide(server, bob, alice)

    assert (await as_bob.get(PATH)).json() == []
    assert (await as_bob.get("/api/v1/timelines/direct")).json() == []


async def test_a_change_is_told_to_whom_it_concerns(as_alice, as_bob, server, alice, bob):
    await let_in(as_bob)
    with server.pubsub.subscribe("news") as told:
        await write(as_alice, "@bob hello")
    heard = [told.get_nowait()[1] for _ in range(told.qsize())]

    for account in (alice, bob):
        assert len([line for line in heard if '"conversation"' in line and f":{account.id}}}" in line]) == 1


async def test_direct_posts_have_a_timeline(as_alice, as_bob):
    first = await write(as_alice, "@bob hello")
    second = await write(as_bob, "@alice hi", in_reply_to_id=first["id"])
    await write(as_alice, "@bob open", visibility="public")
    path = "/api/v1/timelines/direct"

    for client in (as_alice, as_bob):
        assert [each["id"] for each in (await client.get(path)).json()] == [second["id"], first["id"]]
    page = await as_alice.get(path, params={"limit": 1})
    assert [each["id"] for each in (await as_alice.get(page.links["next"]["url"])).json()] == [first["id"]]
    up = await as_alice.get(path, params={"limit": 1, "min_id": 1})
    assert [each["id"] for each in up.json()] == [first["id"]]


async def test_a_muted_thread_tells_nothing_more(as_alice, as_bob):
    post = (await as_alice.post("/api/v1/statuses", json={"status": "hello"})).json()
    path = f"/api/v1/statuses/{post['id']}"

    for _ in range(2):
        assert (await as_alice.post(f"{path}/mute")).json()["muted"] is True
    await as_bob.post(f"{path}/favourite")
    answer = await as_bob.post("/api/v1/statuses", json={"status": "@alice x", "in_reply_to_id": post["id"]})
    assert (await as_alice.get("/api/v1/notifications")).json() == []
    assert (await as_alice.get(f"/api/v1/statuses/{answer.json()['id']}")).json()["muted"] is True
    assert (await as_bob.get(path)).json()["muted"] is False
    assert (await as_alice.post(f"{path}/unmute")).json()["muted"] is False
    await as_bob.post("/api/v1/statuses", json={"status": "@alice y", "in_reply_to_id": post["id"]})
    assert len((await as_alice.get("/api/v1/notifications")).json()) == 1


async def test_a_boost_mutes_the_thread_of_what_it_boosts(as_alice, as_bob, server, bob):
    post = await make_post(server, bob, context_uri="https://b.example/c")
    boost = await make_boost(server, bob, post)

    assert (await as_alice.post(f"/api/v1/statuses/{boost.id}/mute")).json()["muted"] is True
    assert (await as_alice.get(f"/api/v1/statuses/{post.id}")).json()["muted"] is True


async def test_only_threads_that_are_seen_are_muted(as_alice, server, bob):
    secret = await make_post(server, bob, visibility="direct", context_uri="x")
    loose = await make_post(server, bob)

    for word in ("mute", "unmute"):
        assert (await as_alice.post(f"/api/v1/statuses/{secret.id}/{word}")).status_code == 404
        assert (await as_alice.post(f"/api/v1/statuses/77/{word}")).status_code == 404
    assert (await as_alice.post(f"/api/v1/statuses/{loose.id}/mute")).status_code == 422
