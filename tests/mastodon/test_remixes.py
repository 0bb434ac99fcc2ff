"""Ours: asking for pictures, answering, and what posts say of remixes (/api/fedi/v1)."""

import pytest

from fedi.jobs.worker import drain
from fedi.models.media import MediaAttachment
from fedi.worker import TABLE
from tests.actions import small_style
from tests.mastodon.pictures import png
from tests.support.factories import make_block, make_follow, make_mute

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def style(server):
    """A style to draw in."""
    small_style.install(server)


BY = "https://creativecommons.org/licenses/by/4.0/"


async def pictured(client, policy="everyone", **more):
    """Post a picture; gives the post."""
    file = {"file": ("a.png", png(256, 192), "image/png")}
    media = (await client.post("/api/v2/media", files=file, data={"description": "a face"})).json()
    answer = await client.post(
        "/api/v1/statuses",
        json={"status": "my fox", "media_ids": [media["id"]], "remix_policy": policy, **more},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ask(client, post):
    return await client.post("/api/fedi/v1/remixes", json={"media_id": post["media_attachments"][0]["id"]})


async def seen(client, id_):
    return (await client.get(f"/api/v1/statuses/{id_}")).json()


async def drawn(client, server, remix):
    """Draw the copy that was given, for real; gives the drawing."""
    asked = await client.post("/api/fedi/v1/styles/negative/runs", json={"media_id": remix["source"]["id"]})
    await drain(server, TABLE)
    return (await client.get(f"/api/fedi/v1/runs/{asked.json()['id']}")).json()["result"]


async def test_who_may_gets_a_copy_at_once_and_posts_what_comes_of_it(as_alice, as_bob, server, bob):
    original = await pictured(as_bob)
    assert (await seen(as_alice, original["id"]))["remix_approval"] == {
        "automatic": ["public"],
        "manual": [],
        "current_user": "automatic",
    }

    asked = await ask(as_alice, original)
    remix = asked.json()
    assert (asked.status_code, remix["state"]) == (200, "accepted")
    assert remix["source"]["id"] != original["media_attachments"][0]["id"]
    picture = await drawn(as_alice, server, remix)
    made = (await as_alice.post("/api/v1/statuses", json={"media_ids": [picture["id"]]})).json()

    assert made["remix_of"]["acct"] == "bob"
    assert made["remix_of"]["status_id"] == original["id"]
    assert f'Based on <a href="{original["url"]}"' in made["content"]
    assert made["media_attachments"][0]["fedi"]["ai_system"] == "Negative"
    assert [each["acct"] for each in made["mentions"]] == ["bob"]
    assert made["remix_approval"]["current_user"] == "denied"
    assert (await seen(as_bob, original["id"]))["remixes_count"] == 1
    below = (await as_bob.get(f"/api/fedi/v1/statuses/{original['id']}/remixes")).json()
    assert [each["id"] for each in below] == [made["id"]]
    told = (await as_bob.get("/api/v1/notifications")).json()
    assert [(each["type"], each["status"]["id"]) for each in told] == [("mention", made["id"])]


async def test_a_remix_of_ours_is_not_worn(as_alice, as_bob, server):
    remix = (await ask(as_alice, await pictured(as_bob))).json()
    picture = await drawn(as_alice, server, remix)

    for media_id in (picture["id"], remix["source"]["id"]):
        answer = await as_alice.patch(
            "/api/v1/accounts/update_credentials", json={"avatar_media_id": media_id}
        )
        assert answer.status_code == 422, answer.text


async def test_whoever_is_to_be_asked_answers(as_alice, as_bob):
    original = await pictured(as_bob, "ask")
    assert (await seen(as_alice, original["id"]))["remix_approval"]["current_user"] == "manual"

    asked = await ask(as_alice, original)
    remix = asked.json()
    assert (asked.status_code, remix["state"], remix["source"]) == (202, "pending", None)
    waiting = (await as_bob.get("/api/fedi/v1/remixes?received=true&state=pending")).json()
    assert [(each["id"], each["account"]["acct"]) for each in waiting] == [(remix["id"], "alice")]
    path = f"/api/fedi/v1/remixes/{remix['id']}"
    assert (await as_alice.post(f"{path}/accept")).status_code == 404
    assert (await as_bob.post(f"{path}/accept")).json()["state"] == "accepted"
    assert (await as_bob.post(f"{path}/reject")).status_code == 409

    assert (await as_alice.get(path)).json()["state"] == "accepted"
    assert (await as_bob.get(path)).json()["source"] is None


async def test_apps_are_told_of_kinds_that_they_know(as_alice, as_bob):
    await ask(as_alice, await pictured(as_bob, "ask"))

    assert (await as_bob.get("/api/v1/notifications")).json() == []
    count = (await as_bob.get("/api/v1/notifications/unread_count?types[]=remix_request")).json()["count"]
    assert count == 1


async def test_who_was_told_no_asks_no_more(as_alice, as_bob):
    original = await pictured(as_bob, "ask")
    remix = (await ask(as_alice, original)).json()

    await as_bob.post(f"/api/fedi/v1/remixes/{remix['id']}/reject")

    assert (await ask(as_alice, original)).status_code == 403


async def test_a_yes_taken_back_leaves_a_post_without_credit(as_alice, as_bob, server):
    original = await pictured(as_bob)
    remix = (await ask(as_alice, original)).json()
    picture = await drawn(as_alice, server, remix)
    second = await drawn(as_alice, server, remix)
    body = {"media_ids": [picture["id"]], "model_tag": False}
    made = (await as_alice.post("/api/v1/statuses", json=body)).json()

    assert (await as_bob.post(f"/api/fedi/v1/remixes/{remix['id']}/revoke")).json()["state"] == "revoked"

    after = await seen(as_alice, made["id"])
    assert (after["remix_of"], after["content"], after["visibility"]) == (None, "", "unlisted")
    assert (await seen(as_bob, original["id"]))["remixes_count"] == 0
    answer = await as_alice.post("/api/v1/statuses", json={"media_ids": [second["id"]]})
    assert answer.status_code == 403
    for deed in ("runs", "preview"):
        again = await as_alice.post(f"/api/fedi/v1/styles/negative/{deed}", json={"media_id": second["id"]})
        assert again.status_code == 403, again.text


@pytest.mark.parametrize("deed", ["runs", "preview"])
async def test_a_yes_to_restyle_a_picture_is_none_to_draw_like_it(as_alice, as_bob, deed):
    remix = (await ask(as_alice, await pictured(as_bob))).json()
    own = (await pictured(as_alice))["media_attachments"][0]["id"]

    wish = {"media_id": own, "guide_media_id": remix["source"]["id"]}
    answer = await as_alice.post(f"/api/fedi/v1/styles/negative/{deed}", json=wish)

    assert answer.status_code == 422
    assert "drawn like" in answer.json()["error"]


@pytest.mark.parametrize(
    ("policy", "status"), [("nobody", 403), ("following", 403), ("followers", 403), ("everyone", 200)]
)
async def test_strangers_get_what_everybody_gets(as_alice, as_bob, policy, status):
    assert (await ask(as_alice, await pictured(as_bob, policy))).status_code == status


@pytest.mark.parametrize(("policy", "whose"), [("following", "bob"), ("followers", "alice")])
async def test_a_tie_opens_what_it_is_for(as_alice, as_bob, server, alice, bob, policy, whose):
    follower, followed = (bob, alice) if whose == "bob" else (alice, bob)
    original = await pictured(as_bob, policy)
    assert (await seen(as_alice, original["id"]))["remix_approval"]["current_user"] == "denied"
    await make_follow(server, follower, followed)

    assert (await seen(as_alice, original["id"]))["remix_approval"]["current_user"] == "automatic"
    assert (await ask(as_alice, original)).status_code == 200


async def test_the_usual_choice_holds_for_old_posts_too(as_alice, as_bob):
    original = await pictured(as_bob, "")
    assert (await ask(as_alice, original)).status_code == 403

    me = await as_bob.patch("/api/v1/accounts/update_credentials", json={"remix_policy": "everyone"})

    assert me.json()["source"]["remix_policy"] == "everyone"
    assert (await seen(as_alice, original["id"]))["remix_approval"]["current_user"] == "automatic"
    assert (await ask(as_alice, original)).status_code == 200


async def test_a_choice_for_one_post_can_be_changed(as_alice, as_bob):
    original = await pictured(as_bob, "nobody")
    media = [original["media_attachments"][0]["id"]]

    change = {"status": "my fox", "media_ids": media, "remix_policy": "everyone", "licence": "by"}
    changed = (await as_bob.put(f"/api/v1/statuses/{original['id']}", json=change)).json()

    assert changed["remix_approval"]["automatic"] == ["public"]
    assert changed["media_attachments"][0]["fedi"]["licence"] == BY
    assert (await ask(as_alice, original)).status_code == 200


async def test_a_licence_without_derivatives_closes_what_is_open(as_alice, as_bob):
    original = await pictured(as_bob, licence="by-nd")

    assert (await seen(as_alice, original["id"]))["remix_approval"]["current_user"] == "denied"
    assert (await ask(as_alice, original)).status_code == 403


async def test_an_avatar_is_as_open_as_the_pictures(as_alice, as_bob, alice, bob):
    file = {"avatar": ("a.png", png(256, 192), "image/png")}
    await as_bob.patch("/api/v1/accounts/update_credentials", files=file)
    wish = {"account_id": str(bob.id)}
    assert (await as_alice.post("/api/fedi/v1/remixes", json=wish)).status_code == 403

    await as_bob.patch("/api/v1/accounts/update_credentials", json={"remix_policy": "everyone"})
    remix = (await as_alice.post("/api/fedi/v1/remixes", json=wish)).json()

    assert (remix["state"], remix["original"]) == ("accepted", None)
    source = await MediaAttachment.get(id=remix["source"]["id"])
    assert (source.account_id, source.based_on_uri) == (alice.id, bob.uri)


async def test_what_is_ones_own_is_not_asked_for(as_alice):
    assert (await ask(as_alice, await pictured(as_alice))).status_code == 422


@pytest.mark.parametrize(
    "wrong", [{"remix_policy": "all"}, {"licence": "mine"}, {"remix_policy": "everyone", "licence": "by-xx"}]
)
async def test_what_does_not_exist_is_refused(as_alice, wrong):
    answer = await as_alice.post("/api/v1/statuses", json={"status": "x", **wrong})

    assert answer.status_code == 422
    assert next(name for name in wrong if name in answer.json()["error"])


async def test_whoever_blocks_is_left_alone(as_alice, as_bob, server, alice, bob):
    original = await pictured(as_bob)
    await make_mute(server, bob, alice)
    assert (await ask(as_alice, original)).status_code == 200

    await make_block(server, alice, bob)
    assert (await ask(as_alice, await pictured(as_bob))).status_code in {403, 404}
