"""Quotes through the client API (Mastodon API: Quote, ShallowQuote, QuoteApproval)."""

import pytest

from fedi.actions import deletes
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from tests.support.factories import make_account, make_block, make_follow, make_mute, make_post

pytestmark = pytest.mark.anyio


async def posted(client, **fields):
    answer = await client.post("/api/v1/statuses", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def seen(client, id_):
    return (await client.get(f"/api/v1/statuses/{id_}")).json()


async def test_a_quote_shows_the_quoted_post(as_alice, as_bob):
    quoted = await posted(as_bob, status="my fox")

    made = await posted(as_alice, status="look", quoted_status_id=quoted["id"])

    assert made["quote"]["state"] == "accepted"
    assert made["quote"]["quoted_status"]["id"] == quoted["id"]
    assert made["content"] == "<p>look</p>"
    assert (await seen(as_bob, quoted["id"]))["quotes_count"] == 1


async def test_a_quote_needs_no_words_of_its_own(as_alice, as_bob):
    quoted = await posted(as_bob, status="my fox")

    made = await posted(as_alice, status="", quoted_status_id=quoted["id"])

    assert (made["content"], made["quote"]["state"]) == ("", "accepted")


async def test_akkomas_parameter_is_read(as_alice, as_bob):
    quoted = await posted(as_bob, status="my fox")

    made = await posted(as_alice, status="look", quote_id=quoted["id"])

    assert made["quote"]["quoted_status"]["id"] == quoted["id"]


async def test_what_a_quoted_post_quotes_is_named_by_its_id(as_alice, as_bob):
    first = await posted(as_bob, status="one")
    second = await posted(as_bob, status="two", quoted_status_id=first["id"])

    third = await posted(as_alice, status="three", quoted_status_id=second["id"])

    assert third["quote"]["quoted_status"]["quote"] == {
        "state": "accepted",
        "quoted_status_id": first["id"],
    }


async def test_the_quoted_person_is_told(as_alice, as_bob):
    quoted = await posted(as_bob, status="my fox")
    made = await posted(as_alice, status="look", quoted_status_id=quoted["id"])

    told = (await as_bob.get("/api/v1/notifications")).json()

    assert [(each["type"], each["status"]["id"]) for each in told] == [("quote", made["id"])]


async def test_whoever_quotes_hears_of_an_edit(as_alice, as_bob):
    quoted = await posted(as_bob, status="my fox")
    made = await posted(as_alice, status="look", quoted_status_id=quoted["id"])

    await as_bob.put(f"/api/v1/statuses/{quoted['id']}", json={"status": "my vixen"})

    told = (await as_alice.get("/api/v1/notifications")).json()
    assert [(each["type"], each["status"]["id"]) for each in told] == [("quoted_update", made["id"])]


@pytest.mark.parametrize(
    ("policy", "automatic", "others"), [("public", ["public"], "automatic"), ("nobody", [], "denied")]
)
async def test_a_post_says_who_may_quote_it(as_alice, as_bob, policy, automatic, others):
    made = await posted(as_alice, status="x", quote_approval_policy=policy)

    assert made["quote_approval"] == {"automatic": automatic, "manual": [], "current_user": "automatic"}
    assert (await seen(as_bob, made["id"]))["quote_approval"]["current_user"] == others


async def test_followers_may_quote_what_is_open_to_followers(server, alice, bob, as_alice, as_bob):
    made = await posted(as_alice, status="x", quote_approval_policy="followers")
    refused = await as_bob.post("/api/v1/statuses", json={"status": "y", "quoted_status_id": made["id"]})
    async with server.db.transaction():
        await make_follow(server, bob, alice)

    answer = await as_bob.post("/api/v1/statuses", json={"status": "y", "quoted_status_id": made["id"]})

    assert (refused.status_code, answer.status_code) == (403, 200)
    assert refused.json()["error"] == "The author of this post does not let you quote it"


async def test_who_may_quote_can_be_changed(as_alice, as_bob):
    made = await posted(as_alice, status="x")
    path = f"/api/v1/statuses/{made['id']}/interaction_policy"

    changed = await as_alice.put(path, json={"quote_approval_policy": "nobody"})

    assert changed.json()["quote_approval"]["automatic"] == []
    assert (await as_alice.put(path, json={"quote_approval_policy": "x"})).status_code == 422
    assert (await as_bob.put(path, json={"quote_approval_policy": "public"})).status_code == 404


async def test_the_usual_policy_is_a_preference(as_alice):
    await as_alice.patch(
        "/api/v1/accounts/update_credentials", json={"source": {"quote_policy": "followers"}}
    )

    assert (await posted(as_alice, status="x"))["quote_approval"]["automatic"] == ["followers"]
    chosen = (await as_alice.get("/api/v1/preferences")).json()
    assert chosen["posting:default:quote_policy"] == "followers"


async def test_quotes_are_listed_without_those_that_may_not_be_seen(as_alice, as_bob):
    quoted = await posted(as_alice, status="x")
    one = await posted(as_bob, status="1", quoted_status_id=quoted["id"])
    secret = await posted(as_alice, status="2", visibility="private", quoted_status_id=quoted["id"])
    path = f"/api/v1/statuses/{quoted['id']}/quotes"

    assert [each["id"] for each in (await as_alice.get(path)).json()] == [secret["id"], one["id"]]
    assert [each["id"] for each in (await as_bob.get(path)).json()] == [one["id"]]
    assert (await seen(as_bob, quoted["id"]))["quotes_count"] == 1


async def test_ones_post_can_be_taken_out_of_a_quote(as_alice, as_bob):
    quoted = await posted(as_alice, status="x")
    made = await posted(as_bob, status="1", quoted_status_id=quoted["id"])
    path = f"/api/v1/statuses/{quoted['id']}/quotes/{made['id']}/revoke"

    assert (await as_bob.post(path)).status_code == 404
    answer = await as_alice.post(path)

    assert answer.json()["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await seen(as_bob, made["id"]))["quote"]["state"] == "revoked"
    assert (await seen(as_bob, quoted["id"]))["quotes_count"] == 0
    assert (await as_alice.post(path)).status_code == 200


async def test_a_deleted_post_leaves_its_quote_empty(server, as_alice, as_bob):
    quoted = await posted(as_bob, status="x")
    made = await posted(as_alice, status="1", quoted_status_id=quoted["id"])

    await deletes.delete(server, await Post.get(id=int(quoted["id"])))

    assert (await seen(as_alice, made["id"]))["quote"] == {"state": "deleted", "quoted_status": None}


async def test_a_quote_never_shows_what_its_reader_may_not_see(server, alice, as_alice, as_bob):
    quoted = await posted(as_alice, status="for friends", visibility="private")

    made = await posted(as_alice, status="see", quoted_status_id=quoted["id"])

    assert made["visibility"] == "private"
    await Post.filter(id=int(made["id"])).update(visibility="public")
    shown = await seen(as_bob, made["id"])
    assert shown["quote"] == {"state": "unauthorized", "quoted_status": None}
    assert "for friends" not in str(shown)


@pytest.mark.parametrize(("make", "state"), [(make_block, "blocked_account"), (make_mute, "muted_account")])
async def test_a_quote_hides_whom_its_reader_hides(server, alice, bob, as_alice, as_bob, make, state):
    carol = await make_account(server, "carol", domain="c.example")
    policy = {"canQuote": {"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}}
    quoted = await make_post(server, carol, "hidden words", interaction_policy=policy)
    made = await posted(as_bob, status="see", quoted_status_id=str(quoted.id))
    await Quote.filter(post_id=int(made["id"])).update(state="accepted")
    await make(server, alice, carol)

    shown = await seen(as_alice, made["id"])

    assert shown["quote"] == {"state": state, "quoted_status": None}
    assert "hidden words" not in str(shown)


async def test_a_post_of_nobodys_consent_cannot_be_quoted(server, as_alice):
    carol = await make_account(server, "carol", domain="c.example")
    quoted = await make_post(server, carol)

    answer = await as_alice.post("/api/v1/statuses", json={"status": "x", "quoted_status_id": str(quoted.id)})

    assert answer.status_code == 403
    assert (await seen(as_alice, quoted.id))["quote_approval"] == {
        "automatic": [],
        "manual": [],
        "current_user": "denied",
    }


@pytest.mark.parametrize("deed", ["favourite", "reblog"])
async def test_what_an_author_denies_is_refused_with_a_sentence(server, as_alice, deed):
    carol = await make_account(server, "carol", domain="c.example")
    closed = {"automaticApproval": [carol.uri]}
    post = await make_post(
        server, carol, interaction_policy={"canLike": closed, "canAnnounce": closed, "canReply": closed}
    )

    answer = await as_alice.post(f"/api/v1/statuses/{post.id}/{deed}")
    reply = await as_alice.post("/api/v1/statuses", json={"status": "x", "in_reply_to_id": str(post.id)})

    assert (answer.status_code, reply.status_code) == (403, 403)
    assert answer.json()["error"].startswith("The author of this post")
    assert await Post.filter(local=True).count() == 0


async def test_a_direct_post_quotes_only_whom_it_names(as_alice, as_bob):
    quoted = await posted(as_bob, status="x")
    fields = {"visibility": "direct", "quoted_status_id": quoted["id"]}

    refused = await as_alice.post("/api/v1/statuses", json={"status": "psst", **fields})
    made = await posted(as_alice, status="@bob psst", **fields)

    assert (refused.status_code, made["quote"]["state"]) == (422, "accepted")
