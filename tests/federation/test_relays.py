"""Relays: asked, answered, sent to, and what they pass on (FEP-ae0c)."""

import pytest

from fedi.actions import deletes, posts, relays
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import PUBLIC
from fedi.models.federation import Relay
from fedi.models.posts import Post
from fedi.queries import timelines
from fedi.queries.paging import Page
from tests.support.outgoing import sent
from tests.support.peer import activity, open_peer

pytestmark = pytest.mark.anyio


async def subscribe(home, peer, *, kind: str = "Accept") -> str:
    """Ask the peer to be our relay and have it answer; gives its actor."""
    actor = peer.actor("relay", type="Service")
    await relays.add(home.server, f"{peer.url}/inbox", by="cli")
    follow = [each.json for each in await sent() if each.type == "Follow"][-1]
    await home.take(activity(kind, actor, follow), signer=actor)
    return actor


async def test_a_relay_is_asked_by_the_servers_own_actor(home, peer):
    await relays.add(home.server, f"{peer.url}/inbox", by="cli")
    await home.house.drain()

    (path, headers, _) = peer.received[0]
    follow = (await sent_to(peer))[0]
    assert path == "/inbox"
    assert (follow["type"], follow["actor"], follow["object"]) == (
        "Follow",
        home.server.uris.instance_actor,
        PUBLIC,
    )
    assert home.server.uris.instance_actor in headers["signature"]


async def sent_to(peer) -> list[dict]:
    import json

    return [json.loads(body) for _, _, body in peer.received]


@pytest.mark.parametrize(("kind", "state"), [("Accept", "accepted"), ("Reject", "rejected")])
async def test_a_relays_answer_is_noted(home, peer, kind, state):
    await subscribe(home, peer, kind=kind)

    assert (await Relay.get()).state == state


async def test_only_the_relay_itself_can_answer(home, peer, clock):
    await relays.add(home.server, f"{peer.url}/inbox", by="cli")
    follow = (await sent())[-1].json
    async with open_peer(clock) as other:
        mallory = other.actor("mallory")
        await home.take(activity("Accept", mallory, follow), signer=mallory)

    assert (await Relay.get()).state == "pending"


async def test_public_posts_go_to_a_relay_and_others_do_not(home, peer):
    await subscribe(home, peer)

    for visibility in ("public", "unlisted", "followers", "direct"):
        await posts.create(
            home.server, home.alice, Draft(text=visibility, visibility=visibility), mentions={}
        )

    creates = [each.json for each in await sent() if each.type == "Create"]
    assert ["public" in each["object"]["content"] for each in creates] == [True]


async def test_a_relay_hears_of_a_deletion(home, peer):
    await subscribe(home, peer)
    post = await posts.create(home.server, home.alice, Draft(text="oops"), mentions={})
    await home.house.drain()

    await deletes.delete(home.server, await Post.get(id=post.id))

    assert [each.inbox for each in await sent() if each.type == "Delete"] == [f"{peer.url}/inbox"]


async def test_what_a_relay_announces_is_fetched_from_its_origin_and_is_nobodys_boost(home, peer, clock):
    actor = await subscribe(home, peer)
    async with open_peer(clock) as origin:
        note = origin.serve(origin.note("1", origin.actor("carol"), "<p>from afar</p>"))
        await home.take(activity("Announce", actor, note["id"], to=[PUBLIC]), signer=actor)

    shown = await timelines.public(home.server, None, Page(limit=10))
    assert [(each.post.uri, each.boost_of) for each in shown] == [(note["id"], None)]


async def test_what_a_stranger_announces_is_not_fetched(home, peer, clock):
    stranger = peer.actor("relay", type="Service")
    async with open_peer(clock) as origin:
        note = origin.serve(origin.note("1", origin.actor("carol")))
        await home.take(activity("Announce", stranger, note["id"], to=[PUBLIC]), signer=stranger)

        assert origin.asked == {}


async def test_what_a_relay_passes_on_word_for_word_is_fetched_from_its_origin(home, peer, clock):
    actor = await subscribe(home, peer)
    async with open_peer(clock) as origin:
        note = origin.serve(origin.note("1", origin.actor("carol"), "<p>the origin's words</p>"))
        changed = note | {"content": "<p>the relay's words</p>"}
        await home.take(origin.create(changed), signer=actor)

    assert "the origin's words" in (await Post.get(uri=note["id"])).content


async def test_leaving_a_relay_takes_the_follow_back(home, peer):
    await subscribe(home, peer)

    await relays.remove(home.server, f"{peer.url}/inbox", by="cli")
    await posts.create(home.server, home.alice, Draft(text="only for us"), mentions={})

    assert [each.type for each in await sent()][-1] == "Undo"
