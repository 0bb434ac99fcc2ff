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
    relabelling,
    styles,
    trends,
    uploads,
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
    pushing,
    quotes,
    remixes,
    synchronisation,
)
from fedi.jobs import queue, worker
from fedi.jobs.kinds import (
    AnnouncePoll,
    ApplyActivity,
    BackfillAccount,
    BackfillThread,
    BringRemixSource,
    ClosePoll,
    ComputeTrends,
    CutTies,
    Deliver,
    DrawMoving,
    FetchReplies,
    ForgetMedia,
    Lane,
    MoveFollowers,
    ProcessMedia,
    Prune,
    PublishPending,
    PurgeAccount,
    PushNotification,
    ReadPage,
    RefreshAccount,
    RelabelMedia,
    RemoveMedia,
    RunStyle,
    SeverDomain,
    SynchroniseFollowers,
    VerifyLinks,
    VerifyQuote,
    VerifyRemix,
)
from fedi.jobs.queue import NewJob
from fedi.jobs.worker import Batches, Table
from fedi.logs import logger
from fedi.server import Server

TABLE: Table = {
    ApplyActivity: inbox.apply,
    Deliver: deliver.run,
    PushNotification: pushing.run,
    RunStyle: styles.run,
    DrawMoving: styles.run_film,
    ProcessMedia: uploads.run,
    RelabelMedia: relabelling.run,
    RefreshAccount: people.refresh,
    FetchReplies: backfill.fetch_replies,
    VerifyQuote: quotes.verify,
    VerifyRemix: remixes.verify,
    BringRemixSource: remixes.bring,
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
    ComputeTrends: trends.compute,
}

BATCHES: Batches = {Lane.INBOX: plain.apply}

_HOUR_SECONDS = 3600
_QUARTER_SECONDS = 900
_AGAIN_SECONDS = 5


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
    """Ask for housekeeping each hour, for trends each quarter; the keys let one of several processes."""
    while True:
        now = server.clock.now().timestamp()
        hour, (quarter, spent) = int(now // _HOUR_SECONDS), divmod(now, _QUARTER_SECONDS)
        try:
            async with server.db.transaction():
                await queue.enqueue(
                    server,
                    NewJob(work=Prune(), unique_key=f"prune:{hour}"),
                    NewJob(work=ComputeTrends(), unique_key=f"trends:{int(quarter)}"),
                )
        except Exception as error:  # noqa: BLE001  a full disk must not end the server
            logger().error("hours.failed", error=repr(error))
            await asyncio.sleep(_AGAIN_SECONDS)
            continue
        await asyncio.sleep(_QUARTER_SECONDS - spent)
