"""Who signed: both schemes, every way a key may be listed, and every way it may not count."""

import json
from datetime import timedelta

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from fedi.activitypub.signatures.multikeys import from_pem
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.models.accounts import Account
from fedi.models.federation import Instance
from fedi.models.jobs import Job
from fedi.security.keys import KeyPair, make_ed25519_pair
from tests.support.peer import activity, get, key_pair, message_signed, signed

pytestmark = pytest.mark.anyio

ED25519 = make_ed25519_pair()


async def put(home, headers: dict[str, str], body: bytes, *, path: str = "/ap/inbox") -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:
        return await client.post(f"{home.house.url}{path}", content=body, headers=headers)


async def knock(home, actor: str, *, key_id: str = "", pair: KeyPair | None = None, **more) -> httpx.Response:
    """Deliver a Follow of Alice by `actor`, signed by RFC 9421."""
    body = json.dumps(activity("Follow", actor, home.alice.uri)).encode()
    now = more.pop("now", home.clock.now())
    headers = message_signed(
        home.inbox, body, key_id=key_id or f"{actor}#main-key", now=now, pair=pair, **more
    )
    return await put(home, headers, body)


def multikey(actor: str, name: str = "ed25519-key", *, pair: KeyPair = ED25519, **more: object) -> dict:
    return {
        "id": f"{actor}#{name}",
        "type": "Multikey",
        "controller": actor,
        "publicKeyMultibase": from_pem(pair.public_pem),
        **more,
    }


def with_method(peer, name: str, *methods: object, **more: object) -> str:
    actor = f"{peer.url}/users/{name}"
    return peer.actor(name, assertionMethod=[*methods] or [multikey(actor)], **more)


# RFC 9421


async def test_a_delivery_signed_by_rfc_9421_is_taken_and_its_host_remembered_for_it(home, peer):
    bob = peer.actor("bob")

    answer = await knock(home, bob)

    assert answer.status_code == 202
    assert await Job.filter(kind="ApplyActivity").count() == 1
    assert (await Instance.get(host=peer.host)).scheme == "rfc9421"


