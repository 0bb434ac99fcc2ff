"""Custom emoji of this server: added, removed, switched off and on by who runs it."""

import re

from anyio import to_thread

from fedi.errors import Conflict, Invalid, NotFound, TooLarge
from fedi.media import gifs, images
from fedi.media.decode import ImageLimits, decode, fit, read_header
from fedi.media.images import EncodedImage
from fedi.media.sniff import ImageKind
from fedi.media.store import new_key
from fedi.models.emoji import CustomEmoji
from fedi.server import Server

# Mastodon's, and what its readers take from others.
MAX_BYTES = 256 * 1024

_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}")
_FOLDER, _MAX_CATEGORY = "emoji", 64
# Shown as high as a line; twice that for fine screens.
_STATIC_PIXELS = 128 * 128
_LIMITS = ImageLimits(max_bytes=MAX_BYTES, max_pixels=2048 * 2048, max_animation_pixels=40_000_000)
_EXTENSIONS = {ImageKind.PNG: "png", ImageKind.GIF: "gif", ImageKind.WEBP: "webp"}
# What is no picture in a PNG: texts, times and EXIF. What an animation needs stays (APNG: acTL, fcTL, fdAT).
_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"),
    *(b"acTL", b"fcTL", b"fdAT"),
}
_PNG_HEAD_BYTES = 8


async def add(server: Server, shortcode: str, data: bytes, *, category: str = "") -> CustomEmoji:
    """Add an emoji. Raises Invalid for a name or a picture that cannot be one, Conflict for a known name."""
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("shortcode", "consists of 2 to 64 letters a to z, digits and underscores")
    if len(data) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES // 1024} KiB.")
    kind, still, moving = await to_thread.run_sync(_prepared, data, limiter=server.picture_turns)
    keys = [new_key(_FOLDER, _EXTENSIONS[kind]), new_key(_FOLDER, "png")]
    try:
        await server.store.put(keys[0], moving)
        await server.store.put(keys[1], still.data)
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


def _prepared(data: bytes) -> tuple[ImageKind, EncodedImage, bytes]:
    """Give an emoji's kind, the picture that stands still, and its file without metadata."""
    header = read_header(data, limits=_LIMITS)
    if header.kind not in _EXTENSIONS:
        raise Invalid("", "An emoji is a PNG, GIF or WebP picture.")
    if header.frames * header.width * header.height > _LIMITS.max_animation_pixels:
        raise Invalid("", "This animation is too long.")
    first = decode(data, header.kind, max_pixels=_LIMITS.max_pixels)
    still = images.encode(first.resize(fit(first.size, _STATIC_PIXELS)), ImageKind.PNG, None)
    if header.kind is ImageKind.GIF:
        return header.kind, still, gifs.clean(data, None)
    if header.kind is ImageKind.PNG and header.frames > 1:
        return header.kind, still, _without_texts(data)
    if header.frames > 1:
        return header.kind, still, _animated_webp(data)
    return header.kind, still, images.encode(first, header.kind, None).data


def _without_texts(data: bytes) -> bytes:
    """Give an animated PNG without anything that is no picture (PNG specification, section 5)."""
    kept, at = [data[:_PNG_HEAD_BYTES]], _PNG_HEAD_BYTES
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            raise Invalid("", "This picture is broken.")
        if data[at + 4 : at + 8] in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _animated_webp(data: bytes) -> bytes:
    """Give an animated WebP without its metadata chunks (RIFF; WebP container specification)."""
    kept, at = [data[8:12]], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if data[at : at + 4] not in {b"EXIF", b"XMP "}:
            kept.append(data[at:end])
        at = end
    body = b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
