"""How far a person has read a timeline, kept for all their apps (Mastodon API: timelines, markers)."""

from fedi.models.accounts import Account
from fedi.models.preferences import Marker
from fedi.server import Server

TIMELINES = ("home", "notifications")


async def save(server: Server, account: Account, timeline: str, last_read_id: int) -> Marker:
    """Remember the last read id of a timeline (one of `TIMELINES`), whichever way it moves; last one wins."""
    now = server.clock.now()
    async with server.db.transaction():
        row, _ = await Marker.get_or_create(
            {"id": server.new_id(), "updated_at": now}, account_id=account.id, timeline=timeline
        )
        row.last_read_id, row.version, row.updated_at = last_read_id, row.version + 1, now
        await row.save(update_fields=["last_read_id", "version", "updated_at"])
    return row
