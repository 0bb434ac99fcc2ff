"""Posts by the API: write, read, edit, delete, and what others do with them."""

import pytest

from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from tests.mastodon.pictures import png
from tests.support.factories import make_account, make_block, make_boost, make_follow, make_post

pytestmark = pytest.mark.anyio


async def posted(client, **fields):
    answer = await client.post("/api/v1/statuses", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def uploaded(client, **fields):
    answer = await client.post("/api/v2/media", files={"file": ("a.png", png(), "image/png")}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_post_is_written_and_read(as_alice, nobody, bob):
    made = await posted(
        as_alice, status="hello @bob #Cats", spoiler_text="cats", visibility="unlisted", language="en"
    )

    read = (await nobody.get(f"/api/v1/statuses/{made['id']}")).json()
    assert (made["visibility"], made["spoiler_text"], made["sensitive"]) == ("unlisted", "cats", True)
    assert (made["favourited"], made["pinned"], made["filtered"]) == (False, False, [])
    assert [(each["acct"], each["id"]) for each in read["mentions"]] == [("bob", str(bob.id))]
    assert [each["name"] for each in read["tags"]] == ["cats"]
    assert (read["card"], read["poll"], read["language"], read["edited_at"]) == (None, None, "en", None)
    assert "favourited" not in read
    assert read["created_at"][-5] == "."
    assert read["created_at"][-1] == "Z"


@pytest.mark.parametrize("encoding", ["json", "data", "params"])
async def test_a_post_comes_in_every_encoding(as_alice, encoding):
    media = await uploaded(as_alice)
    name = "media_ids" if encoding == "json" else "media_ids[]"
    fields = {"status": "with a picture", name: [media["id"]], "visibility": "private"}

    answer = await as_alice.post("/api/v1/statuses", **{encoding: fields})

    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert [each["id"] for each in made["media_attachments"]] == [media["id"]]
    assert made["visibility"] == "private"


async def test_the_same_key_gives_the_same_post(as_alice):
    headers = {"Idempotency-Key": "once"}

    first = await as_alice.post("/api/v1/statuses", json={"status": "one"}, headers=headers)
    second = await as_alice.post("/api/v1/statuses", json={"status": "two"}, headers=headers)

    assert (first.json()["id"], second.status_code) == (second.json()["id"], 200)
    assert await Post.all().count() == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"status": " "}, 422),
        ({"status": "x" * 5001}, 422),
        ({"status": "x", "visibility": "everyone"}, 422),
        ({"status": "x", "in_reply_to_id": "1"}, 404),
        ({"status": "x", "media_ids": ["1"]}, 404),
        ({"status": "x", "poll": {"options": ["a"], "expires_in": 600}}, 422),
        ({"status": "x", "scheduled_at": "2020-01-01T00:00:00Z"}, 422),
        ({"status": "x", "content_type": "text/html"}, 422),
        ({"status": "x", "quoted_status_id": "1"}, 404),
        ({"status": "x", "quote_approval_policy": "friends"}, 422),
    ],
)
async def test_what_cannot_be_posted_is_refused(as_alice, fields, status):
    answer = await as_alice.post("/api/v1/statuses", json=fields)

    assert answer.status_code == status
    assert answer.json()["error"]
    assert await Post.all().count() == 0


async def test_nulls_and_empty_lists_are_not_there(as_alice):
    made = await posted(
        as_alice, status="x", media_ids=None, poll=None, in_reply_to_id=None, scheduled_at=None
    )

    assert made["in_reply_to_id"] is None
    assert (await posted(as_alice, status="y", media_ids=[], in_reply_to_id=""))["media_attachments"] == []


async def test_anothers_picture_cannot_be_attached(as_alice, as_bob):
    media = await uploaded(as_bob)

    assert (await as_alice.post("/api/v1/statuses", json={"media_ids": [media["id"]]})).status_code == 404
    await posted(as_bob, status="mine", media_ids=[media["id"]])
    again = await as_bob.post("/api/v1/statuses", json={"media_ids": [media["id"]]})
    assert again.status_code == 422


