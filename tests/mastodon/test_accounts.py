"""Accounts: looking at them, one's own profile, and ties between two."""

import pytest

from fedi.models.accounts import Account
from fedi.models.relationships import Block, Follow
from tests.mastodon.pictures import png
from tests.support.factories import make_account, make_follow, make_mute, make_post

pytestmark = pytest.mark.anyio


async def test_an_account_is_shown_to_everybody(nobody, alice, server):
    shown = (await nobody.get(f"/api/v1/accounts/{alice.id}")).json()

    assert (shown["id"], shown["acct"], shown["uri"]) == (str(alice.id), "alice", alice.uri)
    assert shown["avatar"].endswith("/avatars/original/missing.png")
    assert shown["created_at"].endswith("T00:00:00.000Z")
    assert shown["fedi"]["avatar_source_type"] is None
    picture = await nobody.get(shown["avatar"].removeprefix(server.uris.base_url))
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")


async def test_an_account_that_is_not_there_is_not_found(nobody, server, alice):
    assert (await nobody.get("/api/v1/accounts/1")).status_code == 404
    await Account.filter(id=alice.id).update(suspended_at=server.clock.now())
    assert (await nobody.get(f"/api/v1/accounts/{alice.id}")).status_code == 404


async def test_of_a_suspended_remote_account_only_the_name_is_shown(nobody, server):
    far = await make_account(
        server,
        "eve",
        domain="far.example",
        display_name="Eve",
        note="<p>hi</p>",
        suspended_at=server.clock.now(),
    )
    await make_post(server, far)

    shown = (await nobody.get(f"/api/v1/accounts/{far.id}")).json()

    assert (shown["acct"], shown["suspended"], shown["display_name"], shown["note"]) == (
        "eve@far.example",
        True,
        "",
        "",
    )
    assert (await nobody.get(f"/api/v1/accounts/{far.id}/statuses")).json() == []


async def test_an_account_is_looked_up_by_its_handle(nobody, server, alice):
    for handle in ("alice", "@alice", f"Alice@{server.uris.account_domain}"):
        found = await nobody.get("/api/v1/accounts/lookup", params={"acct": handle})
        assert found.json()["id"] == str(alice.id)
    assert (await nobody.get("/api/v1/accounts/lookup", params={"acct": "nobody"})).status_code == 404
    assert (await nobody.get("/api/v1/accounts/lookup")).status_code == 404


async def test_several_accounts_are_shown_at_once(nobody, alice, bob):
    answer = await nobody.get(f"/api/v1/accounts?id[]={bob.id}&id[]={alice.id}&id[]=5")

    assert [each["acct"] for each in answer.json()] == ["bob", "alice"]


async def test_accounts_are_found_by_the_beginning_of_their_name(as_alice, bob):
    found = (await as_alice.get("/api/v1/accounts/search", params={"q": "bo"})).json()

    assert [each["acct"] for each in found] == ["bob"]


async def test_posts_of_an_account_are_filtered_as_asked(nobody, as_alice, server, alice, bob):
    plain = await make_post(server, alice, "plain")
    reply = await make_post(server, alice, "reply", in_reply_to=await make_post(server, bob))
    await make_post(server, alice, "for followers", visibility="followers")
    boost = (await as_alice.post(f"/api/v1/statuses/{plain.id}/reblog")).json()
    path = f"/api/v1/accounts/{alice.id}/statuses"

    async def ids(client=nobody, **params):
        return [each["id"] for each in (await client.get(path, params=params)).json()]

    assert await ids() == [boost["id"], str(reply.id), str(plain.id)]
    assert await ids(exclude_replies="true", exclude_reblogs="1") == [str(plain.id)]
    assert await ids(only_media="true") == []
    assert await ids(pinned="true") == []
    assert len(await ids(as_alice)) == 4
    await as_alice.post(f"/api/v1/statuses/{plain.id}/pin")
    assert await ids(pinned="true") == [str(plain.id)]


