"""Keys of our own accounts: made, made up for, replaced, and what they prove."""

import orjson
import pytest

from fedi.actions import accounts, keys, posts
from fedi.actions.posts import Draft
from fedi.activitypub.actors import Actor
from fedi.activitypub.signatures import proofs
from fedi.errors import Gone, NotFound
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.relationships import Follow
from fedi.security.keys import load_public
from fedi.translate.actors import actor_of

pytestmark = pytest.mark.anyio


async def followed(server, account: Account) -> None:
    uri = "https://b.example/users/rita"
    json = {"id": uri, "type": "Person", "preferredUsername": "rita", "inbox": f"{uri}/inbox"}
    rita = await accounts.store_remote(server, Actor.from_json(json), handle_domain="b.example")
    await Follow.create(
        id=server.new_id(),
        follower_id=rita.id,
        target_id=account.id,
        uri=f"{uri}#follow",
        state="accepted",
        created_at=server.clock.now(),
    )


async def test_a_new_account_has_both_keys_and_shows_both(server, alice):
    json = actor_of(alice, server.uris).to_json()

    assert isinstance(json["publicKey"], dict)
    assert [key["id"] for key in json["assertionMethod"]] == [server.uris.ed25519_key(alice.id)]
    assert json["assertionMethod"][0]["controller"] == alice.uri
    assert json["assertionMethod"][0]["publicKeyMultibase"].startswith("z6Mk")
    assert "https://www.w3.org/ns/cid/v1" in json["@context"]


async def test_the_servers_own_actor_has_both_keys(server):
    actor = await accounts.ensure_instance_actor(server)

    assert actor.ed25519_key_id == server.uris.instance_ed25519_key
    assert actor.ed25519_private_pem


async def test_accounts_of_before_are_given_a_key_once(server, alice, bob):
    kept = bob.ed25519_private_pem
    await Account.filter(id=alice.id).update(ed25519_key_id="", ed25519_public_pem="", ed25519_private_pem="")

    await keys.complete(server)
    made = await Account.get(id=alice.id)
    await keys.complete(server)

    assert made.ed25519_key_id == server.uris.ed25519_key(alice.id)
    assert (await Account.get(id=alice.id)).ed25519_private_pem == made.ed25519_private_pem != ""
    assert (await Account.get(id=bob.id)).ed25519_private_pem == kept


async def test_every_activity_carries_a_proof_by_its_actor(server, alice):
    await followed(server, alice)

    await posts.create(server, alice, Draft(text="hello"), mentions={})

    document = orjson.loads((await OutgoingActivity.get()).body)
    assert document["proof"]["verificationMethod"] == alice.ed25519_key_id
    assert proofs.CONTEXT in document["@context"]
    proofs.check(document, load_public(alice.ed25519_public_pem), server.clock.now())


async def test_an_account_without_a_proving_key_sends_without_a_proof(server, alice):
    await followed(server, alice)
    await Account.filter(id=alice.id).update(ed25519_private_pem="")

    await posts.create(server, await Account.get(id=alice.id), Draft(text="hello"), mentions={})

    assert "proof" not in orjson.loads((await OutgoingActivity.get()).body)


async def test_rotation_replaces_both_keys_and_tells_the_followers(server, alice):
    await followed(server, alice)

    new = await keys.rotate(server, alice)

    assert new.public_key_pem != alice.public_key_pem
    assert new.ed25519_public_pem != alice.ed25519_public_pem
    assert (new.key_id, new.ed25519_key_id) == (alice.key_id, alice.ed25519_key_id)
    document = orjson.loads((await OutgoingActivity.get()).body)
    assert document["type"] == "Update"
    assert document["object"]["publicKey"]["publicKeyPem"] == new.public_key_pem
    proofs.check(document, load_public(new.ed25519_public_pem), server.clock.now())


async def test_only_living_accounts_of_ours_get_new_keys(server, alice):
    await followed(server, alice)
    await accounts.mark_gone(server, alice)

    with pytest.raises(Gone):
        await keys.rotate(server, await Account.get(id=alice.id))
    with pytest.raises(NotFound):
        await keys.rotate(server, await Account.get(username="rita"))
