"""The studio: ask for a picture to be drawn in a style, draw it, cancel it. The drawing: fedi/styles.

A run is queued, running, done, failed or cancelled; each change is one conditional UPDATE, so that a run
ends once, whoever draws or cancels it at the same time. Every change is told on `topic(run_id)` as JSON:
`{"state": …, "progress": 0..1}`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import get_args

import msgspec
from anyio import to_thread

from fedi.actions import media, moving, remixing, style_guides, style_turns
from fedi.actions.style_turns import OPEN as OPEN
from fedi.errors import FediError, Forbidden, Invalid, NotFound, StyleFailed, StyleStopped
from fedi.jobs.kinds import DrawMoving, RunStyle
from fedi.media.images import EncodedImage
from fedi.media.provenance import DigitalSource, Label, write_packet
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment, StyleRun
from fedi.queries import offers
from fedi.queries.studio_use import PARKED_AFTER
from fedi.server import VERSION, Server
from fedi.styles.catalogue import Style
from fedi.styles.controls import Controls
from fedi.styles.engine import while_wanted
from fedi.styles.messages import PictureSize

_CONTROLS = frozenset(Controls.__struct_fields__)
_DAY = timedelta(days=1)
_REPORT_EVERY_SECONDS = 0.2
_LOOK_EVERY_SECONDS = 0.1
_REASON_CHARACTERS = 500
_SIZES: Mapping[str, PictureSize] = {size: size for size in get_args(PictureSize)}


async def ask(
    server: Server,
    account: Account,
    source: MediaAttachment,
    style: str,
    *,
    size: str = "portrait",
    guide: MediaAttachment | None = None,
) -> StyleRun:
    """Queue the drawing of a picture in a style; see `run` for what becomes of it.

    Raises Forbidden when the studio is off, NotFound for a style that is not there or a picture that is not
    the account's, Invalid for a picture that cannot be drawn, TooMany beyond what an account may ask for.
    """
    return (await ask_all(server, account, [source], style, size=size, guide=guide))[0]


async def ask_all(
    server: Server,
    account: Account,
    sources: Sequence[MediaAttachment],
    style: str,
    *,
    size: str = "portrait",
    guide: MediaAttachment | None = None,
    batch: int | None = None,
) -> list[StyleRun]:
    """Queue the drawing of several pictures, all of them or none; raises as `ask`.

    `guide` is the picture to draw like, for styles that take one.
    """
    if not server.settings.studio.enabled:
        raise Forbidden("The studio is switched off on this server.")
    if any(source.account_id != account.id for source in sources):
        raise NotFound
    if size not in _SIZES:
        raise Invalid("size", f"must be one of {', '.join(_SIZES)}")
    if any(source.state != "ready" or not source.original_key for source in sources):
        raise Invalid("media_id", "is not a picture that can be drawn")
    for source in sources:
        moving.check(source, server.settings)
    chosen = await offers.find(server, style)
    kept = style_guides.check(account, chosen, guide)
    async with server.db.transaction():
        consents = [await remixing.consent_to(account, source) for source in sources]
        await style_turns.check_quota(server, account, len(sources))
        runs = [
            await StyleRun.create(
                id=server.new_id(),
                account=account,
                source=source,
                style=chosen.name,
                style_version=chosen.version,
                size=size,
                settings=kept,
                kind=moving.kind_of(source),
                batch=batch,
                remix=consent,
                created_at=server.clock.now(),
            )
            for source, consent in zip(sources, consents, strict=True)
        ]
        for run in runs:
            await style_turns.enqueue(server, run)
    return runs


async def own(account: Account, run_id: int) -> StyleRun:
    """Give a run of this account. Raises NotFound for any other, as if it were not there."""
    run = await StyleRun.get_or_none(id=run_id, account_id=account.id)
    if run is None:
        raise NotFound
    return run


async def cancel(server: Server, run: StyleRun) -> StyleRun:
    """End a run that waits or is being drawn; one that has ended stays as it is. Gives it as it is now."""
    await _end(server, run.id, "cancelled", reason="")
    await run.refresh_from_db()
    return run


async def run(server: Server, job: RunStyle) -> None:
    """Draw what was asked for and keep it beside the original, as a picture of its own (job RunStyle).

    Whatever goes wrong ends in a failed run with a reason for its owner, the original untouched. If the
    server died under it, or the process that draws, it is drawn once more; then it is parked as failed.
    """
    await _run(server, job.run_id)


async def run_film(server: Server, job: DrawMoving) -> None:
    """Draw an animation or a clip; otherwise as `run`."""
    await _run(server, job.run_id)


async def _run(server: Server, run_id: int) -> None:
    while (begun := await _begin(server, run_id)) is not None:
        try:
            style = await offers.find(server, begun.style)
            await _draw(server, begun, begun.source, style)
        except StyleStopped as error:
            if begun.attempts < PARKED_AFTER:
                continue
            await _end(server, begun.id, "failed", reason=str(error))
        except FediError as error:
            await _end(server, begun.id, "failed", reason=str(error))
        return


async def end_lost(server: Server) -> int:
    """End runs that no job will take up any more (given up while the disk was full); gives how many."""
    before_id = server.ids.past(server.clock.now() - _DAY)
    runs = {
        style_turns.key_of(run.id): run for run in await StyleRun.filter(state__in=OPEN, id__lt=before_id)
    }
    jobs = await Job.filter(unique_key__in=list(runs), state__in=("ready", "running"))
    lost = runs.keys() - {job.unique_key for job in jobs}
    for key in lost:
        await _end(server, runs[key].id, "failed", reason="The server could not draw this.")
    return len(lost)


def topic(run_id: int) -> str:
    """The topic on which a run's changes are told."""
    return f"style:{run_id}"


