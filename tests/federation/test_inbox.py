"""What an inbox takes in: signatures, origins, replays, and what becomes of what is refused."""

import json

import pytest

from fedi.actions import posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import PUBLIC
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.moderation import DomainRule
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from tests.support.peer import activity, key_pair, open_peer, post, signed

pytestmark = pytest.mark.anyio


async def nothing_happened() -> bool:
    """No row tells of it."""
    return not (await Job.filter(kind="ApplyActivity").count() or await Notification.all().count())


# Signatures


async def test_a_signed_activity_is_accepted_and_applied(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)

    answer = await home.deliver(peer.create(peer.note("1", bob)), signer=bob)
    await home.house.drain()

    assert (answer.status_code, answer.content) == (202, b"")
    assert "hello" in (await Post.get(uri=f"{peer.url}/notes/1")).content


async def test_an_unsigned_activity_is_refused(home, peer):
    bob = peer.actor("bob")

    import httpx

    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.post(
            home.inbox,
            content=json.dumps(activity("Follow", bob, home.alice.uri)),
            headers={"Content-Type": "application/activity+json"},
        )

    assert answer.status_code == 401
    assert answer.json().keys() == {"error"}
    assert await nothing_happened()


async def test_a_wrong_key_is_refused_and_the_actor_asked_for_once(home, peer):
    bob = peer.actor("bob")
    follow = activity("Follow", bob, home.alice.uri)

    answers = [await home.deliver(follow, signer=bob, pair=key_pair(1)) for _ in range(20)]

    assert {answer.status_code for answer in answers} == {401}
    assert peer.asked["/users/bob"] == 1
    assert await nothing_happened()


async def test_a_forger_does_not_lock_the_real_actor_out(home, peer):
    bob = peer.actor("bob")
    follow = activity("Follow", bob, home.alice.uri)
    await home.deliver(follow, signer=bob, pair=key_pair(1))

    assert (await home.deliver(follow, signer=bob)).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"digest": "SHA-256=" + "A" * 43 + "="},
        {"date": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"signature": 'keyId="nonsense'},
        {"host": "other.example"},
        {"signature_input": 'sig1=("@method");created=1'},
    ],
)
async def test_a_changed_header_is_refused_without_asking_for_the_key(home, peer, headers):
    bob = peer.actor("bob")

    answer = await home.deliver(activity("Follow", bob, home.alice.uri), signer=bob, **headers)

    assert answer.status_code == 401
    assert not peer.asked
    assert await nothing_happened()


async def test_a_body_changed_after_signing_is_refused(home, peer):
    bob = peer.actor("bob")
    body = json.dumps(activity("Follow", bob, home.alice.uri)).encode()
    headers = signed(home.inbox, body, key_id=f"{bob}#main-key", now=home.clock.now())

    import httpx

    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.post(home.inbox, content=body.replace(b"Follow", b"follow"), headers=headers)

    assert answer.status_code == 401


async def test_a_request_signed_for_another_inbox_is_refused(home, peer):
    bob = peer.actor("bob")
    body = json.dumps(activity("Follow", bob, home.alice.uri)).encode()
    headers = signed(home.inbox, body, key_id=f"{bob}#main-key", now=home.clock.now())

    import httpx

    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.post(f"{home.house.url}/ap/actor/inbox", content=body, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(-64, 202), (-66, 401), (59, 202), (61, 401)])
async def test_a_date_lives_for_an_hour_and_five_minutes(home, peer, minutes, status):
    from datetime import timedelta

    bob = peer.actor("bob")
    when = home.clock.now() + timedelta(minutes=minutes)

    answer = await post(home.inbox, activity("Follow", bob, home.alice.uri), signer=bob, now=when)

    assert answer.status_code == status


