"""Posts for people of this server alone, and posts for mutuals."""

import pytest

from fedi.federation import resolve
from fedi.models.federation import OutgoingActivity
from fedi.models.posts import Mention, Post
from fedi.queries import visibility
from tests.mastodon.test_statuses import posted
from tests.support.factories import make_account, make_boost, make_follow, make_mention, make_post

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rita(server, alice, bob):
    """A remote follower of alice and bob."""
    rita = await make_account(server, "rita", domain="b.example")
    await make_follow(server, rita, alice)
    await make_follow(server, rita, bob)
    return rita


@pytest.mark.parametrize(
    "fields", [{"local_only": "true"}, {"federated": "false"}, {"visibility": "local"}], ids=str
)
async def test_every_spelling_makes_a_post_local_only(as_alice, fields):
    made = await posted(as_alice, status="for us", **fields)

    assert (made["local_only"], made["visibility"]) == (True, "public")


async def test_nothing_done_with_a_local_only_post_is_sent(server, as_alice, as_bob, rita):
    made = await posted(as_alice, status="for us @rita@b.example", visibility="local")
    path = f"/api/v1/statuses/{made['id']}"

    await as_alice.put(path, json={"status": "for us, edited"})
    await as_alice.post(f"{path}/pin")
    boost = (await as_bob.post(f"{path}/reblog")).json()
    await as_bob.post(f"{path}/favourite")
    await posted(as_bob, status="an answer", in_reply_to_id=made["id"])
    await as_bob.post(f"{path}/unreblog")
    await as_alice.post(f"{path}/unpin")
    await as_alice.delete(path)

    assert boost["local_only"]
    assert await OutgoingActivity.all().count() == 0


async def test_a_poll_of_a_local_only_post_is_told_to_nobody_elsewhere(server, as_alice, as_bob, rita):
    from fedi.actions import poll_news
    from fedi.models.polls import Poll

    made = await posted(
        as_alice, status="?", local_only=True, poll={"options": ["a", "b"], "expires_in": 600}
    )
    await as_bob.post(f"/api/v1/polls/{made['poll']['id']}/votes", json={"choices": [0]})
    async with server.db.transaction():
        await poll_news.finish(server, await Poll.get(id=int(made["poll"]["id"])))

    assert await OutgoingActivity.all().count() == 0


async def test_a_local_only_post_is_for_people_of_this_server(server, as_alice, as_bob, nobody, rita, alice):
    made = await posted(as_alice, status="for us", visibility="local")
    post = await Post.get(id=int(made["id"]))
    await make_mention(server, post, rita)
    path = f"/api/v1/statuses/{made['id']}"

    assert (await as_bob.get(path)).status_code == 200
    assert (await nobody.get(path)).status_code == 404
    assert not await visibility.may_see(server, post, rita)
    assert [each["id"] for each in (await as_bob.get("/api/v1/timelines/public")).json()] == [made["id"]]
    assert (await nobody.get("/api/v1/timelines/public")).json() == []
    assert (await nobody.get(f"/api/v1/accounts/{alice.id}/statuses")).json() == []


