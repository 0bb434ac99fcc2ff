"""Two servers that no longer agree on who follows whom find out with the next post (FEP-8fcf)."""

import json

import pytest

from fedi.actions import follows, posts
from fedi.actions.posts import Draft
from fedi.activitypub.synchronisation import digest
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.relationships import Follow
from tests.servers.conftest import Neighbours
from tests.support import peer as peers
from tests.support.houses import settle
from tests.support.peer import open_peer
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


async def bob_follows(neighbours: Neighbours) -> None:
    """Have Bob, on the other server, follow Alice."""
    b = neighbours.b
    with b.server.db.activate():
        alice = await resolve.account_by_uri(b.server, neighbours.alice.uri)
        await follows.request(b.server, neighbours.bob, alice)
    await settle(neighbours.a, b)


async def post_to_followers(neighbours: Neighbours, text: str) -> None:
    with neighbours.a.server.db.activate():
        draft = Draft(text=text, visibility="followers")
        await posts.create(neighbours.a.server, neighbours.alice, draft, mentions={})
    await settle(neighbours.a, neighbours.b)


async def test_while_both_agree_nothing_changes(neighbours: Neighbours):
    await bob_follows(neighbours)

    await post_to_followers(neighbours, "one")

    with neighbours.b.server.db.activate():
        assert await Follow.filter(state="accepted").count() == 1
        assert await Post.all().count() == 1


async def test_a_follow_that_only_the_follower_believes_in_ends(neighbours: Neighbours):
    await bob_follows(neighbours)
    with neighbours.b.server.db.activate():
        carol = await make_person(neighbours.b.server, "carol")
        alice = await Account.get(uri=neighbours.alice.uri)
        await Follow.create(
            id=neighbours.b.server.new_id(),
            follower_id=carol.id,
            target_id=alice.id,
            state="accepted",
            uri=f"{carol.uri}#lost",
            created_at=neighbours.b.server.clock.now(),
        )

    await post_to_followers(neighbours, "one")

    with neighbours.b.server.db.activate():
        left = [follow.follower_id for follow in await Follow.all()]
    assert left == [neighbours.bob.id]


async def test_a_follow_that_only_the_followed_believes_in_is_taken_back(neighbours: Neighbours):
    await bob_follows(neighbours)
    with neighbours.b.server.db.activate():
        await Follow.filter(id__gt=0).delete()

    await post_to_followers(neighbours, "one")

    with neighbours.a.server.db.activate():
        assert await Follow.all().count() == 0


async def test_an_accept_that_got_lost_is_made_good(neighbours: Neighbours):
    await bob_follows(neighbours)
    with neighbours.b.server.db.activate():
        await Follow.filter(id__gt=0).update(state="pending")

    await post_to_followers(neighbours, "one")

    with neighbours.b.server.db.activate():
        assert (await Follow.get()).state == "accepted"


async def test_the_list_is_for_the_server_that_asks_alone(neighbours: Neighbours, clock):
    await bob_follows(neighbours)
    url = neighbours.a.server.uris.followers_synchronization(neighbours.alice.id)

    unsigned = await peers.get(url)
    async with open_peer(clock) as stranger:
        other = await peers.get(url, signer=stranger.actor("mallory"), now=clock.now())

    assert unsigned.status_code == 401
    assert other.json().get("orderedItems", []) == []
    assert "no-store" in other.headers["cache-control"]


async def test_no_header_makes_us_end_follows_unless_the_list_bears_it_out(neighbours: Neighbours, clock):
    """T176: a list that has not the digest of the header, or stands on another server, does nothing."""
    b = neighbours.b
    async with open_peer(clock) as evil, open_peer(clock) as third:
        mallory = evil.actor("mallory")
        with b.server.db.activate():
            target = await resolve.account_by_uri(b.server, mallory)
            await follows.request(b.server, neighbours.bob, target)
            await follows.accept(b.server, await Follow.get())
        collection = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "OrderedCollection",
            "orderedItems": [],
        }
        evil.documents["/sync"] = collection | {"id": f"{evil.url}/sync"}
        third.documents["/sync"] = collection | {"id": f"{third.url}/sync"}
        for url, hash_ in (
            (f"{evil.url}/sync", digest(["https://nobody.example/"])),
            (f"{third.url}/sync", digest([])),
        ):
            note = evil.note(str(len(url)), mallory, to=[f"{mallory}/followers"], cc=[])
            value = f'collectionId="{mallory}/followers", url="{url}", digest="{hash_}"'
            await deliver_with(b.url, evil.create(note), mallory, value, clock)
            clock.turn(hours=2)
            await settle(b)

        with b.server.db.activate():
            assert await Follow.all().count() == 1
        assert third.asked["/sync"] == 0


async def test_a_header_that_is_not_signed_is_not_read(neighbours: Neighbours, clock):
    async with open_peer(clock) as evil:
        mallory = evil.actor("mallory")
        note = evil.note("1", mallory, to=[f"{mallory}/followers"], cc=[])
        value = f'collectionId="{mallory}/followers", url="{evil.url}/sync", digest="{digest([])}"'

        await peers.post(
            f"{neighbours.b.url}/ap/inbox",
            evil.create(note),
            signer=mallory,
            now=clock.now(),
            collection_synchronization=value,
        )
        await settle(neighbours.b)

        assert evil.asked["/sync"] == 0


async def deliver_with(url: str, activity: dict, signer: str, value: str, clock) -> None:
    """Deliver with the header covered by the signature."""
    import httpx

    from fedi.activitypub.signatures import cavage
    from fedi.activitypub.signatures.message import SignedMessage
    from fedi.activitypub.vocabulary import ACTIVITY_JSON
    from fedi.security.keys import load_private

    body = json.dumps(activity).encode()
    headers = {
        "Host": url.split("/")[2],
        "Content-Type": ACTIVITY_JSON,
        "Collection-Synchronization": value,
    }
    message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
    key = load_private(peers.key_pair().private_pem)
    headers |= cavage.sign(message, key=key, key_id=f"{signer}#main-key", now=clock.now())
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url}/ap/inbox", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
