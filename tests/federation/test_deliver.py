"""Deliveries: what is sent, how answers are taken, and hosts that are down, then up."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import orjson
import pytest
from starlette.responses import Response

from fedi.actions import publish
from fedi.activitypub.activities import Like
from fedi.activitypub.signatures import cavage
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import Uri
from fedi.federation import resolve
from fedi.jobs import queue
from fedi.jobs.kinds import Deliver
from fedi.jobs.queue import NewJob
from fedi.models.federation import OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.moderation import DomainRule
from fedi.security.keys import load_public

pytestmark = pytest.mark.anyio


async def send(home, uri: str, *, count: int = 1) -> None:
    """Publish Likes to the inbox of an actor."""
    target = await resolve.account_by_uri(home.server, uri)
    for _ in range(count):
        like = Like(id=home.server.uris.new_activity(), actor=Uri(home.alice.uri), object=Uri(uri))
        async with home.server.db.transaction():
            await publish.activity(home.server, home.alice, like, accounts=[target], personal=True)


async def states() -> dict[str, int]:
    """Count the deliveries by state."""
    found: dict[str, int] = {}
    for job in await Job.filter(kind="Deliver"):
        found[job.state] = found.get(job.state, 0) + 1
    return found


async def test_a_delivery_is_signed_over_the_exact_bytes(home, peer):
    bob = peer.actor("bob")
    await send(home, bob)

    await home.house.drain()

    path, headers, body = peer.received[0]
    message = SignedMessage.of("POST", path, headers.items(), body)
    signature = cavage.parse(message)
    cavage.check(message, signature, load_public(home.alice.public_key_pem), now=datetime.now(UTC))
    assert signature.key_id == home.alice.key_id
    assert set(signature.headers) == {"(request-target)", "host", "date", "digest", "content-type"}
    assert orjson.loads(body)["object"] == bob
    assert headers["user-agent"].startswith("fedi/")
    assert await states() == {"done": 1}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_success_is_a_success(home, peer, status):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=status)
    await send(home, bob)

    await home.house.drain()

    assert [(job.state, job.error) for job in await Job.filter(kind="Deliver")] == [("done", "")]


@pytest.mark.parametrize("status", [400, 402, 405, 406, 409, 413, 415, 418, 422, 451, 501])
async def test_a_final_no_ends_the_delivery(home, peer, status):
    bob = peer.actor("bob")
    peer.answer_with = Response("Not <b>like</b>\n\u202e this.\x1b[31m", status_code=status)
    await send(home, bob)

    await home.house.drain()

    # A host that is new may mean the signature by 400: it is asked once more in the other scheme.
    assert len(peer.received) == (2 if status == 400 else 1)
    job = await Job.get(kind="Deliver")
    assert (job.state, job.error) == ("done", f"{peer.host} answered {status}: Not like this. [31m")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_a_passing_no_is_tried_again_with_a_fresh_signature(home, peer, clock, status):
    bob = peer.actor("bob")
    peer.answer_with = Response("busy", status_code=status)
    await send(home, bob)
    await home.house.drain()
    waiting = await Job.get(kind="Deliver")
    assert (waiting.state, waiting.error) == ("ready", f"{peer.host} answered {status}: busy")

    peer.answer_with = Response(status_code=202)
    clock.turn(minutes=2)
    await home.house.drain()

    assert await states() == {"done": 1}
    assert peer.received[0][1]["signature"] != peer.received[1][1]["signature"]
    assert peer.received[0][2] == peer.received[1][2]


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("999999999", 6 * 3600, 6 * 3600),
        ("9" * 5000, 6 * 3600, 6 * 3600),
        ("3600", 3600, 3600),
        ("1", 12, 18),
        ("0", 12, 18),
        ("-5", 12, 18),
        ("soon", 12, 18),
        ("\uff11\uff12", 12, 18),
        ("in 2 hours", 7198, 7200),
        ("an hour ago", 12, 18),
        ("in a year", 6 * 3600, 6 * 3600),
        ("Fri, 99 Nov 99999 00:00:00 GMT", 12, 18),
    ],
)
async def test_retry_after_is_honoured_within_bounds(home, peer, said, low, high):
    bob, now = peer.actor("bob"), home.clock.now()
    spans = {"in 2 hours": 2, "an hour ago": -1, "in a year": 8760}
    value = format_datetime(now + timedelta(hours=spans[said]), usegmt=True) if said in spans else said
    peer.answer_with = Response(status_code=503)
    peer.answer_with.raw_headers.append((b"retry-after", value.encode()))
    await send(home, bob)

    await home.house.drain()

    wait = (await Job.get(kind="Deliver")).run_at / 1000 - now.timestamp()
    assert low - 1 <= wait <= high + 3


async def test_an_hour_of_errors_is_met_on_the_schedule_and_not_more_often(home, peer, clock):
    bob, begun = peer.actor("bob"), clock.now()
    times = []

    async def fail(scope, receive, send):
        times.append((clock.now() - begun).total_seconds())
        await Response(status_code=500)(scope, receive, send)

    peer.answer_with = fail
    await send(home, bob)
    for seconds in [5] * 40 + [60] * 57:
        await home.house.drain()
        clock.turn(seconds=seconds)

    waits = [later - earlier for earlier, later in pairwise(times)]
    # n^4 + 15 seconds, give or take a fifth, until the fifth failure opens the host's breaker.
    for wait, steady in zip(waits[:4], (15, 16, 31, 96), strict=True):
        assert steady * 0.8 - 1 <= wait <= steady * 1.2 + 6
    assert len(times) <= 10


async def test_a_redirect_is_not_followed(home, peer, other):
    bob = peer.actor("bob")
    peer.answer_with = Response(status_code=307, headers={"Location": f"{other.url}/inbox"})
    await send(home, bob)

    await home.house.drain()

    assert (len(peer.received), other.received, other.asked) == (1, [], {})


async def test_an_inbox_that_answers_at_length_is_not_read_to_the_end(home, peer):
    bob = peer.actor("bob")
    peer.answer_with = Response(b"x" * 5_000_000, status_code=202)
    await send(home, bob)

    await home.house.drain()

    assert await states() == {"done": 1}


async def test_an_answer_that_breaks_off_after_its_status_counts(home, peer):
    bob = peer.actor("bob")

    async def break_off(scope, receive, send):
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"99")]})
        await send({"type": "http.response.body", "body": b"tha", "more_body": True})

    peer.answer_with = break_off
    await send(home, bob)

    await home.house.drain()

    assert await states() == {"done": 1}


async def test_nothing_is_sent_to_our_own_host_even_if_a_delivery_says_so(home):
    uri = f"{home.house.url}/ap/inbox"
    async with home.server.db.transaction():
        await queue.enqueue(home.server, NewJob(work=Deliver(activity_id=1, inbox_url=uri)))

    await home.house.drain()

    job = await Job.get(kind="Deliver")
    assert (job.state, job.error) == ("done", "The inbox is our own.")


async def test_what_was_taken_back_before_its_turn_is_not_said_to_be_delivered(home, peer):
    await send(home, peer.actor("bob"))
    await OutgoingActivity.filter(kind="Like").delete()

    await home.house.drain()

    assert peer.received == []
    assert (await Job.get(kind="Deliver")).error == "What was to be sent is no longer there."


async def test_a_host_that_was_suspended_meanwhile_gets_nothing(home, peer):
    await send(home, peer.actor("bob"))
    await DomainRule.create(id=1, domain=peer.host, severity="suspend", created_at=home.clock.now())

    await home.house.drain()

    assert peer.received == []
    assert await states() == {"done": 1}