@pytest.mark.parametrize(
    "path", ["/ap/o/{post}", "/ap/o/{post}/activity", "/ap/o/{post}/replies", "/@alice/{post}"]
)
async def test_a_local_only_post_has_no_document_and_no_page(as_alice, nobody, path):
    made = await posted(as_alice, status="for us", visibility="local")

    answer = await nobody.get(
        path.format(post=made["id"]),
        headers={"Accept": "application/activity+json" if "/ap/" in path else "text/html"},
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("collection", ["outbox", "outbox?page=true", "featured"])
async def test_a_local_only_post_stands_in_no_collection(as_alice, nobody, alice, collection):
    made = await posted(as_alice, status="for us", visibility="local")
    await as_alice.post(f"/api/v1/statuses/{made['id']}/pin")

    document = (await nobody.get(f"/ap/u/{alice.id}/{collection}")).json()

    assert made["id"] not in str(document)
    assert document.get("totalItems", 0) == 0


async def test_a_local_only_answer_is_not_told_of_with_an_open_post(as_alice, as_bob, nobody):
    made = await posted(as_alice, status="for all")
    await posted(as_bob, status="for us", in_reply_to_id=made["id"], local_only=True)

    replies = (await nobody.get(f"/ap/o/{made['id']}/replies")).json()

    assert (replies["totalItems"], replies["first"]["items"]) == (0, [])


@pytest.mark.parametrize("name", ["in_reply_to_id", "quoted_status_id"])
async def test_what_shows_a_local_only_post_is_local_only(as_alice, as_bob, name):
    made = await posted(as_alice, status="for us", local_only=True)

    assert (await posted(as_bob, status="me too", **{name: made["id"]}))["local_only"]


async def test_an_answer_to_a_local_only_post_is_counted_there(as_alice, as_bob):
    made = await posted(as_alice, status="for us", local_only=True)
    answer = await posted(as_bob, status="me too", in_reply_to_id=made["id"])
    path = f"/api/v1/statuses/{made['id']}"

    counted = (await as_alice.get(path)).json()["replies_count"]
    await as_bob.delete(f"/api/v1/statuses/{answer['id']}")

    assert (counted, (await as_alice.get(path)).json()["replies_count"]) == (1, 0)


async def test_a_local_only_post_cannot_quote_a_remote_one(server, as_alice, rita):
    theirs = await make_post(
        server,
        rita,
        interaction_policy={
            "canQuote": {"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}
        },
    )

    answer = await as_alice.post(
        "/api/v1/statuses", json={"status": "look", "quoted_status_id": str(theirs.id), "local_only": True}
    )

    assert answer.status_code == 422


async def test_a_boost_of_a_local_only_post_is_hidden_from_visitors(server, bob, as_alice, nobody):
    made = await posted(as_alice, status="for us", local_only=True)
    boost = await make_boost(server, bob, await Post.get(id=int(made["id"])))

    assert (await nobody.get(f"/api/v1/statuses/{boost.id}")).status_code == 404


async def befriended(server, one, other):
    await make_follow(server, one, other)
    await make_follow(server, other, one)


@pytest.mark.parametrize("word", ["mutuals", "mutual"])
async def test_a_post_for_mutuals_is_read_by_them_alone(server, sign_in, as_alice, alice, bob, word):
    fan = await make_account(server, "fan")
    await make_follow(server, fan, alice)
    await befriended(server, alice, bob)
    made = await posted(as_alice, status="for friends", visibility=word)
    path = f"/api/v1/statuses/{made['id']}"

    assert (made["visibility"], made["mentions"]) == ("private", [])
    assert (await (await sign_in(bob)).get(path)).status_code == 200
    assert not await visibility.may_see(server, await Post.get(id=int(made["id"])), fan)


async def test_who_is_mutual_later_does_not_read_what_was_said_before(server, as_alice, as_bob, alice, bob):
    made = await posted(as_alice, status="for friends", visibility="mutuals")
    await befriended(server, alice, bob)

    assert (await as_bob.get(f"/api/v1/statuses/{made['id']}")).status_code == 404


async def test_a_post_for_mutuals_is_addressed_to_each_and_no_collection(server, as_alice, alice, rita):
    await make_follow(server, alice, rita)
    await posted(as_alice, status="for friends", visibility="mutuals")

    sent = await OutgoingActivity.get(kind="Create")
    assert sent.audience == [rita.uri]


async def test_a_post_for_mutuals_is_not_boosted(server, as_alice, as_bob, alice, bob):
    await befriended(server, alice, bob)
    made = await posted(as_alice, status="for friends", visibility="mutuals")

    assert (await as_bob.post(f"/api/v1/statuses/{made['id']}/reblog")).status_code == 403
    assert (await as_alice.post(f"/api/v1/statuses/{made['id']}/reblog")).status_code == 403


async def test_an_answer_to_a_post_for_mutuals_is_for_its_readers(server, as_alice, as_bob, alice, bob, rita):
    eve = await make_account(server, "eve")
    await befriended(server, alice, bob)
    await befriended(server, bob, eve)
    await make_follow(server, alice, rita)
    made = await posted(as_alice, status="for friends", visibility="mutuals")

    answer = await posted(as_bob, status="thanks", in_reply_to_id=made["id"], visibility="public")

    readers = await Mention.filter(post_id=int(answer["id"])).values_list("account_id", flat=True)
    assert set(readers) == {alice.id, rita.id}


async def test_local_only_and_mutuals_between_two_servers(two_servers):
    a, b = two_servers
    ann, mira, fred = await a.person("ann"), await b.person("mira"), await b.person("fred")
    as_ann, as_mira, as_fred = await a.client(ann), await b.client(mira), await b.client(fred)
    with b.server.db.activate():
        their_ann = await resolve.account_by_handle(b.server, f"ann@{a.url.removeprefix('http://')}")
    with a.server.db.activate():
        our_mira = await resolve.account_by_handle(a.server, f"mira@{b.url.removeprefix('http://')}")
    await as_ann.post(f"/api/v1/accounts/{our_mira.id}/follow")
    for client in (as_mira, as_fred):
        await client.post(f"/api/v1/accounts/{their_ann.id}/follow")
    await until(lambda: counts(as_ann, ann, followers=2, following=1))

    secret = await posted(as_ann, status="for us alone", local_only=True)
    await posted(as_ann, status="for friends", visibility="mutuals")
    await posted(as_ann, status="for all")
    await until(lambda: read(as_fred, "for all"))
    await until(lambda: read(as_mira, "for friends"))

    with b.server.db.activate():
        stored = {post.content: post for post in await Post.filter(author_id=their_ann.id)}
        friends = stored["<p>for friends</p>"]
        names = set(await Mention.filter(post_id=friends.id).values_list("account_id", flat=True))
        seen = await visibility.may_see(b.server, friends, fred)
    assert (set(stored), names, seen) == ({"<p>for all</p>", "<p>for friends</p>"}, {mira.id}, False)
    with a.server.db.activate():
        bodies = await OutgoingActivity.all().values_list("body", flat=True)
    assert not [body for body in bodies if secret["id"] in body]
    for client in (as_ann, as_mira, as_fred):
        await client.aclose()


async def until(check):
    from tests.support.servers import eventually

    return await eventually(check)


async def counts(client, account, *, followers, following):
    shown = (await client.get(f"/api/v1/accounts/{account.id}")).json()
    return (shown["followers_count"], shown["following_count"]) == (followers, following)


async def read(client, text):
    return any(text in each["content"] for each in (await client.get("/api/v1/timelines/home")).json())
