import orjson
import pytest

from fedi.actions import inboxes, oauth
from fedi.clock import TurnableClock
from fedi.models.accounts import Account
from fedi.models.federation import InboxItem
from fedi.models.users import User
from fedi.server import Server
from tests.support.factories import make_account, make_follow, make_post

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rita(server: Server) -> Account:
    return await make_account(server, "rita", domain="b.example")


async def give_token(server: Server, account: Account, scopes: str) -> str:
    return await oauth.issue_token(server, None, await User.get(account_id=account.id), scopes)


def like(rita: Account, object_: object, **more: object) -> dict[str, object]:
    return {"id": f"{rita.uri}#1", "type": "Like", "actor": rita.uri, "object": object_, **more}


async def kept() -> list[dict[str, object]]:
    return [orjson.loads(item.body) for item in await InboxItem.all().order_by("id")]


@pytest.mark.parametrize(
    ("scopes", "reads"), [("activitypub", True), ("read activitypub", True), ("read write", False)]
)
async def test_who_has_let_in_a_client_of_activitypub_reads(server: Server, alice, scopes: str, reads: bool):
    await give_token(server, alice, scopes)

    assert (alice.id in await inboxes.readers(server)) is reads


async def test_a_reader_is_none_any_more_once_the_token_is_revoked(server: Server, alice: Account):
    token = await give_token(server, alice, "activitypub")
    assert await inboxes.readers(server)

    await oauth.revoke(server, token)

    assert not await inboxes.readers(server)


async def test_who_asked_with_another_token_reads_for_a_day(
    server: Server, alice: Account, clock: TurnableClock
):
    inboxes.reads(server, alice)
    clock.turn(hours=23)
    before = await inboxes.readers(server)
    clock.turn(hours=2)

    assert (before, await inboxes.readers(server)) == ({alice.id}, frozenset())


async def test_an_activity_is_kept_once_for_whom_it_addresses_concerns_or_who_follows(
    server: Server, alice: Account, bob: Account, rita: Account
):
    for each in (alice, bob):
        await give_token(server, each, "activitypub")
    post = await make_post(server, alice)
    await make_follow(server, bob, rita)

    await inboxes.keep(server, like(rita, post.uri, cc=[rita.followers_url]))
    await inboxes.keep(server, like(rita, post.uri, cc=[rita.followers_url]))

    rows = await InboxItem.all().values_list("account_id", flat=True)
    assert sorted(rows) == sorted([alice.id, bob.id])


async def test_it_is_not_kept_for_others(server: Server, alice: Account, bob: Account, rita: Account):
    await give_token(server, bob, "activitypub")

    await inboxes.keep(server, like(rita, alice.uri, to=["https://www.w3.org/ns/activitystreams#Public"]))

    assert await kept() == []


@pytest.mark.parametrize("kind", ["Block", "Flag"])
async def test_nobody_is_told_of_blocks_and_reports(server: Server, alice: Account, rita: Account, kind: str):
    await give_token(server, alice, "activitypub")

    await inboxes.keep(server, like(rita, alice.uri, type=kind))
    await inboxes.keep(server, like(rita, {"type": kind, "object": alice.uri}, type="Undo", to=[alice.uri]))

    assert await kept() == []


async def test_what_an_activity_quotes_of_another_server_is_kept_by_its_id_alone(
    server: Server, alice: Account, rita: Account
):
    await give_token(server, alice, "activitypub")
    forged = {"id": "https://c.example/o/1", "type": "Note", "content": "never said"}

    await inboxes.keep(server, like(rita, forged, type="Announce", to=[alice.uri], bcc=["https://d.example"]))

    (item,) = await kept()
    assert item["object"] == "https://c.example/o/1"
    assert "bcc" not in item


async def test_of_a_huge_activity_only_its_names_are_kept(server: Server, alice: Account, rita: Account):
    await give_token(server, alice, "activitypub")
    note = {"id": f"{rita.uri}/o/1", "type": "Note", "content": "x" * 200_000}

    await inboxes.keep(server, like(rita, note, type="Create", to=[alice.uri]))

    assert await kept() == [
        {"id": f"{rita.uri}#1", "type": "Create", "actor": rita.uri, "object": f"{rita.uri}/o/1"}
    ]
