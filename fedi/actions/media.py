"""Pictures of local accounts: upload, describe, drop. What a file is and holds: fedi/media.

A file is written before its row and removed after it. What is kept of an upload was encoded anew, without
metadata; the bytes that came in are not kept.
"""

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fedi.activitypub.licences import CHOICES
from fedi.config import Settings
from fedi.errors import Invalid, NotFound, TooLarge
from fedi.jobs.kinds import RelabelMedia
from fedi.jobs.queue import NewJob, enqueue
from fedi.media.prepared import EncodedImage, ImageLimits, Prepared
from fedi.media.provenance import DigitalSource, Label, own_words, source_from_iri
from fedi.media.store import new_key
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.queries import pending
from fedi.server import Server
from fedi.text.html import clean_text

DESCRIPTION_MAX_CHARACTERS = 1500

FOLDER = "media"
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
}
_LABEL_CHARACTERS = 255
# What the owner of a picture says of it.
SAID = (
    *("description", "focus_x", "focus_y", "source_type", "label_origin", "ai_system", "ai_version"),
    *("shows_source", "based_on_uri"),
)


async def upload(
    server: Server,
    account: Account,
    data: bytes,
    *,
    description: str = "",
    focus: tuple[float, float] = (0.0, 0.0),
    source_type: str = "",
) -> MediaAttachment:
    """Keep a picture of an account; it is ready when this returns (Mastodon API: media, create).

    A label inside the file that a model made it stays, in the files and in the row; `source_type` is the
    author's own word for one that has none. Raises TooLarge,
    Unsupported or Invalid for what is not accepted, StorageFull when nothing could be stored.
    """
    # First of all: nothing is read of a file that is too large.
    check_size(server, data)
    await check_quota(server, account, len(data))
    claimed = checked_source(source_type)
    text = own_words(checked_description(description), claimed.iri if claimed else "")
    prepared = await prepare(server, data, claimed)
    x, y = checked_focus(focus)
    async with stored(server, prepared) as columns, server.db.transaction():
        return await MediaAttachment.create(
            id=server.new_id(),
            account=account,
            description=text,
            focus_x=x,
            focus_y=y,
            created_at=server.clock.now(),
            **columns,
        )


def check_size(server: Server, data: bytes) -> None:
    """Raise TooLarge for an upload of more bytes than are accepted."""
    if len(data) > server.settings.media.max_bytes:
        raise TooLarge(f"The file is larger than {server.settings.media.max_bytes // 2**20} MiB.")


async def check_quota(server: Server, account: Account, size: int) -> None:
    """Raise TooLarge when another file of `size` bytes is more than the pictures of one member may take."""
    most = server.settings.media.quota_mb * 2**20
    if not most:
        return
    taken = await server.db.rows(
        "SELECT COALESCE(SUM(size_bytes), 0) AS bytes FROM media_attachments WHERE account_id = ?",
        [account.id],
    )
    if taken[0]["bytes"] + size > most:
        raise TooLarge(
            f"Your pictures may take {server.settings.media.quota_mb} MiB on this server, which are used up."
        )


async def own(account: Account, media_id: int) -> MediaAttachment:
    """Give a picture of this account. Raises NotFound for any other, as if it were not there."""
    media = await MediaAttachment.get_or_none(id=media_id, account_id=account.id)
    if media is None:
        raise NotFound
    return media


async def describe(
    server: Server,
    media: MediaAttachment,
    *,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
    licence: str | None = None,
    source_type: str | None = None,
    shows_source: bool | None = None,
) -> MediaAttachment:
    """Change what a picture's owner says of it; None leaves a thing as it is. Raises Invalid.

    That is its alt text, focal point, licence (by its word), whether a model made it, and whether others
    are told what it was made from.
    """
    check_licence(licence)
    was = media.source_type
    if source_type is not None:
        claim(media, source_type)
    if shows_source is not None:
        await show_source(media, shows=shows_source)
    if description is not None:
        media.description = own_words(checked_description(description), media.source_type)
    if focus is not None:
        media.focus_x, media.focus_y = checked_focus(focus)
    if licence is not None:
        media.licence = CHOICES[licence] if licence else ""
    async with server.db.transaction():
        await media.save(update_fields=[*SAID, "licence"])
        if media.source_type != was:
            await relabel(server, media)
    return media


