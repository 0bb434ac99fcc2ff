"""What peers may fetch from us, and what they may not."""

import pytest

from fedi.actions import accounts, boosts, deletes, pins, posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.models.accounts import Account
from fedi.models.moderation import DomainRule
from tests.federation.conftest import Home
from tests.support.factories import make_follow
from tests.support.peer import get

pytestmark = pytest.mark.anyio


async def say(home: Home, text: str = "hello", **draft: object) -> posts.Post:
    """Alice posts."""
    return await posts.create(home.server, home.alice, Draft(text=text, **draft), mentions={})


async def test_an_actor_is_served_as_activity_json_with_its_key(home):
    answer = await get(home.alice.uri)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{ACTIVITY_JSON}; charset=utf-8"
    assert "Accept" in answer.headers["vary"]
    json = answer.json()
    assert (json["id"], json["type"], json["preferredUsername"]) == (home.alice.uri, "Person", "alice")
    assert json["publicKey"]["id"] == home.alice.key_id
    assert json["webfinger"] == f"alice@{home.server.uris.account_domain}"


async def test_the_servers_own_actor_is_always_served(home):
    json = (await get(home.server.uris.instance_actor)).json()

    assert (json["type"], json["preferredUsername"]) == ("Application", home.server.uris.host)
    assert (await get(json["outbox"])).json()["totalItems"] == 0


async def test_a_post_is_served_at_its_id_with_its_activity_and_counts(home):
    post = await say(home, "Fox day")

    json = (await get(post.uri)).json()
    assert (json["id"], json["type"], json["attributedTo"]) == (post.uri, "Note", home.alice.uri)
    assert (await get(f"{post.uri}/activity")).json()["object"]["id"] == post.uri
    for name in ("replies", "likes", "shares"):
        assert (await get(f"{post.uri}/{name}")).json()["totalItems"] == 0
    context = (await get(json["context"])).json()
    assert (context["totalItems"], context["attributedTo"]) == (1, home.alice.uri)
    assert (await get(context["first"])).json()["items"] == [post.uri]


async def test_a_boost_is_served_as_its_announce(home):
    post = await say(home)
    boost = await boosts.boost(home.server, home.alice, post)

    json = (await get(boost.uri)).json()

    assert (json["id"], json["type"], json["object"]) == (boost.uri, "Announce", post.uri)


@pytest.mark.parametrize("visibility", ["followers", "direct"])
async def test_a_post_that_is_not_for_all_is_not_found_by_strangers(home, peer, visibility):
    post = await say(home, visibility=visibility)
    bob = peer.actor("bob")

    for path in ("", "/activity", "/replies", "/likes", "/shares"):
        assert (await get(post.uri + path)).status_code == 404
    assert (await get(post.uri, signer=bob, now=home.clock.now())).status_code == 404
    assert (await get(home.server.uris.context(post.id))).status_code == 404
    unknown = await get(home.server.uris.post(1))
    assert unknown.json() == (await get(post.uri)).json()


async def test_a_followers_post_is_served_to_a_signed_follower_and_kept_by_nobody(home, peer):
    from fedi.federation import resolve

    post = await say(home, visibility="followers")
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    await make_follow(home.server, bob, home.alice)

    answer = await get(post.uri, signer=bob.uri, now=home.clock.now())

    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    assert "Signature" in answer.headers["vary"]


async def test_a_deleted_post_is_gone_with_a_tombstone(home):
    post = await say(home)
    await deletes.delete(home.server, post)

    answer = await get(post.uri)

    assert answer.status_code == 410
    assert answer.json()["type"] == "Tombstone"
    assert answer.json()["formerType"] == "Note"


async def test_a_deleted_private_post_was_never_there(home):
    post = await say(home, visibility="direct")
    await deletes.delete(home.server, post)

    assert (await get(post.uri)).status_code == 404


async def test_a_suspended_account_is_forbidden_and_a_deleted_one_gone(home):
    names = ("", "/outbox", "/followers", "/following", "/featured", "/liked")
    webfinger = f"{home.house.url}/.well-known/webfinger?resource={home.alice.uri}"
    await Account.filter(id=home.alice.id).update(suspended_at=home.clock.now())
    assert {(await get(home.alice.uri + name)).status_code for name in names} == {403}
    assert (await get(webfinger)).status_code == 403

    await Account.filter(id=home.alice.id).update(suspended_at=None)
    await accounts.mark_gone(home.server, home.alice)
    assert {(await get(home.alice.uri + name)).status_code for name in names} == {410}
    assert (await get(webfinger)).status_code == 410


