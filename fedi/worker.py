"""Background work: which function runs which kind of job, and what runs by the clock."""

import asyncio

from fedi import digest
from fedi.actions import (
    accounts,
    deletes,
    domain_blocks,
    housekeeping,
    moderation,
    moves,
    poll_news,
    styles,
)
from fedi.federation import (
    backfill,
    deliver,
    inbox,
    links,
    pending,
    people,
    plain,
    polls,
    previews,
    profiles,
    quotes,
    synchronisation,
)
from fedi.jobs import queue, worker
from fedi.jobs.kinds import (
    AnnouncePoll,
    ApplyActivity,
    BackfillAccount,
    BackfillThread,
    ClosePoll,
    CutTies,
    Deliver,
    FetchReplies,
    ForgetMedia,
    Lane,
    MoveFollowers,
    Prune,
    PublishPending,
    PurgeAccount,
    ReadPage,
    RefreshAccount,
    RemoveMedia,
    RunStyle,
    SeverDomain,
    SynchroniseFollowers,
    VerifyLinks,
    VerifyQuote,
)
from fedi.jobs.queue import NewJob
from fedi.jobs.worker import Batches, Table
from fedi.server import Server

TABLE: Table = {
    ApplyActivity: inbox.apply,
    Deliver: deliver.run,
    RunStyle: styles.run,
    RefreshAccount: people.refresh,
    FetchReplies: backfill.fetch_replies,
    VerifyQuote: quotes.verify,
    BackfillThread: backfill.run,
    BackfillAccount: profiles.run,
    SynchroniseFollowers: synchronisation.run,
    VerifyLinks: links.verify,
    ReadPage: previews.read,
    PublishPending: pending.run,
    PurgeAccount: accounts.purge,
    RemoveMedia: deletes.remove_media,
    SeverDomain: moderation.sever_domain,
    CutTies: domain_blocks.cut_ties,
    ForgetMedia: moderation.forget_media,
    AnnouncePoll: poll_news.announce,
    ClosePoll: polls.close,
    MoveFollowers: moves.move_followers,
    Prune: housekeeping.prune,
}

BATCHES: Batches = {Lane.INBOX: plain.apply}

_HOUR_SECONDS = 3600


async def run_worker(server: Server, stop: asyncio.Event) -> None:
    """Work on all lanes and keep the hours until `stop` is set, then let the jobs that run finish."""
    with server.db.activate():
        async with asyncio.TaskGroup() as group:
            hours = group.create_task(_keep_hours(server))
            group.create_task(worker.run(server, TABLE, stop, batches=BATCHES))
            digesting = group.create_task(digest.keep(server, stop))
            await stop.wait()
            hours.cancel()
            digesting.cancel()


async def _keep_hours(server: Server) -> None:
    """Ask for housekeeping once an hour; the key lets one of several processes do so."""
    while True:
        hour, spent = divmod(server.clock.now().timestamp(), _HOUR_SECONDS)
        async with server.db.transaction():
            await queue.enqueue(server, NewJob(work=Prune(), unique_key=f"prune:{int(hour)}"))
        await asyncio.sleep(_HOUR_SECONDS - spent)
