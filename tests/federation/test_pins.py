"""Add and Remove on somebody's featured collection (ActivityPub 7.8, 7.9)."""

import pytest

from fedi.models.interactions import Pin
from fedi.models.posts import Post
from tests.support.peer import activity

pytestmark = pytest.mark.anyio


def add(actor, note, *, kind="Add", target=None, number=1):
    uri = note if isinstance(note, str) else note["id"]
    return activity(kind, actor, uri, id_=f"{actor}#{kind}/{number}", target=target or f"{actor}/featured")


async def pinned() -> list[str]:
    return [row.post.uri for row in await Pin.all().order_by("id").select_related("post")]


@pytest.fixture
async def bob(home, peer) -> str:
    """Somebody whom Alice follows."""
    uri = peer.actor("bob")
    await home.follow(uri)
    return uri


async def test_a_post_is_fetched_pinned_once_and_unpinned(home, peer, bob):
    note = peer.serve(peer.note("1", bob))

    for number in range(2):
        await home.take(add(bob, note, number=number), signer=bob)
    assert await pinned() == [note["id"]]
    for number in range(2):
        await home.take(add(bob, note, kind="Remove", number=number), signer=bob)

    assert await pinned() == []
    assert await Post.exists(uri=note["id"])


async def test_nothing_is_added_to_anothers_collection(home, peer, bob):
    mallory = peer.actor("mallory")
    note, hers = peer.serve(peer.note("1", bob)), peer.serve(peer.note("2", mallory))

    for number, (each, target) in enumerate(
        [(note, f"{bob}/featured"), (hers, f"{bob}/featured"), (note, f"{mallory}/featured")]
    ):
        await home.take(add(mallory, each, target=target, number=number), signer=mallory)

    assert await pinned() == []


async def test_nothing_is_removed_from_anothers_collection(home, peer, bob):
    mallory = peer.actor("mallory")
    note = peer.serve(peer.note("1", bob))
    await home.take(add(bob, note), signer=bob)

    for number, target in enumerate((f"{bob}/featured", f"{mallory}/featured")):
        forged = add(mallory, note, kind="Remove", target=target, number=number)
        await home.take(forged, signer=mallory)

    assert await pinned() == [note["id"]]


async def test_a_post_of_another_host_is_not_pinned_nor_asked_for(home, peer, other, bob):
    note = other.serve(other.note("1", other.actor("carl")))

    await home.take(add(bob, note), signer=bob)

    assert await pinned() == []
    assert other.asked.total() == 0


async def test_twenty_posts_are_pinned_and_no_more(home, peer, bob):
    for number in range(23):
        note = peer.serve(peer.note(str(number), bob))
        await home.deliver(add(bob, note, number=number), signer=bob)
    await home.house.drain()

    assert len(await pinned()) == 20


async def test_an_add_in_anothers_name_is_refused(home, peer, bob):
    mallory = peer.actor("mallory")
    note = peer.serve(peer.note("1", bob))

    answer = await home.deliver(add(bob, note), signer=mallory)

    assert answer.status_code == 401


async def test_an_unpin_that_overtook_its_pin_leaves_a_pin_that_can_be_taken_away(home, peer, bob):
    note = peer.serve(peer.note("1", bob))

    await home.take(add(bob, note, kind="Remove"), signer=bob)
    await home.take(add(bob, note), signer=bob)
    await home.take(add(bob, note, kind="Remove", number=2), signer=bob)

    assert await pinned() == []
