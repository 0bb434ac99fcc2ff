"""Posts to come: scheduled ones and drafts, as their author alone sees them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.pending import PendingPost
from fedi.queries.paging import Page
from fedi.queries.rows import among, load
from fedi.server import Server

_DAY = timedelta(days=1)


async def scheduled(server: Server, account: Account, page: Page) -> list[PendingPost]:
    """Load the account's scheduled posts, the last made first."""
    return await _listed(server, account, page, "r.scheduled_at IS NOT NULL")


async def drafts(server: Server, account: Account, page: Page) -> list[PendingPost]:
    """Load the account's drafts, the last made first."""
    return await _listed(server, account, page, "r.scheduled_at IS NULL")


async def own_scheduled(account: Account, id_: int) -> PendingPost:
    """Give a scheduled post of the account's. Raises NotFound for any other."""
    return _found(await PendingPost.get_or_none(id=id_, account_id=account.id, scheduled_at__isnull=False))


async def own_draft(account: Account, id_: int) -> PendingPost:
    """Give a draft of the account's. Raises NotFound for any other."""
    return _found(await PendingPost.get_or_none(id=id_, account_id=account.id, scheduled_at=None))


async def own(account: Account, id_: int) -> PendingPost:
    """Give a scheduled post or a draft of the account's. Raises NotFound for any other."""
    return _found(await PendingPost.get_or_none(id=id_, account_id=account.id))


async def media_of(rows: Sequence[PendingPost]) -> dict[int, list[MediaAttachment]]:
    """Load the files that wait with some posts, in their order, by the id of the pending post."""
    ids = {id_ for row in rows for id_ in row.media_ids}
    found = {media.id: media for media in await MediaAttachment.filter(id__in=[0, *ids])}
    return {row.id: [found[id_] for id_ in row.media_ids if id_ in found] for row in rows}


async def waiting_media(server: Server, ids: Sequence[int]) -> set[int]:
    """Tell which of some files wait with a post to come."""
    if not ids:
        return set()
    condition, values = among("m.value", list(ids))
    rows = await server.db.rows(
        "SELECT DISTINCT m.value AS id FROM media_attachments a"
        " JOIN pending_posts p ON p.account_id = a.account_id JOIN json_each(p.media_ids) m ON m.value = a.id"
        f" WHERE {condition} AND {among('a.id', list(ids))[0]}",
        [*values, *values],
    )
    return {row["id"] for row in rows}


async def counted(server: Server, account: Account, at: datetime, *, but: int = 0) -> tuple[int, int]:
    """Count the account's scheduled posts, all of them and those of the (UTC) day of `at`, `but` one."""
    start = at.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting = PendingPost.filter(account_id=account.id, scheduled_at__isnull=False).exclude(id=but)
    that_day = waiting.filter(scheduled_at__gte=start, scheduled_at__lt=start + _DAY)
    return await waiting.count(), await that_day.count()


async def by_key(server: Server, account: Account, key: str, since: datetime) -> PendingPost | None:
    """Find the scheduled post that an Idempotency-Key made since then."""
    where = (
        "WHERE r.account_id = ? AND r.scheduled_at IS NOT NULL AND r.created_at >= ?"
        " AND json_extract(r.params, '$.idempotency') = ?"
    )
    found = await load(server, PendingPost, where, [account.id, since, key]) if key else []
    return found[0] if found else None


async def _listed(server: Server, account: Account, page: Page, condition: str) -> list[PendingPost]:
    bounds, values = page.clause("r.id")
    where = f"WHERE r.account_id = ? AND {condition} AND {bounds} ORDER BY {page.order('r.id')} LIMIT ?"
    return page.arrange(await load(server, PendingPost, where, [account.id, *values, page.limit]))


def _found(row: PendingPost | None) -> PendingPost:
    if row is None:
        raise NotFound
    return row