async def test_a_key_that_changed_is_fetched_once_more(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.actor("bob", pair=key_pair(1))

    new = await home.deliver(activity("Like", bob, home.alice.uri), signer=bob, pair=key_pair(1))
    old = await home.deliver(activity("Follow", bob, home.alice.uri), signer=bob)

    assert (new.status_code, old.status_code) == (202, 401)
    assert (await Account.get(uri=bob)).public_key_pem == key_pair(1).public_pem


async def test_a_key_on_another_host_than_its_owner_is_refused(home, peer, other):
    victim = peer.actor("victim")
    key = {"id": f"{other.url}/key", "owner": victim, "publicKeyPem": key_pair(1).public_pem}
    other.documents["/key"] = {"@context": "https://w3id.org/security/v1", **key}
    body = json.dumps(activity("Follow", victim, home.alice.uri)).encode()
    headers = signed(home.inbox, body, key_id=key["id"], now=home.clock.now(), pair=key_pair(1))

    import httpx

    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.post(home.inbox, content=body, headers=headers)

    assert answer.status_code == 401
    assert await nothing_happened()


async def test_an_actor_found_under_anothers_address_lends_no_key(home, peer, other):
    victim = peer.actor("victim")
    document = dict(peer.documents["/users/victim"])
    document["publicKey"] = {**document["publicKey"], "publicKeyPem": key_pair(1).public_pem}
    other.documents["/users/victim"] = document
    body = json.dumps(activity("Follow", victim, home.alice.uri)).encode()
    key_id = f"{other.url}/users/victim#main-key"
    headers = signed(home.inbox, body, key_id=key_id, now=home.clock.now(), pair=key_pair(1))

    import httpx

    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.post(home.inbox, content=body, headers=headers)

    assert answer.status_code == 401


async def test_a_key_that_cannot_be_reached_now_asks_for_another_try(home, clock):
    async with open_peer(clock) as peer:
        bob = peer.actor("bob")

    answer = await home.deliver(activity("Follow", bob, home.alice.uri), signer=bob)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


async def test_ever_new_keys_make_few_requests(home, peer):
    statuses = set()
    for number in range(60):
        stranger = f"{peer.url}/users/nobody{number}"
        answer = await home.deliver(activity("Follow", stranger, home.alice.uri), signer=stranger)
        statuses.add(answer.status_code)

    assert statuses == {401, 429}
    assert sum(peer.asked.values()) <= 20


async def test_a_blocked_host_is_turned_away_before_anything_is_fetched(home, peer):
    bob = peer.actor("bob")
    await DomainRule.create(id=1, domain="127.0.0.1", severity="suspend", created_at=home.clock.now())

    answer = await home.deliver(activity("Follow", bob, home.alice.uri), signer=bob)

    assert answer.status_code == 403
    assert not peer.asked


# Form


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"type":"Follow"}', 400),
        (b"[" * 100_000, 400),
        (b'{"id":5,"type":"Follow","actor":"https://a.example/1","object":"https://b.example/1"}', 400),
        (b" " * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_activity_is_refused(home, peer, body, status):
    bob = peer.actor("bob")

    assert (await home.deliver(body, signer=bob)).status_code == status


async def test_plain_json_is_not_taken(home, peer):
    bob = peer.actor("bob")

    answer = await home.deliver(
        activity("Follow", bob, home.alice.uri), signer=bob, content_type="application/json"
    )

    assert answer.status_code == 415


async def test_an_inbox_of_nobody_is_not_found(home, peer):
    bob = peer.actor("bob")
    url = f"{home.house.url}/ap/u/12345/inbox"

    answer = await post(url, activity("Follow", bob, home.alice.uri), signer=bob, now=home.clock.now())

    assert answer.status_code == 404


async def test_unknown_activities_are_taken_politely(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)

    for kind in ("View", "Listen", "Offer", "Flag", "Move", "Question"):
        document = activity(kind, bob, f"{peer.url}/x", target=f"{peer.url}/y")
        assert (await home.deliver(document, signer=bob)).status_code == 202
    await home.house.drain()

    assert not await Job.filter(state="buried").count()


# Origins


@pytest.mark.parametrize("kind", ["Follow", "Like", "Announce", "Undo", "Accept", "Block"])
async def test_an_activity_of_another_actor_than_the_signer_is_refused(home, peer, kind):
    bob, mallory = peer.actor("bob"), peer.actor("mallory")

    answer = await home.deliver(activity(kind, bob, home.alice.uri), signer=mallory)

    assert answer.status_code == 401
    assert await nothing_happened()


async def test_an_id_of_another_origin_is_refused_and_poisons_nothing(home, peer, other):
    bob, mallory = peer.actor("bob"), other.actor("mallory")
    await home.follow(bob)
    create = peer.create(peer.note("1", bob))

    forged = await home.deliver({**create, "actor": mallory}, signer=mallory)
    await home.take(create, signer=bob)

    assert forged.status_code == 401
    assert await Post.exists(uri=f"{peer.url}/notes/1")


async def test_the_same_activity_is_applied_once(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    note = peer.note(
        "1", bob, cc=[home.alice.uri], tag=[{"type": "Mention", "href": home.alice.uri, "name": "@alice"}]
    )

    statuses = {(await home.deliver(peer.create(note), signer=bob)).status_code for _ in range(20)}
    await home.house.drain()

    assert statuses == {202}
    assert await Post.filter(uri=note["id"]).count() == 1
    assert await Notification.filter(account_id=home.alice.id, kind="mention").count() == 1
    assert await Job.filter(kind="ApplyActivity").count() == 1


async def test_a_post_of_another_origin_leaves_no_trace(home, peer, other):
    bob, mallory = peer.actor("bob"), other.actor("mallory")
    await home.follow(mallory)
    stolen = peer.note("1", bob)

    document = activity("Create", mallory, stolen, id_=f"{other.url}/c/1")
    assert (await home.deliver(document, signer=mallory)).status_code == 202
    await home.house.drain()

    assert not await Post.exists()


async def test_a_neighbour_on_the_same_host_cannot_speak_for_another(home, peer):
    bob, mallory = peer.actor("bob"), peer.actor("mallory")
    await home.follow(bob)
    await home.follow(mallory)
    note = peer.note("1", bob)
    await home.take(peer.create(note), signer=bob)

    await home.take(activity("Create", mallory, peer.note("2", bob)), signer=mallory)
    later = home.clock.now().strftime("%Y-%m-%dT23:59:59Z")
    edit = {**note, "content": "<p>pwned</p>", "updated": later}
    await home.take(activity("Update", mallory, edit), signer=mallory)
    await home.take(activity("Delete", mallory, note["id"]), signer=mallory)

    assert "hello" in (await Post.get(uri=note["id"])).content
    assert not await Post.exists(uri=f"{peer.url}/notes/2")


async def test_a_forwarded_reply_is_believed_only_at_its_origin(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    await home.follow(bob)
    root = peer.note("1", bob)
    await home.take(peer.create(root), signer=bob)
    reply = other.serve(other.note("2", carol, "<p>as it stands</p>", inReplyTo=root["id"]))

    forwarded = other.create({**reply, "content": "<p>as forged</p>"})
    await home.take(forwarded, signer=bob)

    stored = await Post.get(uri=reply["id"])
    assert ("as it stands" in stored.content, stored.in_reply_to_uri) == (True, root["id"])


async def test_a_delete_of_somebody_unknown_costs_no_request(home, peer):
    stranger = peer.actor("stranger")

    answer = await home.deliver(activity("Delete", stranger, stranger), signer=stranger)

    assert answer.status_code == 202
    assert not peer.asked
    assert await nothing_happened()


async def test_a_post_that_concerns_nobody_here_is_dropped_unfetched(home, peer):
    stranger = peer.actor("stranger")

    await home.take(peer.create(peer.note("1", stranger)), signer=stranger)

    assert not await Post.exists()
    assert not await Account.exists(uri=stranger)


async def test_strangers_are_heard_when_they_name_one_of_ours(home, peer):
    stranger = peer.actor("stranger")
    tag = [{"type": "Mention", "href": home.alice.uri, "name": "@alice"}]
    note = peer.note("1", stranger, to=[home.alice.uri], cc=[], tag=tag)

    await home.take(peer.create(note), signer=stranger)

    assert (await Post.get(uri=note["id"])).visibility == "direct"
    assert await Notification.filter(account_id=home.alice.id, kind="mention").count() == 1


async def test_a_suspended_account_is_heard_only_to_clean_up(home, peer):
    bob = peer.actor("bob")
    account = await home.follow(bob)
    note = peer.note("1", bob)
    await home.take(peer.create(note), signer=bob)
    await Account.filter(id=account.id).update(suspended_at=home.clock.now())

    await home.take(peer.create(peer.note("2", bob)), signer=bob)
    assert not await Post.exists(uri=f"{peer.url}/notes/2")

    await home.take(activity("Delete", bob, note["id"]), signer=bob)
    assert not await Post.exists(uri=note["id"])


# Order


async def test_a_create_that_comes_after_its_delete_stays_away(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    note = peer.note("1", bob)

    await home.take(activity("Delete", bob, {"id": note["id"], "type": "Tombstone"}), signer=bob)
    await home.take(peer.create(note), signer=bob)

    assert not await Post.exists(uri=note["id"])


@pytest.mark.parametrize("kind", ["Like", "Announce"])
async def test_what_was_undone_before_it_came_does_nothing(home, peer, kind):
    bob = peer.actor("bob")
    mine = await posts.create(home.server, home.alice, Draft(text="mine"), mentions={})
    done = activity(kind, bob, mine.uri, to=[PUBLIC])
    await home.follow(bob)

    await home.take(activity("Undo", bob, done), signer=bob)
    await home.take(done, signer=bob)

    mine = await Post.get(id=mine.id)
    assert (mine.favourites_count, mine.boosts_count) == (0, 0)


async def test_an_update_that_overtook_its_create_is_stored(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    note = peer.note("1", bob, "<p>second words</p>")

    await home.take(activity("Update", bob, note), signer=bob)
    await home.take(peer.create({**note, "content": "<p>first words</p>"}), signer=bob)

    assert "second words" in (await Post.get(uri=note["id"])).content


async def test_a_repeated_create_does_not_widen_the_audience(home, peer):
    bob = peer.actor("bob")
    note = peer.note("1", bob, to=[home.alice.uri], cc=[])
    await home.take(peer.create(note), signer=bob)

    wider = {**note, "to": [PUBLIC], "updated": home.clock.now().strftime("%Y-%m-%dT23:59:59Z")}
    await home.take({**peer.create(wider), "id": f"{note['id']}/again"}, signer=bob)
    await home.take(activity("Update", bob, wider), signer=bob)

    assert (await Post.get(uri=note["id"])).visibility == "direct"


async def test_a_boosted_post_says_what_its_own_server_says(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    await home.follow(bob)
    original = other.serve(other.note("1", carol, "<p>as written</p>"))

    forged = {**original, "content": "<p>as forged</p>"}
    await home.take(activity("Announce", bob, forged, to=[PUBLIC]), signer=bob)

    assert "as written" in (await Post.get(uri=original["id"])).content
    assert await Post.exists(boost_of_id=(await Post.get(uri=original["id"])).id)


async def test_a_boost_of_a_private_post_is_not_stored(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    await home.follow(bob)
    private = other.serve(other.note("1", carol, to=[f"{carol}/followers"], cc=[]))

    await home.take(activity("Announce", bob, private["id"], to=[PUBLIC]), signer=bob)

    assert not await Post.exists(boost_of_id__not_isnull=True)


async def test_an_accept_of_what_was_never_asked_is_nothing(home, peer):
    from fedi.models.relationships import Follow

    bob, mallory = peer.actor("bob"), peer.actor("mallory")
    follow = activity("Follow", home.alice.uri, bob, id_=f"{home.alice.uri}#made-up")

    await home.take(activity("Accept", bob, follow), signer=bob)
    await home.take(activity("Accept", mallory, follow), signer=mallory)

    assert not await Follow.exists()
