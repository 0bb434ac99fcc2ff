"""Custom emoji of this server: added, removed, switched off and on by who runs it."""

import re

from fedi.errors import Conflict, Invalid, NotFound, TooLarge
from fedi.media.prepared import EMOJI_BYTES
from fedi.media.sniff import ImageKind
from fedi.media.store import new_key
from fedi.models.emoji import CustomEmoji
from fedi.server import Server

_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}")
_FOLDER, _MAX_CATEGORY = "emoji", 64
_EXTENSIONS = {ImageKind.PNG: "png", ImageKind.GIF: "gif", ImageKind.WEBP: "webp"}


async def add(server: Server, shortcode: str, data: bytes, *, category: str = "") -> CustomEmoji:
    """Add an emoji. Raises Invalid for a name or a picture that cannot be one, Conflict for a known name."""
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("shortcode", "consists of 2 to 64 letters a to z, digits and underscores")
    if len(data) > EMOJI_BYTES:
        raise TooLarge(f"The file is larger than {EMOJI_BYTES // 1024} KiB.")
    made = await server.pictures.prepare_emoji(data)
    kind = ImageKind(made.file.media_type)
    keys = [new_key(_FOLDER, _EXTENSIONS[kind]), new_key(_FOLDER, "png")]
    try:
        await server.store.put(keys[0], made.file.data)
        await server.store.put(keys[1], made.still.data)
        return await _store(server, shortcode, keys, kind, category)
    except BaseException:
        for key in keys:
            await server.store.delete(key)
        raise


async def remove(server: Server, shortcode: str) -> None:
    """Remove an emoji with its pictures; texts that have it show its name. Raises NotFound."""
    async with server.db.transaction():
        row = await _named(shortcode)
        await row.delete()
    for key in (row.file_key, row.static_key):
        await server.store.delete(key)


async def set_disabled(server: Server, shortcode: str, *, disabled: bool) -> CustomEmoji:
    """Have texts that come use an emoji no more, or again; those that are there keep it. Raises NotFound."""
    async with server.db.transaction():
        row = await _named(shortcode)
        row.disabled_at = (row.disabled_at or server.clock.now()) if disabled else None
        await row.save(update_fields=["disabled_at"])
    return row


async def _store(
    server: Server, shortcode: str, keys: list[str], kind: ImageKind, category: str
) -> CustomEmoji:
    async with server.db.transaction():
        if await CustomEmoji.exists(shortcode=shortcode):
            raise Conflict(f"There is an emoji :{shortcode}: already.")
        return await CustomEmoji.create(
            id=server.new_id(),
            shortcode=shortcode,
            file_key=keys[0],
            static_key=keys[1],
            media_type=kind.value,
            category=category.strip()[:_MAX_CATEGORY],
            created_at=server.clock.now(),
        )


async def _named(shortcode: str) -> CustomEmoji:
    row = await CustomEmoji.get_or_none(shortcode=shortcode)
    if row is None:
        raise NotFound(f"There is no emoji :{shortcode}:.")
    return row