async def test_what_may_not_be_seen_is_not_found(nobody, as_bob, as_alice, server, alice, bob):
    secret = await make_post(server, alice, visibility="followers")
    path = f"/api/v1/statuses/{secret.id}"

    for client in (nobody, as_bob):
        for of in ("", "/context", "/history", "/favourited_by", "/reblogged_by"):
            assert (await client.get(path + of)).status_code == 404
    for what in ("favourite", "reblog", "bookmark", "pin", "mute"):
        assert (await as_bob.post(f"{path}/{what}")).status_code == 404
    await make_follow(server, bob, alice)
    assert (await as_bob.get(path)).status_code == 200
    await make_block(server, alice, bob)
    assert (await as_bob.get(path)).status_code == 404
    assert (await as_alice.get(path)).status_code == 200


async def test_several_posts_are_shown_but_those_that_may_not_be_seen(nobody, server, alice):
    seen, unseen = await make_post(server, alice), await make_post(server, alice, visibility="direct")

    answer = await nobody.get(f"/api/v1/statuses?id[]={unseen.id}&id[]={seen.id}&id[]=3")

    assert [each["id"] for each in answer.json()] == [str(seen.id)]


async def test_only_its_author_edits_or_deletes_a_post(as_alice, as_bob, nobody, server, alice):
    post = await make_post(server, alice)
    path = f"/api/v1/statuses/{post.id}"

    assert (await as_bob.put(path, json={"status": "mine now"})).status_code == 404
    assert (await as_bob.delete(path)).status_code == 404
    assert (await as_bob.get(f"{path}/source")).status_code == 404
    assert (await nobody.delete(path)).status_code == 401
    assert (await as_alice.delete(path)).status_code == 200


