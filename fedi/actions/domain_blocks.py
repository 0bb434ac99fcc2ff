"""Hosts that one person does not want to hear of (Mastodon API: domain_blocks).

What is of such a host is hidden from the person alone, and no follow between the two stays. A host is one
name: what lies below it is another.
"""

from collections.abc import Collection
from typing import Any

from fedi.actions import follows
from fedi.actions.moderation import checked_host
from fedi.jobs import queue
from fedi.jobs.kinds import CutTies
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.relationships import AccountDomainBlock, Follow
from fedi.server import Server

# Each ended follow is an activity to send: what there is more of them waits for the next transaction.
_BATCH = 50


async def block(server: Server, account: Account, domain: str) -> None:
    """Block a host for one person; the second time is the first. Raises Invalid for what is no host, or ours.

    Follows between the two end both ways, requests too, each told to the host, and what its people told the
    person goes: the first 50 in the same transaction, the others in jobs.
    """
    host = checked_host(server, domain)
    async with server.db.transaction():
        _, created = await AccountDomainBlock.get_or_create(
            {"id": server.new_id(), "created_at": server.clock.now()}, account_id=account.id, domain=host
        )
        if created:
            await _cut_some(server, CutTies(account_id=account.id, domain=host))


async def unblock(server: Server, account: Account, domain: str) -> None:
    """Lift a block of a host; the follows that it ended stay ended. Nothing if there is none.

    Raises Invalid for what is no host, or ours.
    """
    host = checked_host(server, domain)
    async with server.db.transaction():
        await AccountDomainBlock.filter(account_id=account.id, domain=host).delete()


async def cut_ties(server: Server, job: CutTies) -> None:
    """End some more of the follows that a blocked host leaves, unless it was unblocked (job CutTies)."""
    async with server.db.transaction():
        if await AccountDomainBlock.filter(account_id=job.account_id, domain=job.domain).exists():
            await _cut_some(server, job)


async def _cut_some(server: Server, job: CutTies) -> None:
    """End a batch of follows, and have the next ended; after the last, forget what was told."""
    found = await _ties(server, job)
    ties = await Follow.filter(id__in=[0, *(row["id"] for row in found)]).select_related("follower", "target")
    for tie in ties:
        if tie.follower_id == job.account_id:
            await follows.unfollow(server, tie.follower, tie.target)
        else:
            await follows.reject(server, tie)
    if len(found) == _BATCH:
        await queue.enqueue(server, NewJob(work=job))
        return
    await server.db.execute(
        "DELETE FROM notifications WHERE account_id = ?"
        " AND (SELECT domain FROM accounts WHERE accounts.id = notifications.from_account_id) = ?",
        [job.account_id, job.domain],
    )


async def _ties(server: Server, job: CutTies) -> Collection[dict[str, Any]]:
    return await server.db.rows(
        "SELECT k.id FROM follows k JOIN accounts a ON a.id = k.target_id"
        " WHERE k.follower_id = ? AND a.domain = ?"
        " UNION ALL SELECT k.id FROM follows k JOIN accounts a ON a.id = k.follower_id"
        " WHERE k.target_id = ? AND a.domain = ? LIMIT ?",
        [*[job.account_id, job.domain] * 2, _BATCH],
    )
