"""T17 and T23: the newer ways to say who says so, and the tricks with them (threats reference, section A)."""

import base64
import json
from copy import deepcopy
from datetime import timedelta
from functools import cache

import pytest

from fedi.activitypub.signatures import proofs
from fedi.activitypub.signatures.message import sha256_base64
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.security.keys import load_private, make_ed25519_pair
from tests.support.peer import key_pair
from tests.threats.evil import Evil, S, Target, activity

pytestmark = pytest.mark.anyio

WHOLE = '("@method" "@target-uri" "content-digest")'


def follow(evil: Evil, s: Target) -> tuple[str, bytes]:
    bob = evil["e1.test"].actor("bob")
    return bob, json.dumps(activity("Follow", bob, s.uri("alice"))).encode()


def signed_over(
    s: Target, body: bytes, actor: str, *, covered: str, more: str = "", target: str = f"http://{S}/ap/inbox"
) -> dict[str, str]:
    """Sign a POST by RFC 9421 over whatever the attacker likes; the signature itself holds."""
    digest = f"sha-256=:{sha256_base64(body)}:"
    created = f";created={int(s.clock.now().timestamp())}" if "created" not in more else ""
    parameters = f'{covered}{created};keyid="{actor}#main-key"{more.replace(";nocreated", "")}'
    values = {
        "@method": "POST",
        "@target-uri": target,
        "content-digest": digest,
        "host": S,
        "@query-param": "",
        "content-type": ACTIVITY_JSON,
    }
    names = [part.split('"')[1] for part in covered[1:-1].split(" ") if '"' in part]
    lines = [f'"{name}": {values[name]}' for name in names] + [f'"@signature-params": {parameters}']
    key = load_private(key_pair().private_pem)
    from fedi.activitypub.signatures import verifying

    signature = base64.b64encode(verifying.sign("\n".join(lines).encode(), key)).decode()
    return {
        "Host": S,
        "Content-Type": ACTIVITY_JSON,
        "Content-Digest": digest,
        "Signature-Input": f"sig1={parameters}",
        "Signature": f"sig1=:{signature}:",
    }


async def test_t17_a_proper_message_signature_is_taken_so_that_refusals_mean_something(s: Target, evil: Evil):
    bob, body = follow(evil, s)

    answer = await s.send("POST", "/ap/inbox", content=body, headers=signed_over(s, body, bob, covered=WHOLE))
    await s.applied()

    assert answer.status_code == 202
    assert len(await s.rows("SELECT id FROM follows")) == 1


@pytest.mark.parametrize(
    ("covered", "more"),
    [
        ('("@method" "@target-uri")', ""),
        ('("@method" "content-digest")', ""),
        ('("@target-uri" "content-digest")', ""),
        ('("@method" "@method" "@target-uri" "content-digest")', ""),
        ('("@method" "@target-uri" "content-digest" "host";req)', ""),
        ('("@method" "@target-uri" "content-digest" "host";bs)', ""),
        ('("@method" "@target-uri" "content-digest" "@query-param";name="a")', ""),
        (WHOLE, ";nocreated"),
        (WHOLE, ";expires=1"),
        (WHOLE, ";created=1"),
        (WHOLE, ";created=99999999999"),
    ],
)
async def test_t17_a_message_signature_that_binds_too_little_is_refused(
    s: Target, evil: Evil, covered: str, more: str
):
    bob, body = follow(evil, s)

    headers = signed_over(s, body, bob, covered=covered, more=more)
    answer = await s.send("POST", "/ap/inbox", content=body, headers=headers)

    assert answer.status_code in {400, 401}
    assert await s.rows("SELECT id FROM jobs WHERE kind = 'ApplyActivity'") == []


