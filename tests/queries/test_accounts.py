"""Accounts, found by what names them, and where broadcasts go."""

import pytest

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.moderation import DomainRule
from fedi.queries import accounts
from fedi.server import Server
from tests.support.factories import make_account, make_follow

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "Alice")


@pytest.fixture
async def bob(server: Server) -> Account:
    return await make_account(server, "bob", domain="b.example")


async def test_an_account_is_found_by_id_uri_and_name(server: Server, alice: Account, bob: Account) -> None:
    assert await accounts.by_id(bob.id) == bob
    assert await accounts.by_uri(bob.uri) == bob
    assert await accounts.local_by_username("aLICE") == alice
    assert await accounts.local_by_username("bob") is None
    assert await accounts.by_id(1) is None


@pytest.mark.parametrize("handle", ["alice", "@ALICE", "alice@127.0.0.1:8000", "@Alice@127.0.0.1:8000 "])
async def test_one_of_ours_is_found_by_handle(server: Server, alice: Account, handle: str) -> None:
    assert await accounts.by_handle(server, handle) == alice


@pytest.mark.parametrize("handle", ["bob@b.example", "@Bob@B.example"])
async def test_a_remote_account_is_found_by_handle(server: Server, bob: Account, handle: str) -> None:
    assert await accounts.by_handle(server, handle) == bob


@pytest.mark.parametrize("handle", ["bob", "", "@", "bob@", "alice@b.example"])
async def test_other_handles_find_nobody(server: Server, alice: Account, bob: Account, handle: str) -> None:
    assert await accounts.by_handle(server, handle) is None


async def test_absent_accounts_of_ours_are_there_for_themselves_alone(server: Server, alice: Account) -> None:
    now = server.clock.now()
    suspended = await make_account(server, "suspended", suspended_at=now)
    gone = await make_account(server, "gone", gone_at=now)
    far = await make_account(server, "far", domain="b.example", suspended_at=now)

    for absent in (suspended, gone):
        for viewer in (None, alice):
            with pytest.raises(NotFound):
                await accounts.account_for(server, viewer, absent.id)
        assert await accounts.account_for(server, absent, absent.id) == absent
    assert await accounts.account_for(server, None, far.id) == far
    assert await accounts.account_for(server, None, alice.id) == alice
    with pytest.raises(NotFound):
        await accounts.account_for(server, alice, 1)


async def test_the_servers_own_actor_is_found_once_it_is_there(server: Server) -> None:
    await Account.filter(uri=server.uris.instance_actor).delete()
    with pytest.raises(NotFound):
        await accounts.instance_actor(server)
    actor = await make_account(
        server, server.uris.host, uri=server.uris.instance_actor, actor_type="Application"
    )

    assert await accounts.instance_actor(server) == actor


async def test_broadcasts_go_once_to_each_inbox_of_present_remote_followers(
    server: Server, alice: Account
) -> None:
    now = server.clock.now()
    for name, domain, columns in [
        ("one", "b.example", {}),
        ("two", "b.example", {}),
        ("alone", "c.example", {"shared_inbox_url": ""}),
        ("nowhere", "d.example", {"shared_inbox_url": "", "inbox_url": ""}),
        ("gone", "e.example", {"gone_at": now}),
        ("suspended", "f.example", {"suspended_at": now}),
        ("blocked", "sub.bad.example", {}),
        ("inbox", "g.example", {"shared_inbox_url": "https://bad.example/inbox"}),
        ("allowed", "good.bad.example", {}),
        ("local", "", {}),
    ]:
        await make_follow(server, await make_account(server, name, domain=domain, **columns), alice)
    await make_follow(server, await make_account(server, "asks", domain="h.example"), alice, state="pending")
    for domain, severity in (("bad.example", "suspend"), ("good.bad.example", "silence")):
        await DomainRule.create(id=server.new_id(), domain=domain, severity=severity, created_at=now)

    assert sorted(await accounts.inboxes_of_followers(server, alice)) == [
        "https://b.example/inbox",
        "https://c.example/users/alone/inbox",
        "https://good.bad.example/inbox",
    ]
