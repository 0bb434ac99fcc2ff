"""Work in the background that people may wait for: begun at most once at a time, counted, finished.

A row of AsyncRefresh for each; clients see it as `Mastodon-Async-Refresh` (Mastodon API: async refreshes).
"""

from datetime import timedelta

from fedi.jobs import queue
from fedi.jobs.kinds import BackfillAccount, BackfillThread
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.federation import AsyncRefresh
from fedi.models.posts import Post
from fedi.server import Server

# Longer than any of it may take: what is older was lost with its worker.
LOST_AFTER = timedelta(minutes=10)


async def running(server: Server, name: str) -> AsyncRefresh | None:
    """Give the refresh of this name that has not finished."""
    since = server.clock.now() - LOST_AFTER
    return await AsyncRefresh.get_or_none(name=name, finished_at=None, created_at__gt=since)


def thread_name(root: Post) -> str:
    """Name the refresh of the thread that a post began."""
    return f"thread:{root.id}"


def account_name(account: Account) -> str:
    """Name the refresh of an account."""
    return f"account:{account.id}"


async def begin_thread(server: Server, root: Post, host: str) -> AsyncRefresh:
    """Have the thread below a remote post looked for, or give the search that runs already."""
    async with server.db.transaction():
        if (refresh := await running(server, thread_name(root))) is not None:
            return refresh
        refresh = await _begin(server, thread_name(root))
        await Post.filter(id=root.id).update(backfilled_at=server.clock.now())
        work = BackfillThread(root_id=root.id, refresh_id=refresh.id)
        await queue.enqueue(server, NewJob(work=work, unique_key=f"backfill:{refresh.id}", group_key=host))
    return refresh


async def begin_account(server: Server, account: Account) -> AsyncRefresh:
    """Have older posts, pins and counts of a remote account looked for, or give the search that runs."""
    async with server.db.transaction():
        if (refresh := await running(server, account_name(account))) is not None:
            return refresh
        refresh = await _begin(server, account_name(account))
        await Account.filter(id=account.id).update(backfilled_at=server.clock.now())
        work = BackfillAccount(account_id=account.id, refresh_id=refresh.id)
        await queue.enqueue(
            server, NewJob(work=work, unique_key=f"backfill:{refresh.id}", group_key=account.domain)
        )
    return refresh


async def count(server: Server, refresh_id: int, found: int) -> None:
    """Note how much has been found so far."""
    async with server.db.transaction():
        await AsyncRefresh.filter(id=refresh_id).update(found=found)


async def finish(server: Server, refresh_id: int) -> None:
    """Note that a refresh has ended, whatever it found."""
    async with server.db.transaction():
        await AsyncRefresh.filter(id=refresh_id).update(finished_at=server.clock.now())


async def _begin(server: Server, name: str) -> AsyncRefresh:
    await AsyncRefresh.filter(name=name).delete()
    return await AsyncRefresh.create(id=server.new_id(), name=name, created_at=server.clock.now())
