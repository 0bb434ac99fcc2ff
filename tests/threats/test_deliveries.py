"""T170 to T180: what we send, to whom, how often, and what nobody gets (threats reference, section H).

From inside, and in more detail: tests/federation/test_deliver.py and test_instances.py (T170 to T172, T174,
T178), tests/servers/test_synchronisation.py (T176). T177, a kill in the middle of it all:
tests/servers/test_crash.py. T180, the modes of the files that commands make: tests/cli/test_serve.py.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from fedi.actions import moderation
from fedi.activitypub.signatures import cavage
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.synchronisation import digest
from fedi.activitypub.vocabulary import ACTIVITY_JSON, PUBLIC
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.security.keys import load_private
from tests.support.servers import eventually
from tests.threats.evil import Evil, S, Target, activity, key_pair
from tests.threats.test_authenticity import followed

pytestmark = pytest.mark.anyio

E1 = "e1.test"


async def follower(s: Target, evil: Evil, name: str = "bob", *, host: str = E1, **more: object) -> str:
    """Have somebody of the evil peer follow Alice; gives their id. What they were sent is forgotten."""
    uri = evil[host].actor(name, **more)
    assert (await s.deliver(activity("Follow", uri, s.uri("alice")), signer=uri)).status_code == 202
    await s.delivered(evil, host, "Accept")
    await done_sending(s)
    evil.asked.clear()
    return uri


async def done_sending(s: Target) -> None:
    """Wait until nothing is left to be delivered now."""

    async def idle() -> bool:
        with s.running.server.db.activate():
            due = int(s.clock.now().timestamp() * 1000)
            waiting = Job.filter(lane="deliver", state__in=["ready", "running"], run_at__lte=due)
            return not await waiting.exists()

    await eventually(idle, seconds=20)


async def post(s: Target, text: str = "hello", **more: Any) -> dict[str, Any]:
    """Have Alice post."""
    answer = await s.api("alice", "POST", "/api/v1/statuses", json={"status": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# T170, T171, T172


async def test_t170_an_hour_of_errors_is_met_with_few_and_ever_rarer_tries(s: Target, evil: Evil):
    await follower(s, evil)
    evil[E1].answer_with = Response(status_code=500)
    begun, times = s.clock.now(), []
    await post(s)

    for _ in range(30):
        await done_sending(s)
        times += [(s.clock.now() - begun).total_seconds()] * (len(evil.posts(E1)) - len(times))
        s.turn(minutes=2)

    waits = [later - earlier for earlier, later in pairwise(times)]
    assert 5 <= len(times) <= 10
    assert waits[-1] > waits[0]
    evil[E1].answer_with = Response(status_code=202)
    s.turn(hours=1)
    await done_sending(s)
    assert len(await s.rows("SELECT id FROM jobs WHERE kind = 'Deliver' AND state = 'ready'")) == 0


@pytest.mark.parametrize("said", ["99999999", "-5", "x" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT", "1e9"])
async def test_t170_an_absurd_retry_after_does_not_stop_us_for_longer_than_six_hours(
    s: Target, evil: Evil, said: str
):
    await follower(s, evil)
    evil[E1].answer_with = Response(status_code=503, headers={"Retry-After": said})
    await post(s)
    await eventually(lambda: has(evil.posts(E1)))
    await done_sending(s)

    (job,) = await s.rows("SELECT run_at FROM jobs WHERE kind = 'Deliver' AND state = 'ready'")

    wait = job["run_at"] / 1000 - s.clock.now().timestamp()
    assert 0 < wait <= 6 * 3600 + 5


async def has(found: list[Any]) -> bool:
    return bool(found)


async def test_t170_an_inbox_that_is_gone_is_not_tried_again(s: Target, evil: Evil):
    await follower(s, evil)
    evil[E1].answer_with = Response(status_code=410)
    await post(s)
    await eventually(lambda: has(evil.posts(E1)))

    for _ in range(3):
        await done_sending(s)
        s.turn(days=1)

    assert len(evil.posts(E1)) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_t171_no_redirect_takes_a_delivery_elsewhere(s: Target, evil: Evil, status: int):
    await follower(s, evil)
    targets = ("http://e2.test/inbox", f"http://127.0.0.1:{evil.port}/inbox", f"http://{S}/ap/inbox")
    for target in targets:
        evil[E1].answer_with = Response(status_code=status, headers={"Location": target})
        # Not as a link: its preview would be asked for.
        await post(s, f"to {target.partition('//')[2]}")
        await done_sending(s)

    assert {each.host for each in evil.asked} == {E1}
    assert len(evil.posts(E1)) >= 3


async def test_t172_an_answer_without_end_is_not_read(s: Target, evil: Evil):
    bob = await follower(s, evil)
    served = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal served
        for _ in range(20_000):
            served += 65536
            yield b"x" * 65536
            await asyncio.sleep(0)

    async def answer(_request: Request) -> Response:
        return StreamingResponse(flood(), status_code=200)

    evil.handlers[E1, bob.removeprefix(f"http://{E1}") + "/inbox"] = answer
    await post(s)
    await eventually(lambda: has(evil.posts(E1)))
    await done_sending(s)

    # What the buffers of the system take is served too.
    assert served < 32 * 1024 * 1024
    assert await s.rows("SELECT id FROM jobs WHERE kind = 'Deliver' AND state <> 'done'") == []
    assert await s.is_alive()


# T173, T174, T175


async def test_t173_a_post_goes_to_the_hosts_of_those_it_is_for_and_to_no_other(s: Target, evil: Evil):
    shared = {"endpoints": {"sharedInbox": f"http://{E1}/inbox"}}
    await follower(s, evil, **shared)
    evil["e2.test"].actor("carol")
    await follower(s, evil, "dave", host="e3.test")
    with s.running.server.db.activate():
        await moderation.block_domain(s.running.server, "e3.test", by="cli")
    await s.applied(housekeeping=True)
    await done_sending(s)
    evil.asked.clear()

    await post(s, "for followers", visibility="private")
    await done_sending(s)
    private = {each.host for each in evil.posts()}
    evil.asked.clear()
    await post(s, "@carol@e2.test psst", visibility="direct")
    await done_sending(s)
    direct = {each.host for each in evil.posts()}
    evil.asked.clear()
    await post(s, "@dave@e3.test @carol@e2.test for all")
    await done_sending(s)
    public = {each.host for each in evil.posts()}

    assert (private, direct, public) == ({E1}, {"e2.test"}, {E1, "e2.test"})


async def test_t173_who_follows_is_told_to_each_host_of_its_own_alone(s: Target, evil: Evil):
    """The digest of FEP-8fcf is over the followers of the host that gets it; its list is for that host."""
    bob = await follower(s, evil)
    dave = await follower(s, evil, "dave", host="e3.test")

    await post(s, visibility="private")
    await done_sending(s)

    found = {each.host: each.headers.get("collection-synchronization", "") for each in evil.posts()}
    assert digest([bob]) in found[E1]
    assert digest([dave]) in found["e3.test"]
    path = f"/ap/u/{s.accounts['alice'].id}/followers_synchronization"
    assert (await s.get(path)).status_code == 401
    assert (await s.get(path, signer=dave)).json()["orderedItems"] == [dave]


@pytest.mark.parametrize(
    "shared", [f"http://{S}/ap/inbox", f"HTTP://{S.upper()}:80/ap/inbox", "http://127.0.0.1/ap/inbox"]
)
async def test_t174_nothing_is_delivered_to_ourselves(s: Target, evil: Evil, shared: str):
    """An inbox of our own is refused with the actor (T37); a shared one does not count."""
    await follower(s, evil, endpoints={"sharedInbox": shared})

    await post(s)
    await done_sending(s)

    assert [(each.host, each.path) for each in evil.posts()] == [(E1, "/users/bob/inbox")]


@pytest.mark.parametrize("form", ["Create", "Note"])
async def test_t175_who_is_addressed_in_secret_is_told_to_nobody(s: Target, evil: Evil, form: str):
    carol, dave = evil["e2.test"].actor("carol"), evil["e3.test"].actor("dave")
    await follower(s, evil)
    for uri in (carol, dave):
        await s.api("alice", "GET", f"/api/v2/search?q={uri}&resolve=true")
    evil.asked.clear()
    secret = {"bcc": [carol], "bto": [dave]}
    note = {"type": "Note", "content": "<p>hi</p>", "to": [PUBLIC], "cc": [f"{s.uri('alice')}/followers"]}
    submitted = note | secret
    if form == "Create":
        submitted = {"type": "Create", "object": note | secret, "to": [PUBLIC], **secret}
    outbox = f"/ap/u/{s.accounts['alice'].id}/outbox"
    async with await s.running.client(s.accounts["alice"], "activitypub") as client:
        answer = await client.post(
            outbox,
            content=json.dumps({"@context": "https://www.w3.org/ns/activitystreams"} | submitted),
            headers={"Host": S, "Content-Type": ACTIVITY_JSON},
        )
        assert answer.status_code == 201, answer.text
        own = (await client.get(f"{outbox}?page=true", headers={"Host": S, "Accept": ACTIVITY_JSON})).text
    await done_sending(s)

    assert {each.host for each in evil.posts()} == {E1, "e2.test", "e3.test"}
    sent = [each.body.decode() for each in evil.posts()]
    created = answer.headers["location"].removeprefix(f"http://{S}")
    public = [(await s.get(path)).text for path in (f"{outbox}?page=true", created)]
    public += [(await s.get(path, signer=carol)).text for path in (f"{outbox}?page=true", created)]
    assert "hi" in public[0]
    for text in (*sent, *public, own):
        assert not [word for word in ('"bcc"', '"bto"', carol, dave) if word in text]


# T176


async def deliver_synchronising(s: Target, document: dict[str, Any], signer: str, value: str) -> int:
    """Deliver with a Collection-Synchronization header that the signature covers; gives the status."""
    body = json.dumps(document).encode()
    headers = {"Host": S, "Content-Type": ACTIVITY_JSON, "Collection-Synchronization": value}
    message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
    key: Any = load_private(key_pair().private_pem)
    headers |= cavage.sign(message, key=key, key_id=f"{signer}#main-key", now=s.clock.now())
    return (await s.send("POST", "/ap/inbox", content=body, headers=headers)).status_code


@pytest.mark.parametrize("is_honest", [False, True])
async def test_t176_a_list_of_followers_without_end_ends_no_follow(s: Target, evil: Evil, is_honest: bool):
    """Only a list that was read to its end, and has the digest that was signed, takes a follow away."""
    bob = await followed(s, evil)

    async def pages(request: Request) -> Response:
        number = int(request.query_params.get("n", "0"))
        page = {
            "id": f"http://{E1}/sync?n={number}" if number else f"http://{E1}/sync",
            "type": "OrderedCollectionPage" if number else "OrderedCollection",
            "orderedItems": [] if number or is_honest else [f"http://{S}/ap/u/1"],
        }
        if not is_honest:
            page["first" if number == 0 else "next"] = f"http://{E1}/sync?n={number + 1}"
        return JSONResponse(page, media_type=ACTIVITY_JSON)

    evil.handlers[E1, "/sync"] = pages
    note = evil[E1].note("1", bob, to=[f"{bob}/followers"], cc=[])
    value = f'collectionId="{bob}/followers", url="http://{E1}/sync", digest="{digest([])}"'
    assert await deliver_synchronising(s, evil[E1].create(note), bob, value) == 202
    s.turn(hours=2)
    await s.applied()

    read = [each for each in evil.gets(E1) if each.path == "/sync"]
    assert 1 <= len(read) <= 10
    left = await s.rows("SELECT id FROM follows WHERE state = 'accepted'")
    assert len(left) == (0 if is_honest else 1)


# T178


async def test_t178_a_clock_that_jumps_by_a_day_makes_no_storm_and_loses_nothing(s: Target, evil: Evil):
    await follower(s, evil)
    evil[E1].answer_with = Response(status_code=500)
    await post(s)
    await eventually(lambda: has(evil.posts(E1)))
    for days in (1, -1, 1, -1):
        await done_sending(s)
        s.turn(days=days)
        await asyncio.sleep(0.2)
    await done_sending(s)
    tried = len(evil.posts(E1))

    evil[E1].answer_with = Response(status_code=202)
    for _ in range(26):
        # A worker that had no time to look between two jumps waits as long as it was told: a day.
        s.turn(hours=1)
        await asyncio.sleep(0.02)
        await done_sending(s)

    assert tried <= 6
    assert await s.rows("SELECT id FROM jobs WHERE kind = 'Deliver' AND state <> 'done'") == []
    assert len(evil.posts(E1)) == tried + 1


# T179


async def test_t179_a_post_whose_delete_came_first_stays_away(s: Target, evil: Evil):
    bob = await followed(s, evil)
    note = evil[E1].note("1", bob)

    await s.deliver(activity("Delete", bob, {"id": note["id"], "type": "Tombstone"}), signer=bob)
    await s.applied()
    await s.deliver(evil[E1].create(note), signer=bob)
    await s.applied()

    assert await s.statuses() == []


@pytest.mark.parametrize("kind", ["Like", "Follow", "Announce"])
async def test_t179_what_was_undone_before_it_came_does_nothing(s: Target, evil: Evil, kind: str):
    bob = await followed(s, evil)
    ours = await post(s)
    about = s.uri("alice") if kind == "Follow" else ours["uri"]
    done = activity(kind, bob, about, id_=f"{bob}#{kind}/1", to=[PUBLIC])

    await s.deliver(activity("Undo", bob, done), signer=bob)
    await s.applied()
    await s.deliver(done, signer=bob)
    await s.applied()

    shown = (await s.api("alice", "GET", f"/api/v1/statuses/{ours['id']}")).json()
    (me,) = await s.rows("SELECT followers_count FROM accounts WHERE uri = ?", s.uri("alice"))
    assert (shown["favourites_count"], shown["reblogs_count"], me["followers_count"]) == (0, 0, 0)


async def test_t179_an_update_that_overtook_its_create_is_the_last_word(s: Target, evil: Evil):
    bob = await followed(s, evil)
    note = evil[E1].note("1", bob, "<p>first</p>")
    later = (s.clock.now()).strftime("%Y-%m-%dT%H:%M:%S.999Z")

    update = activity("Update", bob, note | {"content": "<p>second</p>", "updated": later}, to=[PUBLIC])
    await s.deliver(update, signer=bob)
    await s.applied()
    await s.deliver(evil[E1].create(note), signer=bob)
    await s.applied()

    assert await s.statuses() == ["<p>second</p>"]


# T180


async def test_t180_no_private_key_is_told_to_anybody(s: Target, evil: Evil):
    evil[E1].actor("bob")
    number = s.accounts["alice"].id
    paths = (
        *("/ap/actor", "/ap/actor/outbox", f"/ap/u/{number}", f"/ap/u/{number}/outbox?page=true", "/@alice"),
        *(f"/ap/u/{number}/followers", "/nodeinfo/2.0", f"/.well-known/webfinger?resource=acct:{S}@{S}"),
        *("/api/v2/instance", "/api/v1/accounts/verify_credentials", f"/api/v1/accounts/{number}"),
        *("/data/fedi.db", "/fedi.db", "/media/../fedi.db", "/media/%2e%2e/fedi.db", "/static/../fedi.db"),
        *("/ap/u/../../data/fedi.db", "/config.toml", "/.env", "/backup", "/export"),
    )
    with s.running.server.db.activate():
        kept = [
            pem.splitlines()[1]
            for account in await Account.filter(domain="")
            for pem in (account.private_key_pem, account.ed25519_private_pem)
            if pem
        ]
    assert len(kept) >= 3

    for path in paths:
        answers = [
            await s.get(path, signer=f"http://{E1}/users/bob"),
            await s.send("GET", path),
            await s.api("alice", "GET", path, headers={"Host": S, "Accept": ACTIVITY_JSON}),
        ]
        for answer in answers:
            assert b"PRIVATE KEY" not in answer.content
            assert not answer.content.startswith(b"SQLite format")
            assert not [line for line in kept if line.encode() in answer.content], path


async def test_t180_what_is_delivered_names_public_keys_alone(s: Target, evil: Evil):
    await follower(s, evil)
    await s.api("alice", "PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "A"})
    await s.delivered(evil, E1, "Update")

    assert not [each for each in evil.posts() if b"PRIVATE" in each.body]
