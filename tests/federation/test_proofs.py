"""Activities that somebody else passes on: believed with a proof by their actor, and with no other."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi.activitypub.signatures import proofs
from fedi.activitypub.signatures.multikeys import from_pem
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.interactions import Favourite
from fedi.models.jobs import Job
from fedi.models.posts import Post
from fedi.models.relationships import Follow
from fedi.security.keys import KeyPair, load_private, make_ed25519_pair
from tests.support.peer import activity

pytestmark = pytest.mark.anyio

ED25519, OTHER = make_ed25519_pair(), make_ed25519_pair()


def prover(peer, name: str = "bob", *, pair: KeyPair = ED25519, **more: object) -> str:
    """An actor who may prove documents."""
    actor = f"{peer.url}/users/{name}"
    method = {
        "id": f"{actor}#ed25519-key",
        "type": "Multikey",
        "controller": actor,
        "publicKeyMultibase": from_pem(pair.public_pem),
    }
    return peer.actor(name, assertionMethod=[{**method, **more}])


def proven(home, document: dict, *, pair: KeyPair = ED25519, key_id: str = "", **more) -> dict:
    key = load_private(pair.private_pem)
    assert isinstance(key, Ed25519PrivateKey)
    key_id = key_id or f"{document['actor']}#ed25519-key"
    return proofs.sign(document, key=key, key_id=key_id, now=more.get("now", home.clock.now()))


async def passed_on(home, other, document: dict) -> int:
    """Have somebody else deliver it; gives the status, after all jobs ran."""
    answer = await home.deliver(document, signer=other.actor("relay"))
    await home.house.drain()
    return answer.status_code


async def follows() -> int:
    return await Follow.all().count()


async def test_what_its_actor_proved_is_applied_whoever_brings_it(home, peer, other):
    bob = prover(peer)

    status = await passed_on(home, other, proven(home, activity("Follow", bob, home.alice.uri)))

    assert status == 202
    follower = await Account.get(uri=bob)
    assert await Follow.exists(follower_id=follower.id, target_id=home.alice.id)


async def test_a_proven_post_is_stored_as_it_came(home, peer, other):
    bob = prover(peer)
    await home.follow(bob)

    await passed_on(home, other, proven(home, peer.create(peer.note("1", bob, "<p>proven</p>"))))

    assert "proven" in (await Post.get(uri=f"{peer.url}/notes/1")).content
    assert not peer.asked["/notes/1"]


async def test_without_a_proof_nothing_of_another_is_taken(home, peer, other):
    """T20."""
    bob = prover(peer)

    for kind in ("Follow", "Like", "Announce", "Undo", "Block", "Accept", "Move"):
        document = activity(kind, bob, home.alice.uri)
        answer = await home.deliver(document, signer=other.actor("relay"))
        assert answer.status_code == 401, kind

    assert await Job.filter(kind="ApplyActivity").count() == 0


async def test_proofs_that_do_not_hold_are_none(home, peer, other):
    """T23, through the whole inbox."""
    bob, mallory = prover(peer), prover(other, "mallory", pair=OTHER)
    follow = activity("Follow", bob, home.alice.uri)
    good = proven(home, follow)
    bent = [
        {**good, "object": f"{home.alice.uri}#x"},
        {**good, "proof": [good["proof"], good["proof"]]},
        {**good, "proof": {**good["proof"], "@context": ["https://other.example/"]}},
        {**good, "proof": "x"},
        {**follow, "proof": proven(home, activity("Like", bob, home.alice.uri))["proof"]},
        proven(home, follow, pair=OTHER),
        proven(home, follow, pair=OTHER, key_id=f"{mallory}#ed25519-key"),
        proven(home, follow, key_id=f"{bob}#main-key"),
        proven(home, follow, key_id=f"{bob}#no-key"),
        proven(home, follow, now=home.clock.now() - timedelta(days=8)),
        proven(home, follow, now=home.clock.now() + timedelta(hours=2)),
    ]

    statuses = {await passed_on(home, other, document) for document in bent}

    assert statuses == {202}
    assert await follows() == 0


async def test_a_key_that_is_not_for_assertions_proves_nothing(home, peer, other):
    bob = f"{peer.url}/users/bob"
    key = {"id": f"{bob}#ed25519-key", "owner": bob, "publicKeyPem": ED25519.public_pem}
    peer.actor("bob", publicKey=[key])

    await passed_on(home, other, proven(home, activity("Follow", bob, home.alice.uri)))

    assert await follows() == 0


async def test_a_proof_by_another_actor_of_the_same_server_is_none(home, peer, other):
    bob = prover(peer)
    mallory = prover(peer, "mallory", pair=OTHER)
    forged = proven(
        home, activity("Follow", bob, home.alice.uri), pair=OTHER, key_id=f"{mallory}#ed25519-key"
    )

    await passed_on(home, other, forged)

    assert await follows() == 0


async def test_a_proof_with_a_replaced_key_is_none_and_with_the_new_one_holds(home, peer, other):
    bob = prover(peer)
    await home.follow(bob)
    old = proven(home, activity("Like", bob, home.alice.uri, id_=f"{bob}#likes/1"))
    prover(peer, pair=OTHER)

    await passed_on(home, other, proven(home, activity("Follow", bob, home.alice.uri), pair=OTHER))
    await passed_on(home, other, {**old, "id": f"{bob}#likes/1"})

    account = await Account.get(uri=bob)
    assert account.ed25519_public_pem == OTHER.public_pem
    assert await Follow.exists(follower_id=account.id)
    assert await Favourite.all().count() == 0
    applied = [json.loads(job.payload) for job in await Job.filter(kind="ApplyActivity")]
    assert [work["sender_uri"] for work in applied].count(bob) == 1


async def test_a_proven_activity_is_applied_once_whoever_brings_it_and_how_often(home, peer, other):
    bob = prover(peer)
    follow = proven(home, activity("Follow", bob, home.alice.uri))
    await home.take(follow, signer=bob)
    await home.take(activity("Undo", bob, activity("Follow", bob, home.alice.uri)), signer=bob)
    assert await follows() == 0

    await passed_on(home, other, follow)
    home.clock.turn(days=6)
    await passed_on(home, other, follow)

    assert await follows() == 0


async def test_what_an_actor_says_of_itself_is_heard_from_it_alone(home, peer, other):
    bob = prover(peer)
    await home.follow(bob)
    renamed = {**peer.documents["/users/bob"], "name": "Old Bob"}

    await passed_on(home, other, proven(home, activity("Update", bob, renamed)))

    assert (await Account.get(uri=bob)).display_name != "Old Bob"


async def test_a_post_with_a_bad_proof_is_taken_from_its_origin(home, peer, other):
    bob = prover(peer)
    await home.follow(bob)
    await home.take(peer.create(peer.serve(peer.note("1", bob))), signer=bob)
    note = peer.serve(peer.note("2", bob, "<p>true</p>", inReplyTo=f"{peer.url}/notes/1"))
    forged = {**proven(home, peer.create(note)), "object": {**note, "content": "<p>forged</p>"}}

    await passed_on(home, other, forged)

    assert "true" in (await Post.get(uri=note["id"])).content


async def test_proofs_of_many_keys_cause_few_requests(home, peer, other):
    bob = f"{peer.url}/users/bob"

    for number in range(30):
        key_id = f"{peer.url}/k/{number}"
        follow = activity("Follow", bob, home.alice.uri, id_=f"{bob}#f/{number}")
        await home.deliver(proven(home, follow, key_id=key_id), signer=other.actor("relay"))
    await home.house.drain()

    assert sum(count for path, count in peer.asked.items() if path.startswith("/k/")) <= 20


async def test_what_we_send_is_proven_and_survives_being_passed_on(home, peer, other):
    from fedi.actions import posts
    from fedi.actions.posts import Draft

    bob = prover(peer)
    follow = activity("Follow", bob, home.alice.uri)
    await home.take(follow, signer=bob)

    await posts.create(home.server, home.alice, Draft(text="hello"), mentions={})

    stored = await OutgoingActivity.filter(kind="Create").get()
    document = json.loads(stored.body)
    key = load_private(home.alice.ed25519_private_pem)
    assert isinstance(key, Ed25519PrivateKey)
    proofs.check(document, key.public_key(), home.clock.now())
