"""Announcements: made by who runs the server, put away and reacted to by everybody here."""

from datetime import datetime

from fedi.actions import moderation, news
from fedi.actions.news import News
from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.announcements import Announcement, AnnouncementReaction
from fedi.models.emoji import CustomEmoji
from fedi.server import Server
from fedi.text.compose import compose
from fedi.text.emoji import is_emoji
from fedi.text.html import clean_text

MAX_CHARACTERS = 5000
# Mastodon's: as many different emoji may stand under one.
MAX_REACTIONS = 8
# No shortcode is longer.
_MAX_NAME = 128


async def create(
    server: Server,
    text: str,
    *,
    by: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    all_day: bool = False,
    publish: bool = True,
) -> Announcement:
    """Make an announcement; tell everybody unless it is to wait. Raises Invalid for a bad text or time."""
    text = clean_text(text).strip()
    if not text or len(text) > MAX_CHARACTERS:
        raise Invalid("text", f"must have 1 to {MAX_CHARACTERS} characters")
    if starts_at is not None and ends_at is not None and ends_at < starts_at:
        raise Invalid("ends_at", "is before the start")
    now = server.clock.now()
    async with server.db.transaction():
        row = await Announcement.create(
            id=server.new_id(),
            text=text,
            content=compose(text, mentioned={}, tag_url=server.uris.tag_page).html,
            all_day=all_day,
            starts_at=starts_at,
            ends_at=ends_at,
            published_at=now if publish else None,
            created_at=now,
            updated_at=now,
        )
        await moderation.record(server, by, "announcement.create", str(row.id), text[:200])
        if publish:
            news.tell(server, News(kind="announcement", id=row.id))
    return row


async def publish(server: Server, id_: int, *, by: str) -> Announcement:
    """Show an announcement that waited. Raises NotFound."""
    async with server.db.transaction():
        row = await _one(id_)
        if row.published_at is None:
            row.published_at = row.updated_at = server.clock.now()
            await row.save(update_fields=["published_at", "updated_at"])
            await moderation.record(server, by, "announcement.publish", str(row.id), "")
            news.tell(server, News(kind="announcement", id=row.id))
    return row


async def end(server: Server, id_: int, *, by: str) -> None:
    """Take an announcement away for good. Raises NotFound."""
    async with server.db.transaction():
        row = await _one(id_)
        await row.delete()
        await moderation.record(server, by, "announcement.end", str(id_), row.text[:200])
        news.tell(server, News(kind="announcement_gone", id=id_))


async def dismiss(server: Server, account: Account, announcement: Announcement) -> None:
    """Note that somebody has read it; a second time changes nothing."""
    async with server.db.transaction():
        await server.db.execute(
            "INSERT OR IGNORE INTO announcement_reads (id, announcement_id, account_id) VALUES (?, ?, ?)",
            [server.new_id(), announcement.id, account.id],
        )


async def react(server: Server, account: Account, announcement: Announcement, name: str) -> None:
    """Put an emoji under it: one of Unicode, or the shortcode of one of ours; once.

    Raises Invalid for what is no emoji, and when too many different ones stand there already.
    """
    async with server.db.transaction():
        known = is_emoji(name) or (
            len(name) <= _MAX_NAME and await CustomEmoji.exists(shortcode=name, disabled_at=None)
        )
        if not known:
            raise Invalid("name", "is not a recognised emoji")
        placed = await AnnouncementReaction.filter(announcement_id=announcement.id)
        if any(each.account_id == account.id and each.name == name for each in placed):
            return
        if len({each.name for each in placed} | {name}) > MAX_REACTIONS:
            raise Invalid("", "Limit of different reactions reached")
        await AnnouncementReaction.create(
            id=server.new_id(),
            announcement_id=announcement.id,
            account_id=account.id,
            name=name,
            created_at=server.clock.now(),
        )
        news.tell(server, News(kind="announcement_reaction", id=announcement.id, name=name))


async def unreact(server: Server, account: Account, announcement: Announcement, name: str) -> None:
    """Take an emoji back. Raises NotFound when it is not there."""
    if len(name) > _MAX_NAME:
        raise NotFound
    async with server.db.transaction():
        gone = await AnnouncementReaction.filter(
            announcement_id=announcement.id, account_id=account.id, name=name
        ).delete()
        if not gone:
            raise NotFound
        news.tell(server, News(kind="announcement_reaction", id=announcement.id, name=name))


async def _one(id_: int) -> Announcement:
    row = await Announcement.get_or_none(id=id_)
    if row is None:
        raise NotFound
    return row
