"""What came of a run, kept: as a picture of its own, and for whoever asks for the very same once more.

The same picture, model and settings of one account give the former result, copied: its own files, its own
row. Somebody else's is never given. It is gone when its result is deleted.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from fedi.actions import media
from fedi.errors import NotFound
from fedi.media.store import new_key
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, StyleRun
from fedi.server import VERSION, Server
from fedi.styles.catalogue import Style
from fedi.styles.controls import Controls

_FILES = ("original_key", "file_key", "preview_key")
_COPIED = (
    "kind", "media_type", "size_bytes", "width", "height", "preview_width", "preview_height", "blurhash",
    "frames", "duration_ms", "source_type", "ai_system", "ai_version", "label_origin",
)  # fmt: skip


async def key_of(
    server: Server,
    source: MediaAttachment,
    style: Style,
    *,
    size: str,
    controls: Controls,
    guide: MediaAttachment | None,
) -> str:
    """The digest of all that decides what a drawing looks like and says of itself; "" if a file is gone."""
    try:
        files = [await server.store.read(each.original_key) for each in (source, guide) if each is not None]
    except NotFound:
        return ""
    manifest = {name: getattr(style, name) for name in style.__struct_fields__ if name != "folder"}
    parts = [
        VERSION, manifest, size, controls, source.source_type,
        *(hashlib.sha256(file).hexdigest() for file in files),
    ]  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


@asynccontextmanager
async def again(server: Server, account: Account, key: str) -> AsyncIterator[Mapping[str, Any] | None]:
    """Copy the files of the result that an account has for a key, and give the columns of its new row.

    Gives None when there is no such result. If the block fails, the copies are removed. Raises StorageFull.
    """
    former = await StyleRun.filter(
        account_id=account.id, cache_key=key, state="done", result_id__isnull=False
    ).select_related("result").order_by("-id").first() if key else None  # fmt: skip
    if former is None or former.result is None:
        yield None
        return
    result, copies = former.result, {}
    try:
        try:
            for old in {getattr(result, name) for name in _FILES} - {""}:
                new = new_key(media.FOLDER, old.rpartition(".")[2])
                copies[old] = new
                await server.store.put(new, await server.store.read(old))
        except NotFound:
            # A file was lost: it is drawn again.
            await _remove(server, copies)
            yield None
            return
        yield {name: getattr(result, name) for name in _COPIED} | {
            name: copies.get(getattr(result, name), "") for name in _FILES
        }
    except BaseException:
        await _remove(server, copies)
        raise


async def create(
    server: Server, run: StyleRun, source: MediaAttachment, columns: Mapping[str, Any]
) -> MediaAttachment:
    """Make the result of a run a picture of its account, in your transaction."""
    return await MediaAttachment.create(
        id=server.new_id(),
        account_id=run.account_id,
        description=source.description,
        focus_x=source.focus_x,
        focus_y=source.focus_y,
        derived_from=source,
        based_on_uri=source.based_on_uri,
        created_at=server.clock.now(),
        **columns,
    )


async def _remove(server: Server, copies: Mapping[str, str]) -> None:
    for key in copies.values():
        await server.store.delete(key)
