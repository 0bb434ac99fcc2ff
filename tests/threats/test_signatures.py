"""T01 to T25: who says so? (threats reference, section A)"""

import asyncio
import json
import time
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.responses import JSONResponse, Response

from fedi.activitypub.vocabulary import ACTIVITY_JSON, AS2
from fedi.models.posts import Post
from tests.support.peer import signed
from tests.threats.evil import Evil, S, Target, activity, key_pair

pytestmark = pytest.mark.anyio

REFUSED = {400, 401, 403}


def greeting(evil: Evil, s: Target, author: str, *, host: str = "e1.test", name: str = "1") -> dict:
    """A post to Alice by an actor of the evil peer."""
    note = evil[host].note(name, author, "<p>hi</p>", to=[s.uri("alice")], cc=[])
    note["tag"] = [{"type": "Mention", "href": s.uri("alice"), "name": "@alice"}]
    return evil[host].create(note)


async def left_no_trace(s: Target) -> bool:
    """No post, no notification, no remote account, no job to apply anything."""
    posts = await s.rows("SELECT id FROM posts")
    told = await s.rows("SELECT id FROM notifications")
    jobs = await s.rows("SELECT id FROM jobs WHERE kind = 'ApplyActivity'")
    return not (posts or told or jobs)


async def test_a_good_activity_is_taken_so_that_refusals_mean_something(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")

    answer = await s.deliver(greeting(evil, s, bob), signer=bob)
    await s.applied()

    assert answer.status_code == 202
    assert await s.notifications("alice") == ["mention"]
    assert await s.is_alive()


async def test_t01_an_unsigned_activity_is_refused_and_leaves_no_trace(s: Target, evil: Evil):
    mallory = evil["e1.test"].actor("mallory")
    create = greeting(evil, s, mallory)

    for inbox in ("/ap/inbox", f"/ap/u/{s.accounts['alice'].id}/inbox", "/ap/actor/inbox"):
        answer = await s.deliver(create, signer=mallory, to=inbox, drop=("signature",))
        assert answer.status_code == 401

    assert evil.asked == []
    assert await left_no_trace(s)


async def test_t02_a_wrong_key_is_refused_twenty_times_for_one_look_at_the_actor(s: Target, evil: Evil):
    victim = evil["e1.test"].actor("victim")
    create = greeting(evil, s, victim)

    statuses = {(await s.deliver(create, signer=victim, pair=key_pair(1))).status_code for _ in range(20)}

    assert statuses == {401}
    assert len(evil.gets("e1.test")) <= 1
    assert await left_no_trace(s)


async def test_t03_a_body_that_is_not_the_one_that_was_signed_is_refused(s: Target, evil: Evil):
    mallory = evil["e1.test"].actor("mallory")
    body = json.dumps(greeting(evil, s, mallory)).encode()
    headers = signed(f"http://{S}/ap/inbox", body, key_id=f"{mallory}#main-key", now=s.clock.now(), host=S)

    flipped = await s.send("POST", "/ap/inbox", content=body.replace(b"hi", b"ho"), headers=headers)
    missing = {name: value for name, value in headers.items() if name != "Digest"}
    without = await s.send("POST", "/ap/inbox", content=body, headers=missing)
    lie = headers | {"Digest": "SHA-256=AAAA"}
    other = await s.send("POST", "/ap/inbox", content=body, headers=lie)

    assert {flipped.status_code, without.status_code, other.status_code} <= REFUSED
    assert await left_no_trace(s)


@pytest.mark.parametrize("dropped", ["(request-target)", "host", "date", "digest"])
async def test_t04_a_signature_that_leaves_out_what_binds_it_is_refused(s: Target, evil: Evil, dropped: str):
    from fedi.activitypub.signatures.message import SignedMessage
    from tests.threats.signing import cavage_over

    mallory = evil["e1.test"].actor("mallory")
    body = json.dumps(greeting(evil, s, mallory)).encode()
    headers = signed(f"http://{S}/ap/inbox", body, key_id=f"{mallory}#main-key", now=s.clock.now(), host=S)
    message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
    covered = [name for name in ("(request-target)", "host", "date", "digest") if name != dropped]
    headers["Signature"] = cavage_over(message, covered, key_id=f"{mallory}#main-key")

    answer = await s.send("POST", "/ap/inbox", content=body, headers=headers)

    assert answer.status_code == 401
    assert await left_no_trace(s)


async def test_t05_a_captured_request_is_not_taken_at_another_path(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    headers = signed(f"http://{S}/ap/inbox", body, key_id=f"{bob}#main-key", now=s.clock.now(), host=S)

    elsewhere = await s.send("POST", f"/ap/u/{s.accounts['bob'].id}/inbox", content=body, headers=headers)

    assert elsewhere.status_code == 401
    assert await left_no_trace(s)


async def test_t06_a_request_signed_for_another_host_is_not_taken(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    for_other = signed(
        "http://other.test/ap/inbox", body, key_id=f"{bob}#main-key", now=s.clock.now(), host="other.test"
    )
    for_us = signed(f"http://{S}/ap/inbox", body, key_id=f"{bob}#main-key", now=s.clock.now(), host=S)

    passed_on = await s.send("POST", "/ap/inbox", content=body, headers=for_other)
    renamed = await s.send("POST", "/ap/inbox", content=body, headers=for_us | {"Host": "other.test"})

    assert {passed_on.status_code, renamed.status_code} <= {400, 401, 421}
    assert await left_no_trace(s)


@pytest.mark.parametrize(
    ("minutes", "accepted"),
    [(-120, False), (-66, False), (-61, True), (-5, True), (55, True), (61, False), (120, False)],
)
async def test_t07_only_a_fresh_request_counts(s: Target, evil: Evil, minutes: int, accepted: bool):
    bob = evil["e1.test"].actor("bob")

    answer = await s.deliver(
        greeting(evil, s, bob), signer=bob, now=s.clock.now() + timedelta(minutes=minutes)
    )

    assert answer.status_code == (202 if accepted else 401)


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 22 Nov 2026"])
async def test_t07_an_unreadable_date_is_refused(s: Target, evil: Evil, date: str):
    from tests.threats.signing import with_date

    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()

    answer = await s.send("POST", "/ap/inbox", content=body, headers=with_date(body, bob, date))

    assert answer.status_code in REFUSED
    assert await left_no_trace(s)


@pytest.mark.parametrize(("created", "expires"), [(7200, None), (0, -7200), (-13 * 3600, 10 * 365 * 86400)])
async def test_t07_created_and_expires_bound_a_signature_too(s: Target, evil: Evil, created, expires):
    from tests.threats.signing import hs2019

    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    now = int(s.clock.now().timestamp())
    headers = hs2019(body, bob, created=now + created, expires=None if expires is None else now + expires)

    answer = await s.send("POST", "/ap/inbox", content=body, headers=headers)

    assert answer.status_code == 401


async def test_t08_the_same_request_a_hundred_times_is_one_post_and_one_notification(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    create = greeting(evil, s, bob)

    answers = await asyncio.gather(*(s.deliver(create, signer=bob) for _ in range(100)))
    await s.applied()

    assert {answer.status_code for answer in answers} == {202}
    assert len(await s.rows("SELECT id FROM posts")) == 1
    assert await s.notifications("alice") == ["mention"]


async def test_t09_an_id_of_another_server_is_refused_and_its_owner_can_still_use_it(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    mallory = evil["e2.test"].actor("mallory")
    genuine = greeting(evil, s, bob)
    poison = greeting(evil, s, mallory, host="e2.test") | {"id": genuine["id"]}

    poisoned = await s.deliver(poison, signer=mallory)
    taken = await s.deliver(genuine, signer=bob)
    await s.applied()

    assert poisoned.status_code in REFUSED
    assert taken.status_code == 202
    assert [row["uri"] for row in await s.rows("SELECT uri FROM posts")] == [genuine["object"]["id"]]


async def test_t10_a_key_of_another_host_does_not_speak_for_an_actor(s: Target, evil: Evil):
    victim = evil["e1.test"].actor("victim")
    evil["e2.test"].documents["/key"] = {
        "@context": ["https://w3id.org/security/v1"],
        "id": "http://e2.test/key",
        "owner": victim,
        "publicKeyPem": key_pair(1).public_pem,
        "type": "CryptographicKey",
    }

    answer = await s.deliver(
        greeting(evil, s, victim), signer=victim, key_id="http://e2.test/key", pair=key_pair(1)
    )

    assert answer.status_code == 401
    assert await s.rows("SELECT id FROM accounts WHERE key_id LIKE '%e2.test%'") == []
    assert await left_no_trace(s)


async def test_t11_a_document_cannot_put_its_own_key_under_anothers_id(s: Target, evil: Evil):
    victim = evil["e1.test"].actor("victim")
    mallory = evil["e2.test"].actor("mallory")
    forged = evil["e1.test"].documents["/users/victim"] | {}
    forged["publicKey"] = forged["publicKey"] | {"publicKeyPem": key_pair(1).public_pem}
    evil["e2.test"].documents["/poison"] = forged

    await s.deliver(
        greeting(evil, s, mallory, host="e2.test"),
        signer=mallory,
        key_id="http://e2.test/poison",
        pair=key_pair(1),
    )
    as_victim = await s.deliver(greeting(evil, s, victim, name="2"), signer=victim, pair=key_pair(1))
    genuine = await s.deliver(greeting(evil, s, victim, name="3"), signer=victim)

    assert (as_victim.status_code, genuine.status_code) == (401, 202)


async def test_t12_a_key_inside_something_that_is_no_actor_does_not_count(s: Target, evil: Evil):
    victim = evil["e1.test"].actor("victim")
    note = evil["e1.test"].note("upload", victim)
    note["publicKey"] = {
        "id": f"{note['id']}#key",
        "owner": victim,
        "publicKeyPem": key_pair(1).public_pem,
    }
    evil["e1.test"].serve(note)

    answer = await s.deliver(
        greeting(evil, s, victim), signer=victim, key_id=f"{note['id']}#key", pair=key_pair(1)
    )

    assert answer.status_code == 401
    assert await left_no_trace(s)


async def test_t12_what_people_upload_is_never_served_as_an_actor(s: Target):
    actor = json.dumps({"@context": AS2, "id": f"http://{S}/ap/u/1", "type": "Person"}).encode()

    refused = await s.api("alice", "POST", "/api/v2/media", files={"file": ("a.json", actor, ACTIVITY_JSON)})

    assert refused.status_code == 422


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-sha1", "none", "ed25519", "dsa-sha256"])
async def test_t13_the_key_chooses_the_algorithm_and_not_the_sender(s: Target, evil: Evil, algorithm: str):
    from tests.threats.signing import named_algorithm

    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    headers = named_algorithm(body, bob, algorithm, pem=key_pair().public_pem, now=s.clock.now())

    answer = await s.send("POST", "/ap/inbox", content=body, headers=headers)

    assert answer.status_code == 401
    assert await left_no_trace(s)


@pytest.mark.parametrize("bits", [1024, 16384])
async def test_t14_a_key_that_is_too_small_or_too_large_is_refused_at_once(s: Target, evil: Evil, bits: int):
    if bits == 1024:
        public = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    else:
        # Nobody waits for a real one: an odd modulus of that size is what a verifier would have to work on.
        public = rsa.RSAPublicNumbers(65537, (1 << bits) - 159).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    uri = "http://e1.test/users/mallory"
    evil["e1.test"].actor("mallory", publicKey={"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem})
    begun = time.monotonic()

    answer = await s.deliver(greeting(evil, s, uri), signer=uri)

    assert answer.status_code == 401
    assert time.monotonic() - begun < 5.0


@pytest.mark.parametrize("name", ["Host", "Digest", "Signature", "Date"])
async def test_t15_a_header_that_stands_twice_is_refused(s: Target, evil: Evil, name: str):
    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    headers = signed(f"http://{S}/ap/inbox", body, key_id=f"{bob}#main-key", now=s.clock.now(), host=S)
    lines = [*headers.items(), (name, headers[name])]

    from tests.threats.raw import request

    status, _ = await request(s.url, "POST", "/ap/inbox", lines, body)

    assert status in REFUSED
    assert await left_no_trace(s)


async def test_t16_no_signature_header_however_odd_is_more_than_refused(s: Target, evil: Evil):
    import random

    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    headers = signed(f"http://{S}/ap/inbox", body, key_id=f"{bob}#main-key", now=s.clock.now(), host=S)
    good, odd = headers["Signature"], random.Random(16)
    tried = [
        good[:-1],
        good * 2,
        ",".join(f'p{number}="x"' for number in range(10_000)),
        'keyId="' + "a" * 50_000,
        good + ',keyId="http://e2.test/x"',
        '"' * 4000,
    ]
    for _ in range(150):
        letters = list(good)
        for _ in range(odd.randint(1, 8)):
            at = odd.randrange(len(letters))
            # The signature is another in each run: what is put in may be what stands there.
            letters[at] = odd.choice([chr(each) for each in range(32, 127) if chr(each) != good[at]])
        tried.append("".join(letters))

    statuses, slowest = set(), 0.0
    for value in tried:
        begun = time.monotonic()
        answer = await s.send("POST", "/ap/inbox", content=body, headers=headers | {"Signature": value})
        slowest = max(slowest, time.monotonic() - begun)
        statuses.add(answer.status_code)

    assert statuses <= {400, 401, 413, 429, 431, 503}
    assert slowest < 1.0
    assert await left_no_trace(s)


async def test_t18_a_request_signed_by_both_schemes_is_refused(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    ours = 'sig1=("@method" "@target-uri" "content-digest");created=1;keyid="http://e2.test/x"'

    answer = await s.deliver(greeting(evil, s, bob), signer=bob, signature_input=ours)

    assert answer.status_code in REFUSED
    assert await left_no_trace(s)


async def test_t19_a_peer_that_demands_signatures_itself_gets_to_know_our_key(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    document = evil["e1.test"].documents["/users/bob"]

    async def only_signed(request):
        key_id = request.headers.get("signature", "").partition('keyId="')[2].partition('"')[0]
        if not key_id:
            return Response(status_code=401)
        assert (await s.get(key_id.partition("#")[0].removeprefix(f"http://{S}"))).status_code == 200
        return JSONResponse(document, media_type=ACTIVITY_JSON)

    evil.handlers["e1.test", "/users/bob"] = only_signed

    assert (await s.deliver(greeting(evil, s, bob), signer=bob)).status_code == 202


async def test_t19_ever_new_keys_from_one_address_make_us_ask_twenty_times_at_most(s: Target, evil: Evil):
    for number in range(60):
        mallory = f"http://e1.test/users/m{number}"
        await s.deliver(activity("Follow", mallory, s.uri("alice")), signer=mallory)

    assert len(evil.gets()) <= 20
    assert await s.is_alive()


@pytest.mark.parametrize(
    "kind", ["Follow", "Like", "Announce", "Undo", "Delete", "Update", "Create", "Flag", "Block"]
)
async def test_t20_nobody_signs_for_another(s: Target, evil: Evil, kind: str):
    mallory, victim = evil["e1.test"].actor("mallory"), evil["e1.test"].actor("victim")
    about = {
        "Follow": s.uri("alice"),
        "Block": s.uri("alice"),
        "Create": greeting(evil, s, victim)["object"],
        "Update": evil["e1.test"].documents["/users/victim"] | {"name": "stolen"},
        "Delete": victim,
    }.get(kind, s.uri("alice"))

    await s.deliver(activity(kind, victim, about, to=[s.uri("alice")]), signer=mallory)
    await s.applied()

    assert await s.rows("SELECT id FROM follows") == []
    assert await s.rows("SELECT id FROM blocks") == []
    assert await s.rows("SELECT id FROM accounts WHERE display_name = 'stolen' OR gone_at IS NOT NULL") == []
    assert await s.notifications("alice") == []


async def test_t21_a_changed_key_is_learnt_once_and_the_old_one_is_worth_nothing(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    await s.deliver(greeting(evil, s, bob), signer=bob)
    await s.applied()
    evil["e1.test"].actor("bob", pair=key_pair(1))
    asked = len(evil.gets("e1.test"))

    fresh = await s.deliver(greeting(evil, s, bob, name="2"), signer=bob, pair=key_pair(1))
    asked_again = len([each for each in evil.gets("e1.test")[asked:] if each.path == "/users/bob"])
    old = await s.deliver(greeting(evil, s, bob, name="3"), signer=bob)

    assert (fresh.status_code, asked_again, old.status_code) == (202, 1, 401)


async def test_t22_a_forwarded_document_is_believed_at_its_origin_alone(s: Target, evil: Evil):
    """Linked Data signatures are not read, so there is no context to play tricks with."""
    bob, relay = evil["e1.test"].actor("bob"), evil["e2.test"].actor("relay")
    await s.deliver(greeting(evil, s, bob), signer=bob)
    await s.applied()
    reply = evil["e1.test"].note("2", bob, "<p>the origin's words</p>", inReplyTo="http://e1.test/notes/1")
    evil["e1.test"].serve(reply)
    forged = evil["e1.test"].create(reply | {"content": "<p>the forger's words</p>"})
    forged["@context"] = [AS2, {"actor": "http://e2.test/ns#nobody", "content": "as:summary"}]
    forged["signature"] = {
        "type": "RsaSignature2017",
        "creator": f"{bob}#main-key",
        "created": "2026-11-22T10:00:00Z",
        "signatureValue": "AAAA",
    }

    await s.deliver(forged, signer=relay)
    await s.applied()

    said = {row["content"] for row in await s.rows("SELECT content FROM posts")}
    assert said <= {"<p>hi</p>", "<p>the origin's words</p>"}


async def test_t24_a_query_that_was_not_signed_changes_nothing(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    body = json.dumps(greeting(evil, s, bob)).encode()
    headers = signed(f"http://{S}/ap/inbox", body, key_id=f"{bob}#main-key", now=s.clock.now(), host=S)

    answer = await s.send("POST", "/ap/inbox?admin=1", content=body, headers=headers)
    await s.applied()

    assert answer.status_code == 202
    assert await s.notifications("alice") == ["mention"]


async def test_t25_an_actor_is_not_deleted_because_its_address_says_404_once(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    await s.deliver(greeting(evil, s, bob), signer=bob)
    await s.applied()

    for gone in (
        Response("<h1>parked</h1>", 404, media_type="text/html"),
        Response("<h1>parked</h1>", 410, media_type="text/html"),
    ):
        evil["e1.test"].documents["/users/bob"] = gone
        s.clock.turn(days=2)
        await s.api("alice", "GET", "/api/v1/accounts/lookup?acct=bob@e1.test")
        evil["e1.test"].actor("bob")
        await s.deliver(greeting(evil, s, bob, name=str(gone.status_code)), signer=bob)
        await s.applied()

    assert await s.rows("SELECT id FROM accounts WHERE gone_at IS NOT NULL") == []
    with s.running.server.db.activate():
        assert await Post.filter(visibility="direct").count() == 3
