"""What became of deliveries, as an admin is told."""

from datetime import timedelta

import pytest

from fedi.actions import publish
from fedi.activitypub.activities import Create, Delete, Like
from fedi.activitypub.notes import Note
from fedi.activitypub.vocabulary import Uri
from fedi.jobs import queue
from fedi.jobs.kinds import Lane
from fedi.models.accounts import Account
from fedi.models.federation import Instance, OutgoingActivity
from fedi.queries import deliveries
from fedi.queries.deliveries import DeliveryState
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import make_account

pytestmark = pytest.mark.anyio

NOTE = Uri("https://a.example/o/1")


async def like(server: Server, actor: Account, *hosts: str) -> OutgoingActivity:
    """Send a Like to inboxes of hosts."""
    uri = server.uris.new_activity()
    activity = Like(id=uri, actor=Uri(actor.uri), object=Uri("https://b.example/o/1"))
    inboxes = [f"https://{host}/inbox" for host in hosts]
    async with server.db.transaction():
        await publish.activity(server, actor, activity, extra_inboxes=inboxes)
    return await OutgoingActivity.get(uri=uri)


async def test_each_fate_of_a_delivery_is_told(server: Server, alice: Account):
    hosts = ("done.example", "late.example", "no.example", "never.example", "new.example")
    sent = await like(server, alice, *hosts)
    jobs = {job.group_key: job for job in await queue.claim(server, Lane.DELIVER, 5)}
    await queue.finish(server, [jobs["done.example"]])
    await queue.put_off(server, jobs["late.example"], 60, error="late.example answered 503.")
    await queue.drop(server, jobs["no.example"], "no.example answered 422: No.")
    await queue.bury(server, jobs["never.example"], "never.example could not be reached.")
    await queue.hold(server, jobs["new.example"], 30)

    found = {view.host: view for view in await deliveries.of_activity(server, sent.id)}

    assert {host: (view.state, view.attempts, view.answer) for host, view in found.items()} == {
        "done.example": (DeliveryState.DELIVERED, 1, ""),
        "late.example": (DeliveryState.PENDING, 1, "late.example answered 503."),
        "no.example": (DeliveryState.REFUSED, 1, "no.example answered 422: No."),
        "never.example": (DeliveryState.GIVEN_UP, 1, "never.example could not be reached."),
        "new.example": (DeliveryState.PENDING, 0, ""),
    }
    now = server.clock.now()
    assert timedelta(seconds=50) < found["late.example"].next_try - now <= timedelta(seconds=60)
    assert [host for host in hosts if found[host].finished_at is None] == ["late.example", "new.example"]
    assert abs(found["done.example"].finished_at - now) < timedelta(seconds=20)
    assert {view.inbox_url for view in found.values()} == {f"https://{host}/inbox" for host in hosts}
    assert {view.activity_kind for view in found.values()} == {"Like"}


async def test_deliveries_of_an_object_are_those_of_all_its_activities(server: Server, alice: Account):
    note = Note(id=NOTE, attributed_to=Uri(alice.uri), content="x")
    actor, inboxes = Uri(alice.uri), ["https://b.example/inbox"]
    for activity in (
        Create(id=Uri(f"{NOTE}#create"), actor=actor, object=note),
        Delete(id=Uri(f"{NOTE}#delete"), actor=actor, object=NOTE),
    ):
        async with server.db.transaction():
            await publish.activity(server, alice, activity, extra_inboxes=inboxes, object_uri=NOTE)
    await like(server, alice, "b.example")

    found = await deliveries.of_object(server, NOTE)

    assert [(view.activity_kind, view.host) for view in found] == [
        ("Create", "b.example"),
        ("Delete", "b.example"),
    ]
    assert await deliveries.of_object(server, "https://a.example/o/2") == []


async def test_failures_come_newest_first_and_no_further_than_asked(server: Server, clock, alice: Account):
    await like(server, alice, "a.example", "b.example", "c.example", "d.example")
    jobs = {job.group_key: job for job in await queue.claim(server, Lane.DELIVER, 4)}
    await queue.drop(server, jobs["a.example"], "a.example answered 400.")
    clock.turn(minutes=1)
    await queue.bury(server, jobs["b.example"], "b.example answered 500.")
    clock.turn(minutes=1)
    await queue.drop(server, jobs["c.example"], "c.example answered 410.")
    await queue.finish(server, [jobs["d.example"]])

    found = await deliveries.failures(server, 10)

    assert [view.host for view in found] == ["c.example", "b.example", "a.example"]
    assert [view.host for view in await deliveries.failures(server, 1)] == ["c.example"]


async def test_peers_are_told_with_what_waits_for_them_the_worst_first(server: Server, alice: Account):
    now = server.clock.now()
    for number, host in enumerate(("well.example", "down.example", "dead.example")):
        await Instance.create(
            id=server.new_id(),
            host=host,
            software="mastodon",
            failures=number * 5,
            dead=host == "dead.example",
            created_at=now,
        )
    await like(server, alice, "down.example", "new.example")
    await like(server, alice, "down.example")

    found = await deliveries.peers(server)

    assert [(peer.host, peer.waiting, peer.failures) for peer in found] == [
        ("dead.example", 0, 10),
        ("down.example", 2, 5),
        ("new.example", 1, 0),
        ("well.example", 0, 0),
    ]


async def test_no_table_is_walked(server: Server, queries: Queries, alice: Account):
    await make_account(server, "bob", domain="b.example")
    sent = await like(server, alice, "b.example")

    with queries.counted() as seen:
        await deliveries.of_activity(server, sent.id)
        await deliveries.of_object(server, NOTE)
        await deliveries.failures(server, 10)

    assert seen
    for sql in seen:
        for step in await server.db.rows(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")):
            assert not step["detail"].startswith(("SCAN jobs", "SCAN j", "SCAN outgoing")), (
                sql,
                step["detail"],
            )