async def test_t17_a_message_for_another_server_or_with_two_signatures_is_refused(s: Target, evil: Evil):
    bob, body = follow(evil, s)
    other = signed_over(s, body, bob, covered=WHOLE, target="http://other.test/ap/inbox")
    good = signed_over(s, body, bob, covered=WHOLE)
    two = good | {
        "Signature-Input": f"{good['Signature-Input']}, {good['Signature-Input'].replace('sig1', 'sig2', 1)}",
        "Signature": f"{good['Signature']}, {good['Signature'].replace('sig1', 'sig2', 1)}",
    }
    changed = body.replace(b"Follow", b"follow")

    for headers, sent in ((other, body), (two, body), (good, changed)):
        answer = await s.send("POST", "/ap/inbox", content=sent, headers=headers)
        assert answer.status_code in {400, 401}

    assert await s.rows("SELECT id FROM jobs WHERE kind = 'ApplyActivity'") == []


@cache
def proving_pair():
    return make_ed25519_pair()


def prover(evil: Evil, name: str = "bob") -> str:
    """An actor of e1.test with a key for proofs."""
    from fedi.activitypub.signatures.multikeys import from_pem

    uri = f"http://e1.test/users/{name}"
    method = {
        "id": f"{uri}#ed25519-key",
        "type": "Multikey",
        "controller": uri,
        "publicKeyMultibase": from_pem(proving_pair().public_pem),
    }
    return evil["e1.test"].actor(name, assertionMethod=[method])


def proven_like(s: Target, actor: str, post: str) -> dict:
    like = activity("Like", actor, post, id_=f"{actor}#likes/1")
    key = load_private(proving_pair().private_pem)
    return proofs.sign(like, key=key, key_id=f"{actor}#ed25519-key", now=s.clock.now())


async def likes(s: Target, post: dict) -> int:
    shown = await s.api("alice", "GET", f"/api/v1/statuses/{post['id']}")
    return shown.json()["favourites_count"]


def without(document: dict, name: str) -> dict:
    return {key: value for key, value in document.items() if key != name}


MUTATIONS = {
    "another object": lambda like: like | {"object": like["object"] + "0"},
    "no proof": lambda like: without(like, "proof"),
    "two proofs": lambda like: like | {"proof": [like["proof"], like["proof"]]},
    "expired": lambda like: like | {"proof": like["proof"] | {"expires": "2020-01-01T00:00:00Z"}},
    "another purpose": lambda like: like | {"proof": like["proof"] | {"proofPurpose": "authentication"}},
    "another suite": lambda like: like | {"proof": like["proof"] | {"cryptosuite": "eddsa-rdfc-2022"}},
    "a foreign key": lambda like: (
        like | {"proof": like["proof"] | {"verificationMethod": "http://e2.test/users/relay#main-key"}}
    ),
    "a context that is no prefix": lambda like: (
        like | {"proof": like["proof"] | {"@context": ["https://e2.test/ns"]}}
    ),
    "only inside": lambda like: without(like, "proof") | {"object": like},
}


async def test_t23_what_an_actor_has_proven_is_believed_whoever_brings_it(s: Target, evil: Evil):
    post = (await s.api("alice", "POST", "/api/v1/statuses", data={"status": "ours"})).json()
    bob, relay = prover(evil), evil["e2.test"].actor("relay")

    answer = await s.deliver(proven_like(s, bob, post["uri"]), signer=relay)
    await s.applied()

    assert (answer.status_code, await likes(s, post)) == (202, 1)


@pytest.mark.parametrize("name", MUTATIONS)
async def test_t23_a_proof_that_does_not_hold_is_worth_nothing(s: Target, evil: Evil, name: str):
    post = (await s.api("alice", "POST", "/api/v1/statuses", data={"status": "ours"})).json()
    bob, relay = prover(evil), evil["e2.test"].actor("relay")
    forged = MUTATIONS[name](deepcopy(proven_like(s, bob, post["uri"])))

    await s.deliver(forged, signer=relay)
    await s.applied()

    assert await likes(s, post) == 0


async def test_t23_a_proof_by_a_key_that_was_replaced_is_worth_nothing(s: Target, evil: Evil):
    post = (await s.api("alice", "POST", "/api/v1/statuses", data={"status": "ours"})).json()
    bob, relay = prover(evil), evil["e2.test"].actor("relay")
    like = proven_like(s, bob, post["uri"])
    evil["e1.test"].actor("bob")

    await s.deliver(like, signer=relay, now=s.clock.now() + timedelta(seconds=1))
    await s.applied()

    assert await likes(s, post) == 0