async def test_the_outbox_pages_through_what_anybody_may_read(home):
    for number in range(25):
        await say(home, f"number {number}")
    await say(home, "secret", visibility="followers")
    await say(home, "very secret", visibility="direct")

    outbox = (await get(home.alice.outbox_url)).json()
    first = (await get(outbox["first"])).json()
    second = (await get(first["next"])).json()

    assert outbox["totalItems"] == 25
    assert (len(first["orderedItems"]), len(second["orderedItems"])) == (20, 5)
    assert "next" not in second
    assert "secret" not in str(first) + str(second)


async def test_followers_can_be_hidden(home, peer):
    from fedi.federation import resolve

    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    await make_follow(home.server, bob, home.alice)
    shown = (await get(f"{home.alice.followers_url}?page=true")).json()
    assert shown["orderedItems"] == [bob.uri]

    await Account.filter(id=home.alice.id).update(hide_collections=True)

    assert "first" not in (await get(home.alice.followers_url)).json()
    assert (await get(f"{home.alice.followers_url}?page=true")).status_code == 403


async def test_pinned_posts_are_featured(home):
    post = await say(home)
    await pins.pin(home.server, home.alice, post)

    featured = (await get(home.alice.featured_url)).json()

    assert [item["id"] for item in featured["orderedItems"]] == [post.uri]


async def test_a_sent_activity_is_served_to_those_it_concerns(home, peer):
    from fedi.actions import follows
    from fedi.federation import resolve

    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    mallory = peer.actor("mallory")
    await resolve.account_by_uri(home.server, mallory)
    follow = await follows.request(home.server, home.alice, bob)

    assert (await get(follow.uri)).status_code == 404
    assert (await get(follow.uri, signer=mallory, now=home.clock.now())).status_code == 404
    assert (await get(follow.uri, signer=bob.uri, now=home.clock.now())).json()["object"] == bob.uri


async def test_a_blocked_host_may_not_read(home, peer):
    bob = peer.actor("bob")
    await DomainRule.create(id=1, domain="127.0.0.1", severity="suspend", created_at=home.clock.now())

    assert (await get(home.alice.uri, signer=bob, now=home.clock.now())).status_code == 403


@pytest.mark.parametrize("name", ["alice", "ALICE"])
async def test_webfinger_finds_people_and_the_server(home, name):
    base, host = f"{home.house.url}/.well-known/webfinger", home.server.uris.host

    answer = await get(f"{base}?resource=acct:{name}@{host}")

    assert answer.headers["content-type"].startswith("application/jrd+json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["subject"] == f"acct:alice@{host}"
    assert answer.json()["links"][0]["href"] == home.alice.uri
    for resource in (home.alice.uri, home.alice.url, f"alice@{host}"):
        assert (await get(f"{base}?resource={resource}")).json() == answer.json()
    own = (await get(f"{base}?resource=acct:{host}@{host}")).json()
    assert own["links"][0]["href"] == home.server.uris.instance_actor


async def test_webfinger_says_no_in_the_right_words(home):
    base = f"{home.house.url}/.well-known/webfinger"

    assert (await get(base)).status_code == 400
    assert (await get(f"{base}?resource=nonsense")).status_code == 400
    assert (await get(f"{base}?resource=acct:nobody@{home.server.uris.host}")).status_code == 404
    assert (await get(f"{base}?resource=acct:alice@other.example")).status_code == 404


async def test_nodeinfo_and_host_meta_lead_to_each_other(home):
    base = home.house.url
    index = (await get(f"{base}/.well-known/nodeinfo")).json()
    documents = [await get(link["href"]) for link in index["links"] if "ns/schema" in link["rel"]]

    assert [each.json()["version"] for each in documents] == ["2.1", "2.0"]
    assert documents[0].json()["software"]["name"] == "fedi"
    assert documents[0].json()["protocols"] == ["activitypub"]
    assert (await get(f"{base}/nodeinfo/1.0")).status_code == 404
    assert "lrdd" in (await get(f"{base}/.well-known/host-meta", accept="*/*")).text
    assert (await get(f"{base}/.well-known/host-meta.json")).json()["links"][0]["rel"] == "lrdd"


@pytest.mark.parametrize(
    "path", ["/ap/u/1", "/ap/u/99999999999999999999999", "/ap/o/x", "/ap/a/none", "/ap/c/1"]
)
async def test_what_is_not_there_is_not_found(home, path):
    assert (await get(home.house.url + path)).status_code == 404
