"""Uploads that are answered before they are ready: the bytes are stored first, and made a picture after.

Row, raw file and job are there before anything else is done with an upload, so that nothing is lost when the
server dies. Whoever took it in makes the picture at once, worker or not; the job is for what did not get so
far. Raw files lie under a name that is served to nobody, for they still hold what cameras write into them.
"""

import asyncio

from fedi.actions import clips, media
from fedi.activitypub.licences import CHOICES
from fedi.errors import Fate, FediError, Invalid, NotFound
from fedi.jobs.kinds import ProcessMedia
from fedi.jobs.queue import NewJob, enqueue
from fedi.logs import logger
from fedi.media.prepared import Prepared
from fedi.media.provenance import DigitalSource
from fedi.media.sniff import sniff_clip
from fedi.media.store import new_key
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.server import Server

# Not among the extensions that fedi/mediaroutes.py gives out.
_RAW_FOLDER, _RAW_EXTENSION = "incoming", "raw"
# By then whoever took the upload in has made the picture, or is dead.
_JOB_SECONDS = 120.0
_ERROR_CHARACTERS = 500
_UNREADABLE = "This file could not be read."


class Making:
    """The pictures that this process is making, by the id of their row."""

    def __init__(self) -> None:
        self.tasks: dict[int, asyncio.Task[MediaAttachment]] = {}


async def begin(
    server: Server,
    account: Account,
    data: bytes,
    *,
    description: str = "",
    focus: tuple[float, float] = (0.0, 0.0),
    licence: str = "",
    source_type: str = "",
) -> MediaAttachment:
    """Take an upload in and begin to make a picture of it; the row is `processing`.

    `source_type` is its author's word that a model made it.
    Raises TooLarge, Unsupported or Invalid for what can be seen at once not to be accepted, StorageFull when
    nothing could be stored.
    """
    media.check_licence(licence)
    claimed = media.checked_source(source_type)
    is_clip = sniff_clip(data) is not None
    if is_clip:
        clips.check(server, len(data))
    else:
        media.check_size(server, data)
    await media.check_quota(server, account, len(data))
    text, (x, y) = media.checked_description(description), media.checked_focus(focus)
    if not is_clip:
        await server.pictures.look(data, media.image_limits(server.settings))
    key = new_key(_RAW_FOLDER, _RAW_EXTENSION)
    await server.store.put(key, data)
    try:
        async with server.db.transaction():
            row = await MediaAttachment.create(
                id=server.new_id(),
                account=account,
                state="processing",
                original_key=key,
                description=text,
                focus_x=x,
                focus_y=y,
                licence=CHOICES[licence] if licence else "",
                source_type=claimed.iri if claimed else "",
                label_origin="author" if claimed else "",
                created_at=server.clock.now(),
            )
            work = NewJob(
                work=ProcessMedia(media_id=row.id), unique_key=f"media:{row.id}", wait_seconds=_JOB_SECONDS
            )
            await enqueue(server, work)
    except BaseException:
        await server.store.delete(key)
        raise
    _make(server, row)
    return row


async def receive(server: Server, account: Account, data: bytes, *, description: str = "") -> MediaAttachment:
    """Keep a picture or a clip of an account, as `media.upload` does, and wait until it is ready."""
    if sniff_clip(data) is None:
        return await media.upload(server, account, data, description=description)
    row = await begin(server, account, data, description=description)
    return await wait(server, row, seconds=_JOB_SECONDS)


async def wait(server: Server, row: MediaAttachment, *, seconds: float) -> MediaAttachment:
    """Give the row as it is when the picture is made, or as it still is after so long.

    What turns out to be no picture is forgotten; raises what `media.upload` would.
    """
    task = server.memory.of(Making).tasks.get(row.id)
    if task is None:
        return await MediaAttachment.get(id=row.id)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        return row
    try:
        return task.result()
    except FediError as error:
        if error.fate is not Fate.RETRY:
            await media.remove_unused(server, [await MediaAttachment.get(id=row.id)])
        raise


async def run(server: Server, work: ProcessMedia) -> None:
    """Run the job: make the picture if nobody has yet."""
    row = await MediaAttachment.get_or_none(id=work.media_id, state="processing")
    if row is None:
        return
    try:
        await _process(server, row)
    except FediError as error:
        if error.fate is Fate.RETRY:
            raise


def _make(server: Server, row: MediaAttachment) -> None:
    making = server.memory.of(Making).tasks
    task = asyncio.create_task(_process(server, row))  # noqa: TID251  outlives the request; the job is its net
    making[row.id] = task

    def done(finished: asyncio.Task[MediaAttachment]) -> None:
        making.pop(row.id, None)
        if not finished.cancelled():
            # Said on the row, to whoever waits, and in the log: not once more at the end of the program.
            finished.exception()

    task.add_done_callback(done)


async def _process(server: Server, row: MediaAttachment) -> MediaAttachment:
    """Make the picture of a row and remove the raw file. Says on the row why there is none, and raises it."""
    raw_key = row.original_key
    try:
        await _keep(server, row, await _prepared(server, raw_key, media.label_of(row)))
    except FediError as error:
        if error.fate is Fate.RETRY:
            raise
        now = await MediaAttachment.get_or_none(id=row.id)
        if now is not None and now.state == "ready":
            return now
        await _fail(server, row, str(error))
        raise
    except Exception as error:
        # A file that breaks the decoder breaks it each time.
        logger().exception("media.failed", media=row.id)
        await _fail(server, row, _UNREADABLE)
        raise Invalid("", _UNREADABLE) from error
    await server.store.delete(raw_key)
    return await MediaAttachment.get(id=row.id)


async def _prepared(server: Server, raw_key: str, claimed: DigitalSource | None) -> Prepared:
    data = await server.store.read(raw_key)
    if kind := sniff_clip(data):
        del data
        return await clips.prepare(server, server.store.path(raw_key), kind, claimed)
    return await media.prepare(server, data, claimed)


async def _keep(server: Server, row: MediaAttachment, prepared: Prepared) -> None:
    """Store the picture. Raises NotFound when another run was faster or its owner removed it."""
    async with media.stored(server, prepared) as columns, server.db.transaction():
        waiting = MediaAttachment.filter(id=row.id, state="processing")
        if not await waiting.update(**columns, state="ready"):
            raise NotFound


async def _fail(server: Server, row: MediaAttachment, reason: str) -> None:
    async with server.db.transaction():
        await MediaAttachment.filter(id=row.id, state="processing").update(
            state="failed", error=reason[:_ERROR_CHARACTERS], original_key=""
        )
    await server.store.delete(row.original_key)