async def test_followers_are_paged_by_the_follows(nobody, server, alice):
    for name in ("c1", "c2", "c3"):
        await make_follow(server, await make_account(server, name), alice)
    path = f"/api/v1/accounts/{alice.id}/followers"

    first = await nobody.get(path, params={"limit": 2})
    second = await nobody.get(first.links["next"]["url"])

    assert [each["acct"] for each in first.json()] == ["c3", "c2"]
    assert [each["acct"] for each in second.json()] == ["c1"]
    assert "next" not in second.links
    assert second.links["prev"]["url"].startswith(f"{server.uris.base_url}{path}?limit=2&min_id=")


async def test_hidden_followers_are_shown_to_their_owner_alone(nobody, as_alice, server, alice, bob):
    await make_follow(server, bob, alice)
    await as_alice.patch("/api/v1/accounts/update_credentials", data={"hide_collections": "true"})
    path = f"/api/v1/accounts/{alice.id}/followers"

    assert (await nobody.get(path)).json() == []
    assert [each["acct"] for each in (await as_alice.get(path)).json()] == ["bob"]


async def test_a_negative_limit_is_refused_and_a_large_one_is_cut(nobody, alice):
    path = f"/api/v1/accounts/{alice.id}/statuses"

    assert (await nobody.get(path, params={"limit": -1})).status_code == 400
    assert (await nobody.get(path, params={"limit": 100000})).status_code == 200
    assert (await nobody.get(path, params={"limit": "many"})).status_code == 200


async def test_a_follow_keeps_what_is_not_said_again(as_alice, alice, bob):
    path = f"/api/v1/accounts/{bob.id}"

    first = (await as_alice.post(f"{path}/follow", params={"reblogs": "false", "notify": "true"})).json()
    again = (await as_alice.post(f"{path}/follow")).json()
    ended = (await as_alice.post(f"{path}/unfollow")).json()

    assert (first["following"], first["showing_reblogs"], first["notifying"]) == (True, False, True)
    assert (again["following"], again["showing_reblogs"], again["notifying"]) == (True, False, True)
    assert ended["following"] is False
    assert not await Follow.exists(follower_id=alice.id, target_id=bob.id)


async def test_nobody_follows_themselves_or_who_blocks_them(as_alice, as_bob, alice, bob):
    assert (await as_alice.post(f"/api/v1/accounts/{alice.id}/follow")).status_code == 403
    await as_bob.post(f"/api/v1/accounts/{alice.id}/block")
    assert (await as_alice.post(f"/api/v1/accounts/{bob.id}/follow")).status_code == 403
    assert (await as_alice.post("/api/v1/accounts/7/follow")).status_code == 404


async def test_a_block_and_a_mute_show_in_the_relationship_and_in_their_lists(as_alice, bob):
    path = f"/api/v1/accounts/{bob.id}"

    muted = (await as_alice.post(f"{path}/mute", json={"notifications": False, "duration": 60})).json()
    listed = (await as_alice.get("/api/v1/mutes")).json()
    unmuted = (await as_alice.post(f"{path}/unmute")).json()
    blocked = (await as_alice.post(f"{path}/block")).json()
    blocks = (await as_alice.get("/api/v1/blocks")).json()
    unblocked = (await as_alice.post(f"{path}/unblock")).json()

    assert (muted["muting"], muted["muting_notifications"]) == (True, False)
    assert (listed[0]["acct"], listed[0]["mute_expires_at"] is not None) == ("bob", True)
    assert (unmuted["muting"], blocked["blocking"], unblocked["blocking"]) == (False, True, False)
    assert [each["acct"] for each in blocks] == ["bob"]


async def test_a_mute_for_ever_has_no_end(as_alice, server, alice, bob):
    await make_mute(server, alice, bob)

    assert (await as_alice.get("/api/v1/mutes")).json()[0]["mute_expires_at"] is None


