"""A post in somebody's own inbox that names them nowhere: bto and bcc of another server."""

import pytest

from fedi.models.posts import Mention, Post
from fedi.queries import visibility
from tests.support import peer as peers
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


async def deliver_to(home, activity: dict, signer: str, account) -> None:
    answer = await peers.post(account.inbox_url, activity, signer=signer, now=home.clock.now())
    assert answer.status_code == 202, answer.text
    await home.house.drain()


async def test_it_is_for_them_and_nobody_learns_that(home, peer):
    bob, carol = peer.actor("bob"), await make_person(home.server, "carol")
    note = peer.note("1", bob, to=["https://elsewhere.example/users/x"], cc=[])

    await deliver_to(home, peer.create(note), bob, home.alice)

    post = await Post.get(uri=note["id"])
    assert post.visibility == "direct"
    assert await visibility.may_see(home.server, post, home.alice)
    assert not await visibility.may_see(home.server, post, carol)
    assert [mention.silent for mention in await Mention.filter(post_id=post.id)] == [True]


async def test_a_second_hidden_recipient_may_read_it_too(home, peer):
    bob, carol = peer.actor("bob"), await make_person(home.server, "carol")
    note = peer.note("1", bob, to=[], cc=[])

    for account in (home.alice, carol):
        await deliver_to(home, peer.create(note), bob, account)

    post = await Post.get(uri=note["id"])
    assert await visibility.may_see(home.server, post, home.alice)
    assert await visibility.may_see(home.server, post, carol)


async def test_the_shared_inbox_hides_nobody(home, peer):
    bob = peer.actor("bob")
    note = peer.note("1", bob, to=["https://elsewhere.example/users/x"], cc=[])

    await home.take(peer.create(note), signer=bob)

    assert not await Post.exists(uri=note["id"])


async def test_anothers_post_cannot_be_opened_so(home, peer):
    """Only its author's own delivery says for whom a post is."""
    bob, mallory = peer.actor("bob"), peer.actor("mallory")
    carol = await make_person(home.server, "carol")
    note = peer.note("1", bob, to=[home.alice.uri], cc=[])
    await home.take(peer.create(note), signer=bob)

    forged = peer.create(note) | {"actor": mallory, "id": f"{mallory}#1", "to": []}
    forged["object"] = forged["object"] | {"to": []}
    await deliver_to(home, forged, mallory, carol)

    assert not await visibility.may_see(home.server, await Post.get(uri=note["id"]), carol)


async def test_a_post_for_followers_stays_theirs(home, peer):
    bob = peer.actor("bob")
    note = peer.note("1", bob, to=[f"{bob}/followers"], cc=[])

    await deliver_to(home, peer.create(note), bob, home.alice)

    assert not await Post.exists(uri=note["id"])