async def test_an_edit_replaces_and_is_remembered(as_alice, nobody):
    media = await uploaded(as_alice, description="before")
    made = await posted(
        as_alice, status="before", spoiler_text="warn", media_ids=[media["id"]], language="en"
    )
    path = f"/api/v1/statuses/{made['id']}"

    edited = await as_alice.put(
        path,
        json={
            "status": "after",
            "media_ids": [media["id"]],
            "media_attributes": [{"id": media["id"], "description": "after", "focus": "0.5,-0.5"}],
        },
    )

    now = edited.json()
    assert (now["content"], now["spoiler_text"], now["sensitive"], now["language"]) == (
        "<p>after</p>",
        "",
        False,
        "en",
    )
    assert now["media_attachments"][0]["description"] == "after"
    assert now["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    history = (await nobody.get(f"{path}/history")).json()
    assert [(each["content"], each["spoiler_text"]) for each in history] == [
        ("<p>before</p>", "warn"),
        ("<p>after</p>", ""),
    ]
    assert [each["media_attachments"][0]["description"] for each in history] == ["before", "after"]
    source = (await as_alice.get(f"{path}/source")).json()
    assert source == {
        "id": made["id"],
        "text": "after",
        "spoiler_text": "",
        "content_type": "text/plain",
    }


async def test_an_edit_in_a_form_changes_alt_texts_without_numbers(as_alice):
    first, second = await uploaded(as_alice), await uploaded(as_alice)
    made = await posted(as_alice, status="two", media_ids=[first["id"], second["id"]])

    edited = await as_alice.put(
        f"/api/v1/statuses/{made['id']}",
        content=(
            f"status=two&media_ids[]={second['id']}&media_ids[]={first['id']}"
            f"&media_attributes[][id]={first['id']}&media_attributes[][description]=one"
            f"&media_attributes[][id]={second['id']}&media_attributes[][description]=other"
        ),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert [each["description"] for each in edited.json()["media_attachments"]] == ["other", "one"]


async def test_an_alt_text_that_is_too_long_is_refused(as_alice):
    media = await uploaded(as_alice)
    made = await posted(as_alice, status="x", media_ids=[media["id"]])
    change = [{"id": media["id"], "description": "x" * 1501}]

    answer = await as_alice.put(
        f"/api/v1/statuses/{made['id']}",
        json={"status": "x", "media_ids": [media["id"]], "media_attributes": change},
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(("query", "kept"), [("", 1), ("?delete_media=true", 0)])
async def test_a_deleted_post_is_given_back_for_writing_anew(as_alice, server, query, kept):
    media = await uploaded(as_alice)
    made = await posted(as_alice, status="a *draft*", media_ids=[media["id"]])

    gone = (await as_alice.delete(f"/api/v1/statuses/{made['id']}{query}")).json()

    assert (gone["text"], gone["media_attachments"][0]["id"]) == ("a *draft*", media["id"])
    assert (await as_alice.get(f"/api/v1/statuses/{made['id']}")).status_code == 404
    # The picture goes by a job when it goes; until then nothing uses it.
    assert await MediaAttachment.filter(id=int(media["id"]), post_id=None).count() == 1
    if kept:
        assert (await posted(as_alice, status="anew", media_ids=[media["id"]]))["media_attachments"]


async def test_a_conversation_is_shown_around_a_post(as_alice, nobody):
    first = await posted(as_alice, status="one")
    second = await posted(as_alice, status="two", in_reply_to_id=first["id"])
    third = await posted(as_alice, status="three", in_reply_to_id=second["id"])

    around = (await nobody.get(f"/api/v1/statuses/{second['id']}/context")).json()

    assert [each["id"] for each in around["ancestors"]] == [first["id"]]
    assert [each["id"] for each in around["descendants"]] == [third["id"]]
    assert third["in_reply_to_account_id"] == first["account"]["id"]


@pytest.mark.parametrize(
    ("what", "undo", "flag", "count"),
    [
        ("favourite", "unfavourite", "favourited", "favourites_count"),
        ("bookmark", "unbookmark", "bookmarked", None),
    ],
)
async def test_marks_are_made_and_taken_back_and_twice_is_once(
    as_bob, server, alice, what, undo, flag, count
):
    post = await make_post(server, alice)
    path = f"/api/v1/statuses/{post.id}"

    made = [(await as_bob.post(f"{path}/{what}")).json() for _ in range(2)]
    taken = [(await as_bob.post(f"{path}/{undo}")).json() for _ in range(2)]

    assert [each[flag] for each in (*made, *taken)] == [True, True, False, False]
    if count:
        assert [each[count] for each in (*made, *taken)] == [1, 1, 0, 0]


async def test_a_boost_is_a_post_around_the_original(as_bob, nobody, server, alice):
    post = await make_post(server, alice, "worth it")
    path = f"/api/v1/statuses/{post.id}"

    boost = (await as_bob.post(f"{path}/reblog")).json()
    again = (await as_bob.post(f"{path}/reblog")).json()
    by = (await nobody.get(f"{path}/reblogged_by")).json()
    ended = (await as_bob.post(f"{path}/unreblog")).json()

    assert (boost["content"], boost["reblog"]["content"]) == ("", "<p>worth it</p>")
    assert (boost["reblogged"], boost["reblog"]["reblogged"]) == (True, True)
    assert boost["reblog"]["reblogs_count"] == 1
    assert again["id"] == boost["id"]
    assert [each["acct"] for each in by] == ["bob"]
    assert (ended["id"], ended["reblogged"], ended["reblogs_count"]) == (str(post.id), False, 0)


async def test_what_is_done_to_a_boost_is_done_to_the_original(as_bob, server, alice):
    post = await make_post(server, alice)
    boost = await make_boost(server, alice, post)

    made = (await as_bob.post(f"/api/v1/statuses/{boost.id}/favourite")).json()

    assert (made["favourites_count"], made["reblog"]["favourited"]) == (1, True)


async def test_a_private_post_of_another_is_not_boosted(as_bob, server, alice, bob):
    await make_follow(server, bob, alice)
    post = await make_post(server, alice, visibility="followers")

    assert (await as_bob.post(f"/api/v1/statuses/{post.id}/reblog")).status_code == 403


async def test_only_own_posts_are_pinned(as_alice, as_bob, server, alice):
    post = await make_post(server, alice)

    assert (await as_alice.post(f"/api/v1/statuses/{post.id}/pin")).json()["pinned"] is True
    assert (await as_bob.post(f"/api/v1/statuses/{post.id}/pin")).status_code == 422
    assert (await as_alice.post(f"/api/v1/statuses/{post.id}/unpin")).json()["pinned"] is False


async def test_muting_a_thread_answers_with_the_post(as_alice, server, alice):
    post = await make_post(server, alice, context_uri="https://a.example/contexts/1")

    assert (await as_alice.post(f"/api/v1/statuses/{post.id}/mute")).json()["id"] == str(post.id)


async def test_a_remote_post_has_the_addresses_of_its_server(nobody, server):
    far = await make_account(server, "eve", domain="far.example")
    post = await make_post(server, far, url="https://far.example/@eve/1")

    shown = (await nobody.get(f"/api/v1/statuses/{post.id}")).json()

    assert (shown["uri"], shown["url"]) == (post.uri, "https://far.example/@eve/1")
    assert shown["account"]["acct"] == "eve@far.example"
    assert "application" not in shown