async def test_a_request_is_granted_or_refused(as_alice, as_bob, server, alice, bob):
    await as_alice.patch("/api/v1/accounts/update_credentials", json={"locked": True})

    asked = (await as_bob.post(f"/api/v1/accounts/{alice.id}/follow")).json()
    waiting = (await as_alice.get("/api/v1/follow_requests")).json()
    count = (await as_alice.get("/api/v1/accounts/verify_credentials")).json()["source"][
        "follow_requests_count"
    ]
    refused = await as_alice.post(f"/api/v1/follow_requests/{bob.id}/reject")
    await as_bob.post(f"/api/v1/accounts/{alice.id}/follow")
    granted = (await as_alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")).json()

    assert (asked["requested"], asked["following"], count) == (True, False, 1)
    assert [each["acct"] for each in waiting] == ["bob"]
    assert refused.json()["followed_by"] is False
    assert granted["followed_by"] is True
    assert (await as_alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")).status_code == 404
    removed = (await as_alice.post(f"/api/v1/accounts/{bob.id}/remove_from_followers")).json()
    assert removed["followed_by"] is False


async def test_relationships_come_in_the_order_asked_for(as_alice, alice, bob):
    for query in (
        f"id[]={bob.id}&id[]={alice.id}",
        f"id={bob.id}&id={alice.id}",
        f"id[0]={bob.id}&id[1]={alice.id}",
    ):
        answer = await as_alice.get(f"/api/v1/accounts/relationships?{query}&id[]=12")
        assert [each["id"] for each in answer.json()] == [str(bob.id), str(alice.id)]
    assert (await as_alice.get("/api/v1/accounts/relationships")).json() == []


FIELDS = [{"name": "Home", "value": "https://a.example"}, {"name": "Tea", "value": "green"}]


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"fields_attributes": FIELDS}},
        {"json": {"fields_attributes": {"0": FIELDS[0], "1": FIELDS[1]}}},
        {"data": {f"fields_attributes[{n}][{k}]": v for n, f in enumerate(FIELDS) for k, v in f.items()}},
        {
            "files": {
                f"fields_attributes[{n}][{k}]": (None, v) for n, f in enumerate(FIELDS) for k, v in f.items()
            }
        },
    ],
    ids=["json list", "json hash", "form", "multipart"],
)
async def test_profile_fields_come_in_every_encoding(as_alice, sent):
    me = (await as_alice.patch("/api/v1/accounts/update_credentials", **sent)).json()

    assert [(field["name"], field["value"]) for field in me["source"]["fields"]] == [
        ("Home", "https://a.example"),
        ("Tea", "green"),
    ]
    assert 'rel="me' in me["fields"][0]["value"]


async def test_a_profile_keeps_what_is_not_sent(as_alice):
    path = "/api/v1/accounts/update_credentials"
    await as_alice.patch(path, json={"display_name": "Alice", "note": "hi", "bot": True, "discoverable": "1"})

    me = (await as_alice.patch(path, json={"display_name": None, "locked": "false"})).json()

    assert (me["display_name"], me["source"]["note"], me["note"]) == ("Alice", "hi", "<p>hi</p>")
    assert (me["bot"], me["discoverable"], me["locked"]) == (True, True, False)


async def test_a_profile_that_is_too_long_is_refused(as_alice):
    path = "/api/v1/accounts/update_credentials"

    assert (await as_alice.patch(path, json={"display_name": "x" * 41})).status_code == 422
    assert (await as_alice.patch(path, json={"note": "x" * 501})).status_code == 422
    assert (await as_alice.patch(path, json={"fields_attributes": FIELDS * 3})).status_code == 422
    assert (await as_alice.patch(path, json={"avatar": "not a file"})).status_code == 422
    assert (await as_alice.patch(path, json={"source": {"privacy": "everyone"}})).status_code == 422