async def relabel(server: Server, media: MediaAttachment) -> None:
    """In the running transaction: have what a picture's row says of models written into its files too."""
    work = RelabelMedia(media_id=media.id)
    await enqueue(server, NewJob(work=work, order_key=f"label:{media.id}"))


def claim(media: MediaAttachment, source_type: str) -> None:
    """Put the author's word that a model made a picture on its row, or take it back ("").

    Raises Invalid for what is no such word, and for a label that is not the author's: what the studio or
    the file says stays.
    """
    source = checked_source(source_type)
    if media.source_type and media.label_origin != "author":
        if source is None or source.iri != media.source_type:
            raise Invalid("source_type", "is what the file itself says, and stays")
        return
    media.source_type = source.iri if source else ""
    media.label_origin = "author" if source else ""
    if source is None:
        media.ai_system = media.ai_version = ""


async def show_source(media: MediaAttachment, *, shows: bool) -> None:
    """Put on a row whether others are told what it was made from (`isBasedOn`).

    Raises Invalid when that is not in a post that is there for everybody: naming a private picture gives
    it away. What a remix was made from is always told (`fedi.actions.remixing`).
    """
    if not shows:
        media.shows_source = False
        return
    media.based_on_uri = media.based_on_uri or await _open_source(media)
    if not media.based_on_uri:
        raise Invalid("shows_source", "needs an original that stands in a public post")
    media.shows_source = True


async def _open_source(media: MediaAttachment) -> str:
    source = await MediaAttachment.get_or_none(id=media.derived_from_id or 0).select_related("post")
    post = source.post if source is not None else None
    if post is None or post.local_only or post.visibility not in {"public", "unlisted"}:
        return ""
    return post.uri


async def drop(server: Server, media: MediaAttachment) -> None:
    """Remove a picture that is in no post, on no profile and waits with none. Raises Invalid when it is."""
    if not await remove_unused(server, [media]):
        raise Invalid("", "This picture is used by a post or a profile.")


async def remove_unused(server: Server, media: Sequence[MediaAttachment]) -> int:
    """Remove those of some pictures that no post, none to come and no profile uses, rows first.

    Gives how many were removed.
    """
    async with server.db.transaction():
        ids = [each.id for each in media]
        free = await MediaAttachment.filter(id__in=ids, post_id=None)
        in_use = await _keys_on_profiles(free)
        waiting = await pending.waiting_media(server, [each.id for each in free])
        gone = [each for each in free if in_use.isdisjoint(keys_of(each)) and each.id not in waiting]
        await MediaAttachment.filter(id__in=[each.id for each in gone]).delete()
    for key in {key for each in gone for key in keys_of(each)}:
        await server.store.delete(key)
    return len(gone)


async def prepare(server: Server, data: bytes, claimed: DigitalSource | None = None) -> Prepared:
    """Make an upload fit to be kept. Raises TooLarge, Unsupported or Invalid for what is not taken.

    `claimed` is how its author says it came to be; that a model made it, the file itself says better.
    """
    settings = server.settings
    return await server.pictures.prepare(
        data,
        image_limits(settings),
        pixels_kept=settings.media.max_pixels_kept,
        pixels_drawn=settings.studio.max_pixels,
        claimed=claimed,
    )


async def prepare_drawn(server: Server, drawn: EncodedImage, label: Label) -> Prepared:
    """Make a picture of the studio fit to be kept. Raises Invalid when its file cannot be read."""
    settings = server.settings
    return await server.pictures.prepare_drawn(
        drawn, label, pixels_kept=settings.media.max_pixels_kept, pixels_drawn=settings.studio.max_pixels
    )


