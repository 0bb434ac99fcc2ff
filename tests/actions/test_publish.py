"""What goes out: the exact bytes once, one delivery an inbox, in the caller's transaction."""

from datetime import timedelta

import orjson
import pytest

from fedi.actions import publish
from fedi.activitypub.activities import Like
from fedi.activitypub.reader import is_http_uri
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import Uri
from fedi.models.accounts import Account
from fedi.models.federation import Instance, OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.moderation import DomainRule
from fedi.server import Server
from tests.support.factories import make_account, make_follow
from tests.support.outgoing import sent

pytestmark = pytest.mark.anyio


def like(actor: Account, name: str = "1") -> Like:
    return Like(id=Uri(f"{actor.uri}#{name}"), actor=Uri(actor.uri), object=Uri("https://b.example/o/1"))


async def send(server: Server, actor: Account, activity: Like, **more) -> None:
    async with server.db.transaction():
        await publish.activity(server, actor, activity, **more)


async def test_the_stored_body_is_what_the_wire_class_writes(server: Server, ann: Account, rita: Account):
    activity = like(ann)

    await send(server, ann, activity, accounts=[rita], object_uri="https://b.example/o/1")

    row = await OutgoingActivity.get()
    sent = orjson.loads(row.body)
    bare = {name: value for name, value in sent.items() if name != "proof"}
    assert bare == activity.to_json() | {"@context": sent["@context"]}
    assert (row.uri, row.kind, row.object_uri) == (activity.id, "Like", "https://b.example/o/1")


async def test_a_shared_inbox_gets_one_delivery_for_many_accounts(
    server: Server, ann: Account, rita: Account
):
    other = await make_account(server, "ralf", domain="b.example")
    await make_follow(server, rita, ann)

    await send(server, ann, like(ann), accounts=[rita, other], followers=True)

    assert [delivery.inbox for delivery in await sent()] == ["https://b.example/inbox"]


async def test_personal_activities_go_to_personal_inboxes(server: Server, ann: Account, rita: Account):
    await send(server, ann, like(ann), accounts=[rita], personal=True)

    assert [delivery.inbox for delivery in await sent()] == [rita.inbox_url]


async def test_nothing_is_sent_for_a_remote_or_gone_actor(
    server: Server, ann: Account, rita: Account, rob: Account
):
    ann.gone_at = server.clock.now()

    await send(server, rita, like(rita), accounts=[rob])
    await send(server, ann, like(ann), accounts=[rob])

    assert not await OutgoingActivity.exists()
    assert not await Job.exists()


async def test_nothing_is_stored_when_nobody_elsewhere_is_to_have_it(
    server: Server, ann: Account, ben: Account
):
    await send(server, ann, like(ann), accounts=[ben], followers=True)

    assert not await OutgoingActivity.exists()


async def test_our_own_host_is_never_delivered_to(server: Server, ann: Account, rita: Account):
    traps = [server.uris.shared_inbox, f"{server.uris.base_url.upper()}/ap/inbox", "ftp://b.example/x"]

    await send(server, ann, like(ann), accounts=[rita], extra_inboxes=traps)

    assert [delivery.inbox for delivery in await sent()] == ["https://b.example/inbox"]


async def test_suspended_and_dead_hosts_and_gone_accounts_are_left_out(
    server: Server, ann: Account, rita: Account, rob: Account
):
    now = server.clock.now()
    gone = await make_account(server, "gus", domain="d.example", gone_at=now)
    well = await make_account(server, "wes", domain="e.example")
    await DomainRule.create(id=server.new_id(), domain="b.example", severity="suspend", created_at=now)
    later = now + timedelta(days=3)
    await Instance.create(id=server.new_id(), host="c.example", dead=True, retry_at=later, created_at=now)

    await send(server, ann, like(ann), accounts=[rita, rob, gone, well])

    assert [delivery.inbox for delivery in await sent()] == ["https://e.example/inbox"]

    await send(server, ann, like(ann, "2"), accounts=[rita])
    assert await OutgoingActivity.filter().count() == 1


async def test_a_dead_host_is_tried_again_after_a_week(server: Server, clock, ann: Account, rob: Account):
    now = server.clock.now()
    until = now + timedelta(days=7)
    await Instance.create(id=server.new_id(), host="c.example", dead=True, retry_at=until, created_at=now)

    await send(server, ann, like(ann, "1"), accounts=[rob])
    clock.turn(days=7, minutes=1)
    await send(server, ann, like(ann, "2"), accounts=[rob])

    assert [delivery.json["id"] for delivery in await sent()] == [f"{ann.uri}#2"]


async def test_whom_it_names_has_it_first_and_what_is_passed_on_goes_last(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await make_follow(server, rita, ann)
    relay = "https://relay.example/inbox"

    await send(server, ann, like(ann), named=[rob], followers=True, extra_inboxes=[relay])

    found = {each.inbox: each.job.priority for each in await sent()}
    shared = "https://b.example/inbox"
    assert found == {rob.inbox_url: publish.PROMPT, shared: publish.NORMAL, relay: publish.LAST}


@pytest.mark.parametrize(
    "inbox",
    [
        "https://SOCIAL.example/ap/inbox",
        "https://social.example:443/ap/inbox",
        "https://social.example:8443/ap/inbox",
        "http://social.example/ap/inbox",
        "https://social.example./ap/inbox",
        "https://handles.example/ap/inbox",
        "https://user@social.example/ap/inbox",
        "https://social。example/ap/inbox",
    ],
)
def test_our_own_host_is_known_by_any_spelling(inbox: str):
    uris = LocalUris(base_url="https://social.example", account_domain="handles.example")

    assert not is_http_uri(inbox) or uris.is_own_host(inbox)


async def test_publishing_the_same_id_again_adds_only_new_inboxes(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await send(server, ann, like(ann), accounts=[rita])
    await send(server, ann, like(ann), accounts=[rita, rob])

    assert await OutgoingActivity.all().count() == 1
    assert [delivery.inbox for delivery in await sent()] == ["https://b.example/inbox", rob.inbox_url]


async def test_deliveries_about_one_object_are_in_order_for_each_inbox(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await send(server, ann, like(ann, "1"), accounts=[rita, rob], object_uri="o")
    await send(server, ann, like(ann, "2"), accounts=[rita], object_uri="o")
    await send(server, ann, like(ann, "3"), accounts=[rita], object_uri="other")

    to_rita = [each.job for each in await sent() if each.inbox == "https://b.example/inbox"]
    to_rob = [each.job for each in await sent() if each.inbox == rob.inbox_url]
    assert to_rita[0].order_key == to_rita[1].order_key != to_rita[2].order_key
    assert to_rob[0].order_key != to_rita[0].order_key
    assert [job.group_key for job in (*to_rita, *to_rob)] == ["b.example"] * 3 + ["c.example"]


async def test_a_failed_transaction_sends_nothing(server: Server, ann: Account, rita: Account):
    with pytest.raises(RuntimeError):
        async with server.db.transaction():
            await publish.activity(server, ann, like(ann), accounts=[rita])
            raise RuntimeError

    assert not await OutgoingActivity.exists()
    assert not await Job.exists()
