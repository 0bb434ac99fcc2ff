"""Two servers and their signatures: both closed to the unsigned, keys replaced, and proofs that are kept."""

import shutil

import httpx
import pytest

from fedi.actions import keys, posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.config import FederationSettings
from fedi.federation import deliver
from fedi.models.accounts import Account
from fedi.models.federation import Instance
from fedi.models.posts import Post
from fedi.models.relationships import Follow
from tests.servers.conftest import Neighbours
from tests.servers.test_conversation import follow_bob, follow_each_other, write
from tests.support.houses import house, settle
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def closed(tmp_path, migrated_file, clock):
    """Two houses that answer signed requests only."""
    for name in ("a", "b"):
        (tmp_path / name / "data").mkdir(parents=True)
        shutil.copy(migrated_file, tmp_path / name / "data" / "fedi.db")
    only = FederationSettings(authorised_fetch=True)
    async with (
        house(tmp_path / "a", clock=clock, federation=only) as a,
        house(tmp_path / "b", clock=clock, federation=only) as b,
    ):
        with a.server.db.activate():
            alice = await make_person(a.server, "alice")
        with b.server.db.activate():
            bob = await make_person(b.server, "bob")
        yield Neighbours(a=a, b=b, alice=alice, bob=bob)


async def test_two_closed_servers_can_talk(closed):
    """T19: neither waits for the other's key, since a server's own actor is open to all."""
    n = closed
    await follow_bob(n)
    await write(n, "hello")
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert (await Follow.get(follower_id=n.alice.id)).state == "accepted"
        assert "hello" in (await Post.get()).content


async def test_a_closed_server_gives_strangers_the_keys_alone(closed):
    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.get(closed.alice.uri, headers={"Accept": ACTIVITY_JSON})

    document = answer.json()
    assert document.keys() == {
        *("@context", "id", "type", "preferredUsername", "inbox", "publicKey", "assertionMethod")
    }


async def test_messages_are_taken_right_after_the_keys_were_replaced(neighbours):
    n = neighbours
    bob_at_a, _ = await follow_each_other(n)
    with n.b.server.db.activate():
        n.bob = await keys.rotate(n.b.server, n.bob)
    await write(n, "signed anew")
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert "signed anew" in (await Post.get(author_id=bob_at_a.id)).content
        known = await Account.get(uri=n.bob.uri)
    assert (known.public_key_pem, known.ed25519_public_pem) == (
        n.bob.public_key_pem,
        n.bob.ed25519_public_pem,
    )


async def test_a_delivery_prepared_before_the_keys_were_replaced_arrives(neighbours, clock):
    n = neighbours
    bob_at_a, _ = await follow_each_other(n)
    post = await write(n, "long on its way")
    with n.b.server.db.activate():
        # It was about to be sent: its author's old key is in memory already.
        rows = await n.b.server.db.rows("SELECT id FROM outgoing_activities ORDER BY id DESC LIMIT 1")
        assert await deliver._letter(n.b.server, rows[0]["id"]) is not None
        await keys.rotate(n.b.server, n.bob)
    with n.a.server.db.activate():
        # Meanwhile the other server learns of the new key.
        from fedi.federation import resolve

        await resolve.account_by_uri(n.a.server, n.bob.uri, refresh=True)
    await settle(n.a, n.b)
    clock.turn(minutes=6)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        assert await Post.exists(uri=post.uri, author_id=bob_at_a.id)


async def test_servers_like_ours_come_to_speak_rfc_9421(neighbours):
    """Each reads in the other's actors that it can."""
    n = neighbours
    await follow_bob(n)

    with n.a.server.db.activate():
        assert (await Instance.get(host=n.b.server.uris.host)).scheme == "rfc9421"
    with n.b.server.db.activate():
        assert (await Instance.get(host=n.a.server.uris.host)).scheme == "rfc9421"


async def test_an_activity_of_ours_is_believed_when_a_stranger_passes_it_on(neighbours, tmp_path, clock):
    from fedi.models.federation import OutgoingActivity
    from tests.support import peer as peers

    n = neighbours
    bob_at_a = await follow_bob(n)
    with n.b.server.db.activate():
        post = await posts.create(n.b.server, n.bob, Draft(text="passed on"), mentions={})
        body = (await OutgoingActivity.filter(kind="Create").order_by("-id").first()).body
        await n.b.server.db.execute("DELETE FROM jobs WHERE kind = 'Deliver'")

    async with peers.open_peer(clock) as stranger:
        answer = await peers.post(
            f"{n.a.url}/ap/inbox", body.encode(), signer=stranger.actor("relay"), now=clock.now()
        )
        await settle(n.a)

    assert answer.status_code == 202
    with n.a.server.db.activate():
        assert (await Post.get(uri=post.uri)).author_id == bob_at_a.id