async def test_a_get_signed_by_rfc_9421_is_answered(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    url = f"{home.alice.uri}"
    headers = message_signed(url, b"", key_id=f"{bob}#main-key", now=home.clock.now(), method="GET")

    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.get(url, headers={"Accept": ACTIVITY_JSON, **headers})

    assert answer.status_code == 200
    assert "Signature-Input" in answer.headers["vary"]


async def test_the_target_is_compared_with_our_configured_address(home, peer):
    answer = await knock(home, peer.actor("bob"), base_url="https://proxy.example")

    assert answer.status_code == 401


async def test_a_request_replayed_to_another_inbox_is_refused(home, peer):
    bob = peer.actor("bob")
    body = json.dumps(activity("Follow", bob, home.alice.uri)).encode()
    headers = message_signed(home.inbox, body, key_id=f"{bob}#main-key", now=home.clock.now())

    assert (await put(home, headers, body, path="/ap/actor/inbox")).status_code == 401


async def test_a_message_signature_lives_as_long_as_the_other(home, peer):
    bob, now = peer.actor("bob"), home.clock.now()

    answers = [await knock(home, bob, now=now + timedelta(minutes=minutes)) for minutes in (-64, -66, 59, 61)]

    assert [answer.status_code for answer in answers] == [202, 401, 202, 401]


async def test_a_request_in_both_schemes_is_refused_in_any_order(home, peer):
    bob = peer.actor("bob")
    body = json.dumps(activity("Follow", bob, home.alice.uri)).encode()
    old = signed(home.inbox, body, key_id=f"{bob}#main-key", now=home.clock.now())
    new = message_signed(home.inbox, body, key_id=f"{bob}#main-key", now=home.clock.now())

    mixed = [old | {"Signature-Input": new["Signature-Input"]}, new | old, old | new]
    two = [*old.items(), *(pair for pair in new.items() if pair[0].startswith("Signature"))]
    answers = [await put(home, headers, body) for headers in mixed[:2]]
    answers.append(await put(home, two, body))

    assert {answer.status_code for answer in answers} == {401}
    assert not peer.asked


async def test_a_body_changed_after_a_message_signature_is_refused(home, peer):
    bob = peer.actor("bob")
    body = json.dumps(activity("Follow", bob, home.alice.uri)).encode()
    headers = message_signed(home.inbox, body, key_id=f"{bob}#main-key", now=home.clock.now())

    assert (await put(home, headers, body.replace(b"Follow", b"follow"))).status_code == 401
    assert not peer.asked


# Keys


async def test_an_ed25519_key_of_assertion_method_signs(home, peer):
    bob = with_method(peer, "bob")

    answer = await knock(home, bob, key_id=f"{bob}#ed25519-key", pair=ED25519)

    assert answer.status_code == 202


async def test_the_first_keys_of_an_account_are_kept_in_its_row(home, peer):
    bob = f"{peer.url}/users/bob"
    with_method(peer, "bob", multikey(bob), multikey(bob, "second", pair=make_ed25519_pair()))

    account = await home.follow(bob)

    assert (account.key_id, account.public_key_pem) == (f"{bob}#main-key", key_pair().public_pem)
    assert (account.ed25519_key_id, account.ed25519_public_pem) == (f"{bob}#ed25519-key", ED25519.public_pem)


async def test_a_further_key_is_known_without_asking_again(home, peer):
    bob, second = f"{peer.url}/users/bob", make_ed25519_pair()
    with_method(peer, "bob", multikey(bob), multikey(bob, "second", pair=second))
    await home.follow(bob)
    asked = peer.asked["/users/bob"]

    answer = await knock(home, bob, key_id=f"{bob}#second", pair=second)

    assert answer.status_code == 202
    assert peer.asked["/users/bob"] == asked


async def test_an_rsa_multikey_signs(home, peer):
    bob = f"{peer.url}/users/bob"
    with_method(peer, "bob", multikey(bob, "rsa", pair=key_pair(1)))

    assert (await knock(home, bob, key_id=f"{bob}#rsa", pair=key_pair(1))).status_code == 202


async def test_one_of_several_public_keys_signs(home, peer):
    bob = f"{peer.url}/users/bob"
    keys = [
        {"id": f"{bob}#{name}", "owner": bob, "publicKeyPem": key_pair(number).public_pem}
        for number, name in enumerate(["main-key", "second"])
    ]
    peer.actor("bob", publicKey=keys)

    assert (await knock(home, bob, key_id=f"{bob}#second", pair=key_pair(1))).status_code == 202


async def test_a_key_in_a_document_of_its_own_counts_if_its_actor_names_it(home, peer):
    bob, keys = f"{peer.url}/users/bob", [f"{peer.url}/keys/{number}" for number in range(3)]
    for key_id, pair in zip(keys, (key_pair(1), ED25519, ED25519), strict=True):
        alone = {"owner": bob, "publicKeyPem": pair.public_pem} if pair is not ED25519 else multikey(bob)
        peer.serve({**alone, "id": key_id})
    peer.actor("bob", publicKey=keys[0], assertionMethod=keys[1])

    answers = [
        await knock(home, bob, key_id=key_id, pair=pair)
        for key_id, pair in zip(keys, (key_pair(1), ED25519, ED25519), strict=True)
    ]

    assert [answer.status_code for answer in answers] == [202, 202, 401]


async def test_a_key_document_that_answers_with_another_id_is_not_believed(home, peer):
    """T11."""
    victim = peer.actor("victim")
    forged = {"id": f"{victim}#main-key", "owner": victim, "publicKeyPem": key_pair(1).public_pem}
    peer.documents["/x"] = {"@context": "https://w3id.org/security/v1", **forged}

    attack = await knock(home, victim, key_id=f"{peer.url}/x", pair=key_pair(1))
    genuine = await knock(home, victim)

    assert (attack.status_code, genuine.status_code) == (401, 202)


async def test_a_key_in_what_is_neither_actor_nor_key_is_refused(home, peer):
    """T12: an actor does not list it, whatever it holds."""
    victim = peer.actor("victim")
    key = {"id": f"{peer.url}/o/1#key", "owner": victim, "publicKeyPem": key_pair(1).public_pem}
    peer.documents["/o/1"] = {"id": f"{peer.url}/o/1", "type": "Note", "publicKey": key, **key}

    assert (await knock(home, victim, key_id=f"{peer.url}/o/1", pair=key_pair(1))).status_code == 401


async def test_a_key_of_another_host_is_refused_however_it_is_listed(home, peer, other):
    """T10."""
    victim = f"{peer.url}/users/victim"
    key = {"id": f"{other.url}/key", "owner": victim, "publicKeyPem": key_pair(1).public_pem}
    other.documents["/key"] = key
    peer.actor("victim", publicKey=[key, f"{other.url}/key"])
    body = json.dumps(activity("Follow", victim, home.alice.uri)).encode()

    headers = [
        sign(home.inbox, body, key_id=key["id"], now=home.clock.now(), pair=key_pair(1))
        for sign in (signed, message_signed)
    ]

    assert [(await put(home, each, body)).status_code for each in headers] == [401, 401]


async def test_a_key_that_names_another_controller_is_refused(home, peer):
    bob, carol = f"{peer.url}/users/bob", peer.actor("carol")
    with_method(peer, "bob", multikey(bob, controller=carol))

    assert (await knock(home, bob, key_id=f"{bob}#ed25519-key", pair=ED25519)).status_code == 401


async def test_whoever_lists_anothers_key_does_not_speak_for_it_nor_lock_it_out(home, peer):
    victim, mallory = peer.actor("victim"), f"{peer.url}/users/mallory"
    taken = {"id": f"{victim}#main-key", "owner": mallory, "publicKeyPem": key_pair(1).public_pem}
    peer.actor("mallory", publicKey=[taken])
    await home.follow(mallory)
    forged = json.dumps(activity("Follow", victim, home.alice.uri)).encode()
    headers = message_signed(
        home.inbox, forged, key_id=f"{victim}#main-key", now=home.clock.now(), pair=key_pair(1)
    )

    assert (await put(home, headers, forged)).status_code == 401
    home.clock.turn(minutes=6)
    assert (await knock(home, victim)).status_code == 202


async def test_a_replaced_key_is_fetched_once_and_the_old_one_refused(home, peer):
    """T21, for the keys of proofs too."""
    bob = with_method(peer, "bob")
    await home.follow(bob)
    fresh = make_ed25519_pair()
    with_method(peer, "bob", multikey(bob, pair=fresh))
    asked = peer.asked["/users/bob"]

    new = await knock(home, bob, key_id=f"{bob}#ed25519-key", pair=fresh)
    old = await knock(home, bob, key_id=f"{bob}#ed25519-key", pair=ED25519)

    assert (new.status_code, old.status_code) == (202, 401)
    assert peer.asked["/users/bob"] == asked + 1
    assert (await Account.get(uri=bob)).ed25519_public_pem == fresh.public_pem


async def test_a_further_key_that_is_no_longer_listed_is_refused_at_once(home, peer):
    bob, second = f"{peer.url}/users/bob", make_ed25519_pair()
    with_method(peer, "bob", multikey(bob), multikey(bob, "second", pair=second))
    await home.follow(bob)
    with_method(peer, "bob", multikey(bob))
    update = activity("Update", bob, peer.documents["/users/bob"])
    await home.take(update, signer=bob)

    answer = await knock(home, bob, key_id=f"{bob}#second", pair=second)

    assert answer.status_code == 401


async def test_an_actor_with_odd_methods_is_read_without_them(home, peer):
    bob = f"{peer.url}/users/bob"
    bad = [{"type": "Key"}, {"publicKeyMultibase": "z"}, {"publicKeyMultibase": "z" * 9000}, {"id": 7}]
    with_method(
        peer, "bob", None, 7, "x", {}, *({**multikey(bob), **odd} for odd in bad), multikey(bob, "good")
    )

    account = await home.follow(bob)

    assert account.ed25519_key_id == f"{bob}#good"


async def test_many_key_ids_from_one_address_cause_few_requests(home, peer):
    """T19."""
    bob = peer.actor("bob")

    answers = [await knock(home, bob, key_id=f"{peer.url}/k/{number}") for number in range(40)]

    assert {answer.status_code for answer in answers} <= {401, 429}
    assert sum(count for path, count in peer.asked.items() if path.startswith("/k/")) <= 20


# Knocking twice


def reads_only(scheme: str, *, status: int = 401):
    """A host that minds every signature but those of one scheme."""

    def mind(request) -> Response | None:
        is_new = "signature-input" in request.headers
        is_unsigned = "signature" not in request.headers
        return None if is_unsigned or is_new == (scheme == "rfc9421") else Response(status_code=status)

    return mind


async def greet(home, bob: str) -> None:
    """Have Alice's server send Bob one more activity."""
    from fedi.actions import publish
    from fedi.activitypub.activities import Like
    from fedi.activitypub.vocabulary import Uri

    like = Like(id=home.server.uris.new_activity(), actor=Uri(home.alice.uri), object=Uri(bob))
    async with home.server.db.transaction():
        await publish.activity(
            home.server, home.alice, like, accounts=[await Account.get(uri=bob)], personal=True
        )
    await home.house.drain()


def schemes_of(peer) -> list[str]:
    return ["rfc9421" if "signature-input" in headers else "cavage" for _, headers, _ in peer.received]


async def test_a_new_host_that_minds_the_old_scheme_is_sent_the_new_one(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = reads_only("rfc9421", status=400)

    await greet(home, bob)
    await greet(home, bob)

    assert schemes_of(peer) == ["cavage", "rfc9421", "rfc9421"]
    assert (await Instance.get(host=peer.host)).scheme == "rfc9421"
    new = peer.received[1][1]
    assert "digest" not in new
    assert {"content-digest", "signature", "signature-input"} <= new.keys()


async def test_the_second_knock_is_signed_so_that_a_server_like_ours_takes_it(home, peer):
    from fedi.activitypub.signatures import requests
    from fedi.activitypub.signatures.message import SignedMessage
    from fedi.security.keys import load_public

    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = reads_only("rfc9421")

    await greet(home, bob)

    path, headers, body = peer.received[-1]
    message = SignedMessage.of("POST", path, headers.items(), body)
    key = load_public(home.alice.public_key_pem)
    signature = requests.parse(message)
    requests.check(message, signature, key, base_url=peer.url, now=home.clock.now())


async def test_other_answers_are_not_knocked_at_again(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    statuses = [403, 404, 410, 422, 429, 500, 503]

    for status in statuses:
        peer.mind = lambda request, status=status: (
            Response(status_code=status) if request.method == "POST" else None
        )
        await greet(home, bob)

    assert schemes_of(peer) == ["cavage"] * len(statuses)


async def test_a_host_that_refuses_both_is_not_knocked_at_twice_for_a_day(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = lambda request: Response(status_code=401) if request.method == "POST" else None

    await greet(home, bob)
    await greet(home, bob)

    assert schemes_of(peer) == ["cavage", "rfc9421", "cavage"]


async def test_what_a_host_reads_is_forgotten_after_thirty_days(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = reads_only("rfc9421")
    await greet(home, bob)

    home.clock.turn(days=30, minutes=1)
    await greet(home, bob)

    assert schemes_of(peer)[-2:] == ["cavage", "rfc9421"]


async def test_a_host_that_reads_the_old_scheme_again_is_found_out_by_its_401(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = reads_only("rfc9421")
    await greet(home, bob)

    peer.mind = reads_only("cavage")
    await greet(home, bob)
    await greet(home, bob)

    assert schemes_of(peer)[-3:] == ["rfc9421", "cavage", "cavage"]


async def test_a_400_of_a_host_whose_scheme_is_known_is_about_what_was_said(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    await greet(home, bob)
    peer.mind = lambda request: Response(status_code=400) if request.method == "POST" else None

    await greet(home, bob)

    assert schemes_of(peer) == ["cavage", "cavage"]


async def test_what_is_known_of_a_host_survives_a_restart(home, peer):
    from fedi.federation import schemes

    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = reads_only("rfc9421")
    await greet(home, bob)
    home.server.memory.of(schemes.Schemes).forget(peer.host)

    await greet(home, bob)

    assert schemes_of(peer) == ["cavage", "rfc9421", "rfc9421"]


async def test_a_fetch_is_signed_in_the_other_scheme_too(home, peer):
    bob = peer.actor("bob")
    peer.mind = reads_only("rfc9421")

    await home.follow(bob)

    assert peer.asked["/users/bob"] == 2
    assert (await Instance.get(host=peer.host)).scheme == "rfc9421"


async def test_a_server_that_says_it_reads_rfc_9421_is_sent_it_first(home, peer):
    """FEP-844e."""
    capability = {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421"}
    bob = peer.actor("bob", generator={"type": "Application", "implements": [capability]})
    await home.follow(bob)

    await greet(home, bob)

    assert schemes_of(peer) == ["rfc9421"]


async def test_a_challenge_is_met(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    challenge = 'fox=("@method" "@target-uri" "@authority" "date" "content-digest");created;nonce="n-1"'

    def mind(request):
        if 'nonce="n-1"' in request.headers.get("signature-input", "") or request.method == "GET":
            return None
        return Response(status_code=401, headers={"Accept-Signature": challenge})

    peer.mind = mind
    await greet(home, bob)

    said = peer.received[-1][1]
    assert schemes_of(peer) == ["cavage", "rfc9421"]
    assert said["signature-input"].startswith("fox=(")
    assert {'"@authority"', '"date"'} <= set(said["signature-input"].strip("fox=(").split(")")[0].split())


async def test_a_challenge_that_cannot_be_met_changes_little(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.mind = lambda request: (
        JSONResponse({}, 401, {"Accept-Signature": 'a=("x-odd")'}) if request.method == "POST" else None
    )

    await greet(home, bob)

    assert schemes_of(peer) == ["cavage"]


# Served


async def test_our_actor_says_what_we_read_and_how_we_prove(home):
    document = (await get(home.alice.uri)).json()

    assert document["generator"]["implements"][0]["href"] == "https://datatracker.ietf.org/doc/html/rfc9421"
    assert document["assertionMethod"][0]["controller"] == home.alice.uri
    assert document["assertionMethod"][0]["id"] == home.alice.ed25519_key_id