@asynccontextmanager
async def stored(server: Server, prepared: Prepared) -> AsyncIterator[Mapping[str, Any]]:
    """Store the files of a picture and give the columns that name them; if the block fails, remove them.

    Raises StorageFull; then none of the files is left.
    """
    files = {name: getattr(prepared, name) for name in ("file", "preview", "full")}
    keys = {name: new_key(FOLDER, _EXTENSIONS[file.media_type]) for name, file in files.items() if file}
    try:
        for name, key in keys.items():
            await server.store.put(key, files[name].data)
        yield {
            "original_key": keys.get("full", keys["file"]),
            "file_key": keys["file"],
            "preview_key": keys["preview"],
            "media_type": prepared.file.media_type,
            "size_bytes": len(prepared.file.data),
            "width": prepared.file.width,
            "height": prepared.file.height,
            "preview_width": prepared.preview.width,
            "preview_height": prepared.preview.height,
            "blurhash": prepared.blurhash,
            "kind": prepared.kind,
            "frames": prepared.frames,
            "duration_ms": prepared.duration_ms,
            **label_columns(prepared.label, prepared.origin),
        }
    except BaseException:
        for key in keys.values():
            await server.store.delete(key)
        raise


def image_limits(settings: Settings) -> ImageLimits:
    """What uploads may be, from the settings."""
    return ImageLimits(max_bytes=settings.media.max_bytes, max_pixels=settings.media.max_pixels)


def label_columns(label: Label | None, origin: str) -> Mapping[str, str]:
    """The columns that tell whether a model made a picture; a camera's own label is no such thing."""
    if label is None or not label.source.is_ai:
        return {}
    return {
        "source_type": label.source.iri,
        "ai_system": label.system[:_LABEL_CHARACTERS],
        "ai_version": label.system_version[:_LABEL_CHARACTERS],
        "label_origin": origin,
    }


def checked_source(word: str) -> DigitalSource | None:
    """Give how an author says that a picture came to be, None for "". Raises Invalid for another word.

    It is a code of IPTC's vocabulary or its IRI, one of those that say that a model had a part in it.
    """
    source = source_from_iri(word) if word else None
    if word and (source is None or not source.is_ai):
        known = ", ".join(each.value for each in DigitalSource if each.is_ai)
        raise Invalid("source_type", f"must be one of {known}")
    return source


def label_of(media: MediaAttachment) -> DigitalSource | None:
    """How a picture of ours came to be, where its row says so."""
    return next((source for source in DigitalSource if source.iri == media.source_type), None)


async def _keys_on_profiles(media: Sequence[MediaAttachment]) -> set[str]:
    keys = [key for each in media for key in keys_of(each)]
    if not keys:
        return set()
    found: set[str] = set()
    for column in ("avatar_key", "header_key"):
        rows = Account.filter(domain="", **{f"{column}__in": keys})
        found.update(str(key) for key in await rows.values_list(column, flat=True))
    return found


def keys_of(media: MediaAttachment) -> set[str]:
    """The keys of a picture's files."""
    return {media.original_key, media.file_key, media.preview_key} - {""}


def checked_description(description: str) -> str:
    """Give an alt text as it is stored. Raises Invalid for one that is too long."""
    text = clean_text(description).strip()
    if len(text) > DESCRIPTION_MAX_CHARACTERS:
        raise Invalid("description", f"is too long (the most is {DESCRIPTION_MAX_CHARACTERS} characters)")
    return text


def check_licence(word: str | None) -> None:
    """Raise Invalid for a licence that cannot be chosen; "" is none, None no choice."""
    if word and word not in CHOICES:
        raise Invalid("licence", f"must be one of {', '.join(CHOICES)}")


def checked_focus(focus: tuple[float, float]) -> tuple[float, float]:
    """Give a focal point brought within -1..1."""
    x, y = (min(1.0, max(-1.0, at)) if math.isfinite(at) else 0.0 for at in focus)
    return x, y