async def test_how_one_posts_is_remembered(as_alice):
    source = {"privacy": "private", "sensitive": True, "language": "de"}

    me = (await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": source})).json()
    preferences = (await as_alice.get("/api/v1/preferences")).json()
    post = (await as_alice.post("/api/v1/statuses", json={"status": "hallo"})).json()

    assert {name: me["source"][name] for name in source} == source
    assert preferences["posting:default:visibility"] == "private"
    assert preferences["posting:default:language"] == "de"
    assert (post["visibility"], post["sensitive"], post["language"]) == ("private", True, "de")


async def test_pictures_of_a_profile_are_sent_and_taken_away(as_alice, server):
    files = {"avatar": ("a.png", png(), "image/png"), "header": ("h.png", png(300, 100), "image/png")}
    fields = {"avatar_description": "a square", "display_name": "Alice"}
    path = "/api/v1/accounts/update_credentials"

    dressed = (await as_alice.patch(path, files=files, data=fields)).json()
    kept = (await as_alice.patch(path, data={"avatar": "", "note": "hi"})).json()
    bare = (await as_alice.delete("/api/v1/profile/avatar")).json()
    barer = (await as_alice.delete("/api/v1/profile/header")).json()

    assert dressed["avatar"].startswith(f"{server.uris.base_url}/media/")
    assert (dressed["avatar_description"], dressed["display_name"]) == ("a square", "Alice")
    assert (kept["avatar"], kept["header"]) == (dressed["avatar"], dressed["header"])
    assert bare["avatar"].endswith("missing.png")
    assert barer["header"].endswith("missing.png")


async def test_familiar_followers_are_answered_for_each_that_is_asked_about(as_alice, bob):
    answer = await as_alice.get("/api/v1/accounts/familiar_followers", params={"id[]": str(bob.id)})

    assert answer.json() == [{"id": str(bob.id), "accounts": []}]


async def test_a_moved_account_shows_where_it_went(nobody, server, alice, bob):
    await Account.filter(id=alice.id).update(moved_to_uri=bob.uri)
    unconfirmed = (await nobody.get(f"/api/v1/accounts/{alice.id}")).json()

    await Account.filter(id=bob.id).update(also_known_as=[alice.uri])
    confirmed = (await nobody.get(f"/api/v1/accounts/{alice.id}")).json()

    assert "moved" not in unconfirmed
    assert confirmed["moved"]["acct"] == "bob"


async def test_familiar_followers_are_those_whom_one_follows(as_alice, server, alice, bob):
    known, unknown, shy = [await make_account(server, name) for name in ("known", "unknown", "shy")]
    await Account.filter(id=shy.id).update(hide_collections=True)
    await make_follow(server, alice, known)
    for follower, target in ((known, bob), (unknown, bob), (known, shy), (bob, alice)):
        await make_follow(server, follower, target)

    answer = await as_alice.get(
        "/api/v1/accounts/familiar_followers", params={"id[]": [bob.id, shy.id, alice.id, 5]}
    )

    assert [(each["id"], [a["acct"] for a in each["accounts"]]) for each in answer.json()] == [
        (str(bob.id), ["known"]),
        (str(shy.id), []),
        (str(alice.id), []),
        ("5", []),
    ]


async def test_nobody_familiar_is_told_by_whom_one_is_blocked(as_alice, server, alice, bob):
    known = await make_account(server, "known")
    await make_follow(server, alice, known)
    await make_follow(server, known, bob)
    uri = "https://s.example/blocks/1"
    await Block.create(id=server.new_id(), account=bob, target=alice, uri=uri, created_at=server.clock.now())

    answer = await as_alice.get("/api/v1/accounts/familiar_followers", params={"id[]": bob.id})

    assert answer.json() == [{"id": str(bob.id), "accounts": []}]


async def test_a_search_finds_the_followed_first_and_on_wish_alone(as_alice, server, alice):
    followed, other = await make_account(server, "mira2"), await make_account(server, "mira1")
    await make_follow(server, alice, followed)

    async def found(**more):
        answer = await as_alice.get("/api/v1/accounts/search", params={"q": "@mir", **more})
        return [each["acct"] for each in answer.json()]

    assert await found() == ["mira2", "mira1"]
    assert await found(following="true") == ["mira2"]
    assert await found(offset=1) == [other.username]
    assert await found(limit=1) == ["mira2"]
