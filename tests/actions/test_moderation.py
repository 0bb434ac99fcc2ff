"""What the people who run the server decide."""

import json

import pytest

from fedi.actions import follows, moderation
from fedi.errors import Invalid, NotFound
from fedi.jobs.kinds import Deliver, SeverDomain
from fedi.jobs.worker import drain
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.moderation import AuditEntry, DomainRule
from fedi.models.relationships import Follow
from fedi.models.users import User
from fedi.queries import domains
from fedi.server import Server
from tests.support.factories import make_account, make_follow

pytestmark = pytest.mark.anyio
TABLE = {SeverDomain: moderation.sever_domain}


@pytest.fixture
async def remote(server: Server) -> Account:
    """A person of another server."""
    return await make_account(server, "rita", domain="remote.example")


async def sever(server: Server) -> None:
    for job in await Job.filter(kind="SeverDomain"):
        await moderation.sever_domain(server, SeverDomain(**json.loads(job.payload)))


async def record() -> list[tuple[str, str, str, str]]:
    entries = await AuditEntry.all().order_by("id")
    return [(entry.actor, entry.action, entry.target, entry.reason) for entry in entries]


async def test_who_suspended_whom_and_why_is_recorded(
    server: Server, alice: Account, remote: Account
) -> None:
    await moderation.suspend(server, alice, by="owner", reason="spam")
    await moderation.suspend(server, remote, by="cli", reason="")
    await moderation.unsuspend(server, alice, by="owner", reason="a mistake")

    assert await record() == [
        ("owner", "suspend", "alice", "spam"),
        ("cli", "suspend", "rita@remote.example", ""),
        ("owner", "unsuspend", "alice", "a mistake"),
    ]
    assert (await Account.get(id=alice.id)).suspended_at is None
    assert (await Account.get(id=remote.id)).suspended_at is not None


async def test_what_changes_nothing_is_not_recorded(server: Server, alice: Account) -> None:
    await moderation.unsuspend(server, alice, by="owner")
    await moderation.suspend(server, alice, by="owner")
    first = (await Account.get(id=alice.id)).suspended_at
    await moderation.suspend(server, alice, by="owner")

    assert len(await record()) == 1
    assert (await Account.get(id=alice.id)).suspended_at == first


async def test_followers_elsewhere_are_told_of_a_suspension_and_of_its_end(
    server: Server, alice: Account, remote: Account
) -> None:
    await make_follow(server, remote, alice)

    await moderation.suspend(server, alice, by="owner")
    await moderation.unsuspend(server, alice, by="owner")

    sent = [json.loads(activity.body) for activity in await OutgoingActivity.all().order_by("id")]
    assert [(each["type"], each["object"]["id"]) for each in sent] == [("Update", alice.uri)] * 2
    assert [each["object"].get("suspended", False) for each in sent] == [True, False]
    assert await Job.filter(kind=Deliver.kind()).count() == 2


async def test_a_suspended_stranger_follows_nobody_here_any_more(
    server: Server, alice: Account, remote: Account
) -> None:
    await make_follow(server, remote, alice)
    await make_follow(server, alice, remote)
    await Account.filter(id=alice.id).update(followers_count=1)

    await moderation.suspend(server, remote, by="owner")

    assert [each.follower_id for each in await Follow.all()] == [alice.id]
    assert (await Account.get(id=alice.id)).followers_count == 0


async def test_the_servers_own_actor_is_not_suspended(server: Server) -> None:
    actor = await make_account(server, "self", uri=server.uris.instance_actor, actor_type="Application")

    with pytest.raises(Invalid):
        await moderation.suspend(server, actor, by="owner")


async def test_silence_comes_and_goes_on_the_record(server: Server, remote: Account) -> None:
    await moderation.silence(server, remote, by="owner", reason="loud")
    assert (await Account.get(id=remote.id)).silenced_at is not None

    await moderation.unsilence(server, remote, by="owner")
    assert (await Account.get(id=remote.id)).silenced_at is None
    assert [action for _, action, _, _ in await record()] == ["silence", "unsilence"]


# Hosts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Remote.Example.", "remote.example"),
        (" remote.example ", "remote.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("127.0.0.1:9000", "127.0.0.1:9000"),
    ],
)
async def test_a_host_is_blocked_under_its_plain_name(server: Server, typed: str, kept: str) -> None:
    rule = await moderation.block_domain(server, typed, by="owner", reason="why")

    assert (rule.domain, rule.severity, rule.private_comment) == (kept, "suspend", "why")
    assert await domains.is_suspended(server, kept)
    assert await record() == [("owner", "domain.suspend", kept, "why")]


