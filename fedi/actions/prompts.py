"""Prompts: the owner gives members something to draw, for a week or so, and a hashtag to answer with."""

from datetime import datetime, timedelta

from fedi.actions import moderation
from fedi.errors import Invalid, NotFound
from fedi.models.media import ArtPrompt
from fedi.server import Server
from fedi.text.html import clean_line, clean_text
from fedi.text.tokens import is_tag

MAX_TITLE_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 2000
MAX_TAG_CHARACTERS = 255
USUAL_DAYS = 7
MAX_DAYS = 366


async def add(
    server: Server,
    title: str,
    tag: str,
    *,
    by: str,
    text: str = "",
    starts_at: datetime | None = None,
    days: int = USUAL_DAYS,
) -> ArtPrompt:
    """Make a prompt that runs for some days from `starts_at` (now). Raises Invalid; two never run at once."""
    title, text, tag = title.strip(), clean_text(text).strip(), tag.strip().removeprefix("#")
    if not title or len(title) > MAX_TITLE_CHARACTERS:
        raise Invalid("title", f"must have 1 to {MAX_TITLE_CHARACTERS} characters")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Invalid("text", f"can have {MAX_TEXT_CHARACTERS} characters at most")
    if len(tag) > MAX_TAG_CHARACTERS or not is_tag(tag):
        raise Invalid("tag", "is not a hashtag: letters, digits and _, and not digits alone")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid("days", f"must be 1 to {MAX_DAYS}")
    now = server.clock.now()
    begin = max(starts_at or now, now)
    end = begin + timedelta(days=days)
    async with server.db.transaction():
        other = await ArtPrompt.filter(starts_at__lt=end, ends_at__gt=begin).first()
        if other is not None:
            raise Invalid("starts_at", f"meets another prompt, “{other.title}”: end that one first")
        row = await ArtPrompt.create(
            id=server.new_id(),
            title=clean_line(title, MAX_TITLE_CHARACTERS),
            text=text,
            tag=tag,
            starts_at=begin,
            ends_at=end,
            created_at=now,
        )
        await moderation.record(server, by, "prompt.add", str(row.id), row.title)
    return row


async def end(server: Server, id_: int, *, by: str) -> ArtPrompt:
    """End a prompt now: its answers stay. One that has not begun goes. Raises NotFound."""
    now = server.clock.now()
    async with server.db.transaction():
        row = await ArtPrompt.get_or_none(id=id_)
        if row is None:
            raise NotFound
        if row.ends_at <= now:
            return row
        if row.starts_at > now:
            await row.delete()
        else:
            row.ends_at = now
            await row.save(update_fields=["ends_at"])
        await moderation.record(server, by, "prompt.end", str(id_), row.title)
    return row