def label_for(source: DigitalSource | None, style: Style) -> Label:
    """Label a drawing: of a photograph it is a composite; of what a model had made alone it stays that."""
    made_alone = source is DigitalSource.TRAINED
    return Label(
        source=DigitalSource.TRAINED if made_alone else DigitalSource.COMPOSITE_WITH_TRAINED,
        system=style.title,
        system_version=style.version,
        tool=f"fedi {VERSION}",
    )


async def _begin(server: Server, run_id: int) -> StyleRun | None:
    """Take a run on, its source loaded; None when there is nothing to draw (any more)."""
    async with server.db.transaction():
        run = await StyleRun.filter(id=run_id).select_related("source", "account").first()
        if run is None or run.state not in OPEN:
            return None
        if run.attempts >= PARKED_AFTER:
            await _end(server, run.id, "failed", reason="The server stopped twice while it drew this.")
            return None
        if run.account.suspended_at is not None or run.account.gone_at is not None:
            await _end(server, run.id, "cancelled", reason="")
            return None
        run.state, run.progress, run.attempts = "running", 0.0, run.attempts + 1
        run.started_at = server.clock.now()
        await run.save(update_fields=["state", "progress", "attempts", "started_at"])
        server.db.after_commit(partial(_tell, server, run.id, "running", 0.0))
    return run


async def _draw(server: Server, run: StyleRun, source: MediaAttachment, style: Style) -> None:
    label = label_for(media.label_of(source), style)
    if run.kind != style_turns.STILL:
        await _draw_film(server, run, source, label)
        return
    try:
        data = await server.store.read(source.original_key)
    except NotFound as error:
        raise StyleFailed("The picture's file is not there any more.") from error
    drawn = await server.styles.run(
        run.style,
        data,
        size=_SIZES[run.size],
        guide=await style_guides.read(server, run),
        xmp=write_packet(label),
        on_progress=_Report(server, run.id),
        cancel=_Wish(server, run.id),
    )
    encoded = EncodedImage(
        data=drawn.data, media_type=drawn.media_type, width=drawn.width, height=drawn.height
    )
    prepared = await to_thread.run_sync(
        media.prepare_drawn, encoded, label, server.settings, limiter=server.picture_turns
    )
    await _keep(server, run, prepared, version=drawn.version, seconds=drawn.seconds)


async def _draw_film(server: Server, run: StyleRun, source: MediaAttachment, label: Label) -> None:
    chosen = {name: value for name, value in (run.settings or {}).items() if name in _CONTROLS}
    work = moving.draw(
        server,
        source,
        run.style,
        size=_SIZES[run.size],
        controls=msgspec.convert(chosen, Controls),
        guide=await style_guides.read(server, run),
        label=label,
        report=_Report(server, run.id),
    )
    try:
        drawn = await while_wanted(work, _Wish(server, run.id))
    except NotFound as error:
        raise StyleFailed("The film's file or its style is not there any more.") from error
    await _keep(server, run, drawn.prepared, version=drawn.version, seconds=drawn.seconds)


async def _keep(
    server: Server, run: StyleRun, prepared: media.Prepared, *, version: str, seconds: float
) -> None:
    """Make the drawing a picture of the account, and the run done, in one transaction."""
    now = server.clock.now()
    async with media.stored(server, prepared) as columns, server.db.transaction():
        is_wanted = await StyleRun.filter(id=run.id, state="running").update(
            state="done", progress=1.0, finished_at=now, style_version=version, seconds=seconds
        )
        # The description may have been changed while the picture was drawn.
        source = await MediaAttachment.get_or_none(id=run.source_id)
        if not is_wanted or source is None:
            raise StyleFailed("The drawing was cancelled.")
        result = await MediaAttachment.create(
            id=server.new_id(),
            account_id=run.account_id,
            description=source.description,
            focus_x=source.focus_x,
            focus_y=source.focus_y,
            derived_from=source,
            based_on_uri=source.based_on_uri,
            created_at=now,
            **columns,
        )
        await StyleRun.filter(id=run.id).update(result_id=result.id)
        server.db.after_commit(partial(_tell, server, run.id, "done", 1.0))


async def _end(server: Server, run_id: int, state: str, *, reason: str) -> None:
    """End a run that is open as failed or cancelled; nothing happens to one that has ended."""
    async with server.db.transaction():
        ended = await StyleRun.filter(id=run_id, state__in=OPEN).update(
            state=state, reason=reason[:_REASON_CHARACTERS], finished_at=server.clock.now()
        )
        if ended:
            await style_turns.forget(run_id)
            server.db.after_commit(partial(_tell, server, run_id, state, 0.0))


def _tell(server: Server, run_id: int, state: str, progress: float) -> None:
    message = msgspec.json.encode({"state": state, "progress": round(progress, 3)}).decode()
    server.pubsub.publish(topic(run_id), message)


class _Report:
    """Writes how far a run is, at most five times a second."""

    def __init__(self, server: Server, run_id: int) -> None:
        self._server, self._run_id, self._next = server, run_id, 0.0

    async def __call__(self, fraction: float) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + _REPORT_EVERY_SECONDS
        async with self._server.db.transaction():
            await StyleRun.filter(id=self._run_id, state="running").update(progress=fraction)
        _tell(self._server, self._run_id, "running", fraction)


class _Wish:
    """Waits until a run is no longer wanted: by what is told, and by its row, for other processes."""

    def __init__(self, server: Server, run_id: int) -> None:
        self._server, self._run_id = server, run_id

    async def wait(self) -> None:
        """Return once the run is cancelled or gone."""
        with self._server.pubsub.subscribe(topic(self._run_id)) as told:
            while await StyleRun.filter(id=self._run_id, state="running").exists():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                        while '"cancelled"' not in (await told.get())[1]:
                            continue
