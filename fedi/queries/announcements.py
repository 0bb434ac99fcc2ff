"""Announcements as somebody sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.announcements import Announcement
from fedi.models.emoji import CustomEmoji
from fedi.queries.rows import among, load
from fedi.server import Server

_SHOWN = "r.published_at IS NOT NULL AND (r.ends_at IS NULL OR r.ends_at > ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionCount:
    """How many put an emoji under it; `emoji` is the picture of one of ours."""

    name: str
    count: int
    is_mine: bool
    emoji: CustomEmoji | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementView:
    """An announcement, whether the viewer has put it away, and what stands under it."""

    announcement: Announcement
    read: bool
    reactions: Sequence[ReactionCount] = ()


async def current(server: Server, viewer: Account, *, with_read: bool) -> list[AnnouncementView]:
    """Load what is announced now, the newest first; what the viewer has read only if asked for."""
    rows = await load(
        server,
        Announcement,
        f"WHERE {_SHOWN} ORDER BY coalesce(r.starts_at, r.published_at) DESC, r.id DESC",
        [server.clock.now()],
    )
    views = await _views(server, rows, viewer)
    return [view for view in views if with_read or not view.read]


async def one(server: Server, viewer: Account, id_: int) -> AnnouncementView:
    """Load an announcement that is shown now. Raises NotFound."""
    rows = await load(server, Announcement, f"WHERE r.id = ? AND {_SHOWN}", [id_, server.clock.now()])
    if not rows:
        raise NotFound
    return (await _views(server, rows, viewer))[0]


async def every() -> list[Announcement]:
    """List all there are, also those that wait or have ended, for who runs the server."""
    return await Announcement.all().order_by("-id")


async def _views(server: Server, rows: Sequence[Announcement], viewer: Account) -> list[AnnouncementView]:
    if not rows:
        return []
    wanted, ids = among("announcement_id", [row.id for row in rows])
    read = await server.db.rows(
        f"SELECT announcement_id FROM announcement_reads WHERE {wanted} AND account_id = ?",
        [*ids, viewer.id],
    )
    placed = await server.db.rows(
        "SELECT announcement_id, name, count(*) AS count, max(account_id = ?) AS mine"
        f" FROM announcement_reactions WHERE {wanted} GROUP BY announcement_id, name ORDER BY min(id)",
        [viewer.id, *ids],
    )
    ours = await CustomEmoji.filter(shortcode__in=["", *{row["name"] for row in placed}])
    by_name, put_away = {row.shortcode: row for row in ours}, {row["announcement_id"] for row in read}
    return [
        AnnouncementView(
            announcement=row,
            read=row.id in put_away,
            reactions=[
                ReactionCount(
                    name=each["name"],
                    count=each["count"],
                    is_mine=bool(each["mine"]),
                    emoji=by_name.get(each["name"]),
                )
                for each in placed
                if each["announcement_id"] == row.id
            ],
        )
        for row in rows
    ]
