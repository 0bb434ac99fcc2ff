"""Remove what is too old to matter, a small batch at a time, so that nobody waits for the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedi.actions import counters, media, styles
from fedi.actions.sessions import SESSION_LIFE
from fedi.jobs import queue
from fedi.jobs.kinds import Prune, PurgeAccount
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.interactions import Favourite
from fedi.models.media import MediaAttachment, StyleRun
from fedi.models.notifications import Notification
from fedi.models.posts import IdempotencyKey, Post, Tombstone
from fedi.models.relationships import Block, Follow, Mute
from fedi.models.users import AccessToken, AuthorizationCode, Session
from fedi.server import Server

# A Create may arrive after its Delete for as long as peers retry; none is known to retry for longer.
TOMBSTONE_LIFE = timedelta(days=90)
IDEMPOTENCY_LIFE = timedelta(hours=1)
# Ids of sent activities are looked up by peers that got them; those look soon.
OUTGOING_LIFE = timedelta(days=30)
# As long as Mastodon waits for a post that an upload is meant for.
UNATTACHED_LIFE = timedelta(hours=24)
# A used code is remembered after it expired, so that a second use still revokes its token.
_CODE_MEMORY = timedelta(days=1)

_BATCH = 200


async def prune(server: Server, job: Prune) -> None:
    """Remove all that has outlived its use (job Prune). Safe to run at any time, and twice."""
    now = server.clock.now()
    removed = {"jobs": await queue.prune(server)}
    for name, old in (await _outlived(server, now)).items():
        removed[name] = await _delete(server, old)
    removed["media"] = await _remove_unattached(server, now)
    removed["style_runs"] = await styles.end_lost(server)
    logger().info("housekeeping.pruned", **{name: count for name, count in removed.items() if count})


async def purge_account(server: Server, job: PurgeAccount) -> None:
    """Remove what a deleted account of another server left here: posts, marks, follows (job PurgeAccount).

    The row itself stays and says that it is gone. Nothing happens to an account that is not.
    """
    account = await Account.get_or_none(id=job.account_id)
    if account is None or account.gone_at is None or account.is_local:
        return
    await _each(server, Post.filter(author_id=account.id), counters.post_removed)
    await _each(server, Favourite.filter(account_id=account.id), _uncount_favourite)
    await _each(server, Follow.filter(follower_id=account.id), _uncount_follow)
    await _each(server, Follow.filter(target_id=account.id), _uncount_follow)
    for left in (
        Block.filter(Q(account_id=account.id) | Q(target_id=account.id)),
        Mute.filter(target_id=account.id),
        Notification.filter(from_account_id=account.id),
        MediaAttachment.filter(account_id=account.id),
    ):
        await _delete(server, left)


async def _each(server: Server, rows: QuerySet[Any], uncount: Callable[[Any], Awaitable[None]]) -> None:
    """Remove rows batch by batch, each after it was taken out of the counts."""
    while batch := await rows.limit(_BATCH):
        async with server.db.transaction():
            for row in batch:
                await uncount(row)
            await rows.model.filter(id__in=[row.id for row in batch]).delete()
        await asyncio.sleep(0)


async def _uncount_favourite(favourite: Favourite) -> None:
    await counters.lower_of_post(favourite.post_id, "favourites_count")


async def _uncount_follow(follow: Follow) -> None:
    if follow.state == "accepted":
        await counters.lower_of_account(follow.follower_id, "following_count")
        await counters.lower_of_account(follow.target_id, "followers_count")


async def _outlived(server: Server, now: datetime) -> dict[str, QuerySet[Any]]:
    """What is only rows: everything that may go, by table."""
    return {
        "tombstones": Tombstone.filter(local=False, deleted_at__lt=now - TOMBSTONE_LIFE),
        "idempotency_keys": IdempotencyKey.filter(id__lt=server.ids.past(now - IDEMPOTENCY_LIFE)),
        "codes": AuthorizationCode.filter(expires_at__lt=now - _CODE_MEMORY),
        "sessions": Session.filter(last_used_at__lt=now - SESSION_LIFE),
        "tokens": AccessToken.filter(expires_at__lt=now),
        "activities": await _delivered(server, server.ids.past(now - OUTGOING_LIFE)),
    }


async def _delivered(server: Server, before_id: int) -> QuerySet[OutgoingActivity]:
    """Sent activities from before an id that no delivery still needs."""
    rows = await server.db.rows(
        "SELECT DISTINCT json_extract(payload, '$.activity_id') AS id FROM jobs WHERE kind = 'Deliver'"
        " AND state IN ('ready', 'running') AND json_extract(payload, '$.activity_id') < ?",
        [before_id],
    )
    return OutgoingActivity.filter(id__lt=before_id).exclude(id__in=[row["id"] for row in rows])


async def _delete(server: Server, old: QuerySet[Any]) -> int:
    removed, model = 0, old.model
    while ids := await old.limit(_BATCH).values_list("id", flat=True):
        async with server.db.transaction():
            removed += await model.filter(id__in=ids).delete()
        # Requests come first.
        await asyncio.sleep(0)
    return removed


async def _remove_unattached(server: Server, now: datetime) -> int:
    """Remove pictures that no post, profile or drawing uses, with their files."""
    removed, reached = 0, 0
    before_id = server.ids.past(now - UNATTACHED_LIFE)
    while True:
        # Pictures on profiles stay, so the next batch begins behind this one.
        batch = await (
            MediaAttachment.filter(post_id=None, id__gt=reached, id__lt=before_id)
            .order_by("id")
            .limit(_BATCH)
        )
        if not batch:
            return removed
        reached = batch[-1].id
        drawn = await StyleRun.filter(
            source_id__in=[each.id for each in batch], state__in=styles.OPEN
        ).values_list("source_id", flat=True)
        removed += await media.remove_unused(server, [each for each in batch if each.id not in drawn])
