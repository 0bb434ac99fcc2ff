"""Remove what is too old to matter, a small batch at a time, so that nobody waits for the database."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from tortoise.queryset import QuerySet

from fedi.actions import inboxes, media, oauth, styles
from fedi.actions.sessions import SESSION_LIFE
from fedi.jobs import queue
from fedi.jobs.kinds import Prune
from fedi.logs import logger
from fedi.models.federation import AsyncRefresh, Instance, OutgoingActivity
from fedi.models.media import MediaAttachment, StyleRun
from fedi.models.posts import IdempotencyKey, Tombstone
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
_REFRESH_LIFE = timedelta(days=1)

# How a host answers is soon learnt again.
HOST_LIFE = timedelta(days=30)
HOSTS_KEPT = 20_000

_BATCH = 200


async def prune(server: Server, job: Prune) -> None:
    """Remove all that has outlived its use (job Prune). Safe to run at any time, and twice."""
    now = server.clock.now()
    removed = {"given_up": await queue.give_up_old(server), "jobs": await queue.prune(server)}
    removed["instances"] = await _forget_hosts(server, now)
    for name, old in (await _outlived(server, now)).items():
        removed[name] = await _delete(server, old)
    removed["inbox_items"] = await inboxes.prune(server)
    removed["applications"] = await oauth.forget_unused(server)
    removed["media"] = await _remove_unattached(server, now)
    removed["style_runs"] = await styles.end_lost(server)
    logger().info("housekeeping.pruned", **{name: count for name, count in removed.items() if count})


async def _outlived(server: Server, now: datetime) -> dict[str, QuerySet[Any]]:
    """What is only rows: everything that may go, by table."""
    return {
        "tombstones": Tombstone.filter(local=False, deleted_at__lt=now - TOMBSTONE_LIFE),
        "idempotency_keys": IdempotencyKey.filter(id__lt=server.ids.past(now - IDEMPOTENCY_LIFE)),
        "codes": AuthorizationCode.filter(expires_at__lt=now - _CODE_MEMORY),
        "sessions": Session.filter(last_used_at__lt=now - SESSION_LIFE),
        "refreshes": AsyncRefresh.filter(created_at__lt=now - _REFRESH_LIFE),
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


async def _forget_hosts(server: Server, now: datetime) -> int:
    """Forget hosts that nothing waits for: those long silent, and the oldest of more than are kept.

    Names of hosts are free: without a bound a peer could fill the table (federation reference 13.4).
    """
    removed = 0
    while rows := await server.db.rows(_FORGOTTEN, [now - HOST_LIFE, HOSTS_KEPT, _BATCH]):
        async with server.db.transaction():
            removed += await Instance.filter(id__in=[row["id"] for row in rows]).delete()
        await asyncio.sleep(0)
    return removed


_FORGOTTEN = """
SELECT i.id FROM instances i
WHERE NOT EXISTS (SELECT 1 FROM jobs j
  WHERE j.lane = 'deliver' AND j.state IN ('ready', 'running') AND j.group_key = i.host)
AND (max(coalesce(i.last_failure_at, ''), coalesce(i.last_success_at, ''), coalesce(i.scheme_at, ''),
    i.created_at) < ?
  OR i.id <= (SELECT id FROM instances ORDER BY id DESC LIMIT 1 OFFSET ?))
LIMIT ?
"""


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
