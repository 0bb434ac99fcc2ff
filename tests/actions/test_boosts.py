"""Boosts: a row, a count, an Announce; and all of it back again."""

from datetime import timedelta

import pytest

from fedi.actions import blocks, boosts, deletes
from fedi.activitypub.reader import write_moment
from fedi.activitypub.vocabulary import PUBLIC
from fedi.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_follow, make_mention, make_post
from tests.support.outgoing import forget_sent, sent, told

pytestmark = pytest.mark.anyio


async def counts(post: Post, account: Account) -> tuple[int, int]:
    return (await Post.get(id=post.id)).boosts_count, (await Account.get(id=account.id)).posts_count


async def test_a_boost_is_announced_to_followers_and_the_author(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await make_follow(server, rob, ann)
    post = await make_post(server, rita)

    boost = await boosts.boost(server, ann, post)
    again = await boosts.boost(server, ann, post)

    assert again.id == boost.id
    deliveries = await sent()
    assert [delivery.inbox for delivery in deliveries] == ["https://b.example/inbox", rob.inbox_url]
    assert deliveries[0].json == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{server.uris.base_url}/ap/o/{boost.id}/activity",
        "type": "Announce",
        "actor": ann.uri,
        "published": write_moment(boost.published_at),
        "to": [PUBLIC],
        "cc": [ann.followers_url, rita.uri],
        "object": post.uri,
    }
    assert await counts(post, ann) == (1, 1)


async def test_taking_a_boost_back_sends_the_announce_inside_an_undo(
    server: Server, ann: Account, rita: Account
):
    post = await make_post(server, rita)
    boost = await boosts.boost(server, ann, post)
    announce = (await sent())[0].json
    await forget_sent()

    await boosts.unboost(server, ann, boost)
    await boosts.unboost(server, ann, post)

    (delivery,) = await sent()
    inner = {name: value for name, value in announce.items() if name != "@context"}
    assert delivery.json["type"] == "Undo"
    assert {name: value for name, value in delivery.json["object"].items() if name != "@context"} == inner
    assert (delivery.json["to"], delivery.json["cc"]) == (announce["to"], announce["cc"])
    assert await counts(post, ann) == (0, 0)


async def test_a_boost_of_a_boost_boosts_the_original(
    server: Server, ann: Account, ben: Account, rita: Account
):
    post = await make_post(server, rita)
    first = await boosts.boost(server, ann, post)

    second = await boosts.boost(server, ben, first)

    assert second.boost_of_id == post.id


@pytest.mark.parametrize(
    ("visibility", "own", "wanted", "given"),
    [
        ("public", False, "unlisted", "unlisted"),
        ("unlisted", False, "public", "public"),
        ("followers", True, "public", "followers"),
    ],
)
async def test_what_may_be_boosted_and_to_whom(
    server: Server, ann: Account, rita: Account, visibility: str, own: bool, wanted: str, given: str
):
    post = await make_post(server, ann if own else rita, visibility=visibility)

    assert (await boosts.boost(server, ann, post, visibility=wanted)).visibility == given


async def test_private_posts_cannot_be_boosted(server: Server, ann: Account, rita: Account):
    await make_follow(server, ann, rita)
    friends = await make_post(server, rita, visibility="followers")
    direct = await make_post(server, rita, visibility="direct")
    await make_mention(server, direct, ann)
    own_direct = await make_post(server, ann, visibility="direct")

    for post in (friends, direct, own_direct):
        with pytest.raises(Forbidden):
            await boosts.boost(server, ann, post)
    with pytest.raises(Invalid):
        await boosts.boost(server, ann, await make_post(server, rita), visibility="direct")


async def test_what_cannot_be_seen_cannot_be_boosted(
    server: Server, ann: Account, ben: Account, rita: Account
):
    hidden = await make_post(server, rita, visibility="followers")
    blocked = await make_post(server, ben)
    await blocks.block(server, ben, ann)

    for post in (hidden, blocked):
        with pytest.raises(NotFound):
            await boosts.boost(server, ann, post)


async def test_a_peers_announce_tells_the_author_once_and_is_not_sent_on(
    server: Server, ann: Account, rita: Account
):
    post = await make_post(server, ann)
    earlier = server.clock.now() - timedelta(days=2)

    boost = await boosts.boost(server, rita, post, uri="https://b.example/a/1", published_at=earlier)
    await boosts.boost(server, rita, post, uri="https://b.example/a/2")

    assert (boost.uri, boost.local) == ("https://b.example/a/1", False)
    assert boost.id >> 16 == int(earlier.timestamp() * 1000)
    assert await told(ann) == [("reblog", rita.id, post.id)]
    assert await sent() == []

    await boosts.unboost(server, rita, post)
    assert await told(ann) == []
    assert await counts(post, rita) == (0, 0)


async def test_an_announce_that_was_undone_first_or_has_anothers_id_is_refused(
    server: Server, clock, ann: Account, rita: Account, rob: Account
):
    post = await make_post(server, ann)
    await deletes.remember_deleted(server, "https://b.example/a/1", rita.uri)
    await deletes.remember_deleted(server, "https://b.example/a/2", rob.uri)

    with pytest.raises(Gone):
        await boosts.boost(server, rita, post, uri="https://b.example/a/1")
    with pytest.raises(Conflict):
        await boosts.boost(server, rita, post, uri=post.uri)
    assert await boosts.boost(server, rita, post, uri="https://b.example/a/2")

    await boosts.unboost(server, rita, post)
    clock.turn(hours=7)
    assert await boosts.boost(server, rita, post, uri="https://b.example/a/1")