@pytest.mark.parametrize(
    "typed", ["", ".", "a b", "http://remote.example/", "remote.example/x", "x" * 300, "*"]
)
async def test_what_is_no_host_is_not_blocked(server: Server, typed: str) -> None:
    with pytest.raises(Invalid):
        await moderation.block_domain(server, typed, by="owner")

    assert not await DomainRule.exists()


@pytest.mark.parametrize("typed", ["127.0.0.1:8000", "127.0.0.1"])
async def test_our_own_host_is_not_blocked(server: Server, typed: str) -> None:
    with pytest.raises(Invalid, match="own"):
        await moderation.block_domain(server, typed, by="owner")


async def test_a_severity_that_does_not_exist_is_refused(server: Server) -> None:
    with pytest.raises(Invalid, match="severity"):
        await moderation.block_domain(server, "remote.example", by="owner", severity="hate")


async def test_a_second_block_changes_the_rule(server: Server) -> None:
    await moderation.block_domain(server, "remote.example", by="owner", severity="suspend")
    await moderation.block_domain(server, "remote.example", by="owner", severity="silence", reason="milder")

    rule = await DomainRule.get()
    assert (rule.severity, rule.private_comment) == ("silence", "milder")


async def test_a_suspended_host_and_all_below_it_lose_every_follow(
    server: Server, alice: Account, bob: Account, remote: Account
) -> None:
    below = await make_account(server, "sub", domain="a.remote.example")
    other = await make_account(server, "oscar", domain="notremote.example")
    for one, two in ((alice, remote), (remote, alice), (below, alice), (other, alice), (alice, bob)):
        await make_follow(server, one, two)
    await make_follow(server, below, bob, state="pending")
    await Account.filter(id=alice.id).update(followers_count=3, following_count=2)
    await Account.filter(id=remote.id).update(followers_count=50, following_count=50)

    await moderation.block_domain(server, "remote.example", by="owner")
    await drain(server, TABLE)

    left = {(each.follower_id, each.target_id) for each in await Follow.all()}
    assert left == {(other.id, alice.id), (alice.id, bob.id)}
    counts = await Account.get(id=alice.id)
    assert (counts.followers_count, counts.following_count) == (1, 1)
    theirs = await Account.get(id=remote.id)
    assert (theirs.followers_count, theirs.following_count) == (50, 50)
    assert not await OutgoingActivity.exists()


async def test_many_follows_end_batch_by_batch(server: Server, alice: Account) -> None:
    for n in range(moderation._BATCH + 5):
        await make_follow(server, await make_account(server, f"n{n}", domain="remote.example"), alice)
    await Account.filter(id=alice.id).update(followers_count=moderation._BATCH + 5)

    await moderation.block_domain(server, "remote.example", by="owner")
    await drain(server, TABLE)
    await moderation.sever_domain(server, SeverDomain(domain="remote.example"))

    assert not await Follow.exists()
    assert (await Account.get(id=alice.id)).followers_count == 0


async def test_a_host_with_a_milder_rule_of_its_own_is_spared(
    server: Server, alice: Account, remote: Account
) -> None:
    below = await make_account(server, "sub", domain="a.remote.example")
    await make_follow(server, below, alice)
    await make_follow(server, remote, alice)

    await moderation.block_domain(server, "a.remote.example", by="owner", severity="silence")
    await moderation.block_domain(server, "remote.example", by="owner")
    await drain(server, TABLE)

    assert [each.follower_id for each in await Follow.all()] == [below.id]


async def test_a_block_lifted_before_its_job_ran_ends_no_follow(
    server: Server, alice: Account, remote: Account
) -> None:
    await make_follow(server, remote, alice)

    await moderation.block_domain(server, "remote.example", by="owner")
    await moderation.unblock_domain(server, "Remote.example", by="owner", reason="sorry")
    await drain(server, TABLE)

    assert await Follow.exists()
    assert not await DomainRule.exists()
    assert (await record())[-1] == ("owner", "domain.unblock", "remote.example", "sorry")


async def test_a_rule_that_is_not_there_is_not_found(server: Server) -> None:
    with pytest.raises(NotFound):
        await moderation.unblock_domain(server, "remote.example", by="owner")

    assert await record() == []


async def test_suspension_ends_open_streams(server: Server, alice: Account) -> None:
    user = await User.get(account_id=alice.id)

    with server.pubsub.subscribe(f"access:{user.id}") as heard:
        await moderation.suspend(server, alice, by="owner")

    assert heard.qsize() == 1


async def test_a_follow_of_a_suspended_account_is_refused(
    server: Server, alice: Account, bob: Account
) -> None:
    await moderation.suspend(server, alice, by="owner")

    with pytest.raises(NotFound):
        await follows.request(server, bob, await Account.get(id=alice.id))
