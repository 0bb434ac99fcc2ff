"""The studio: ask for a picture to be drawn in a style, draw it, cancel it. The drawing: fedi/styles.

A run is queued, running, done, failed or cancelled; each change is one conditional UPDATE, so that a run
ends once, whoever draws or cancels it at the same time. Every change is told on `topic(run_id)` as JSON:
`{"state": …, "progress": 0..1}`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from fedi.actions import (
    choices,
    credentials,
    drawings,
    media,
    moving,
    remixing,
    style_guides,
    style_turns,
    style_watch,
)
from fedi.actions.style_turns import OPEN as OPEN
from fedi.actions.style_watch import topic as topic
from fedi.errors import FediError, Forbidden, Invalid, NotFound, StyleFailed, StyleStopped
from fedi.jobs.kinds import DrawMoving, RunStyle
from fedi.media.prepared import EncodedImage
from fedi.media.provenance import DigitalSource, Label, write_packet
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment, StyleRun
from fedi.queries import offers
from fedi.queries.studio_use import PARKED_AFTER
from fedi.server import VERSION, Server
from fedi.styles.catalogue import Style
from fedi.styles.controls import Controls
from fedi.styles.wishes import while_wanted

_DAY = timedelta(days=1)
_REASON_CHARACTERS = 500
_AS_MEANT = Controls()


async def ask(
    server: Server,
    account: Account,
    source: MediaAttachment,
    style: str,
    *,
    size: str = "portrait",
    controls: Controls = _AS_MEANT,
    guide: MediaAttachment | None = None,
) -> StyleRun:
    """Queue the drawing of a picture in a style; see `run` for what becomes of it.

    What the account has had drawn just so is done at once. `guide` is a picture to draw like.

    Raises Forbidden when the studio is off, NotFound for a style that is not there or a picture that is not
    the account's, Invalid for a picture that cannot be drawn, TooMany beyond what an account may ask for.
    """
    return (await ask_all(server, account, [source], style, size=size, controls=controls, guide=guide))[0]


async def ask_all(
    server: Server,
    account: Account,
    sources: Sequence[MediaAttachment],
    style: str,
    *,
    size: str = "portrait",
    controls: Controls = _AS_MEANT,
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
    choices.read_size(size)
    if any(source.state != "ready" or not source.original_key for source in sources):
        raise Invalid("media_id", "is not a picture that can be drawn")
    for source in sources:
        moving.check(source, server.settings, size=size)
    await remixing.require_own_guide(account, guide)
    chosen = await offers.find(server, style)
    choices.check(chosen, controls)
    settings = msgspec.to_builtins(controls) | style_guides.check(account, chosen, guide)
    keys = [
        await drawings.key_of(server, source, chosen, size=size, controls=controls, guide=guide)
        for source in sources
    ]
    async with AsyncExitStack() as stack:
        formers = [await stack.enter_async_context(drawings.again(server, account, key)) for key in keys]
        await stack.enter_async_context(server.db.transaction())
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
                settings=settings,
                cache_key=key,
                kind=moving.kind_of(source),
                batch=batch,
                remix=consent,
                created_at=server.clock.now(),
            )
            for source, key, consent in zip(sources, keys, consents, strict=True)
        ]
        for run, source, columns in zip(runs, sources, formers, strict=True):
            if columns is None:
                await style_turns.enqueue(server, run)
            else:
                await _finish(server, run, source, columns, seconds=0.0)
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
        server.db.after_commit(partial(style_watch.tell, server, run.id, "running", 0.0))
    return run


async def _draw(server: Server, run: StyleRun, source: MediaAttachment, style: Style) -> None:
    async with drawings.again(server, run.account, run.cache_key) as columns:
        # Asked for twice: the first was drawn while this one waited.
        if columns is not None:
            await _keep(server, run, columns, seconds=0.0)
            return
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
        size=choices.SIZES[run.size],
        controls=choices.controls_of(run),
        guide=await style_guides.read(server, run),
        xmp=write_packet(label),
        on_progress=style_watch.Report(server, run.id),
        cancel=style_watch.Wish(server, run.id),
    )
    encoded = EncodedImage(
        data=drawn.data, media_type=drawn.media_type, width=drawn.width, height=drawn.height
    )
    prepared = await media.prepare_drawn(server, encoded, label)
    prepared = await credentials.signed(server, prepared)
    async with media.stored(server, prepared) as columns:
        await _keep(server, run, columns, seconds=drawn.seconds, version=drawn.version)


async def _draw_film(server: Server, run: StyleRun, source: MediaAttachment, label: Label) -> None:
    work = moving.draw(
        server,
        source,
        run.style,
        size=choices.SIZES[run.size],
        controls=choices.controls_of(run),
        guide=await style_guides.read(server, run),
        label=label,
        report=style_watch.Report(server, run.id),
    )
    try:
        drawn = await while_wanted(work, style_watch.Wish(server, run.id))
    except NotFound as error:
        raise StyleFailed("The film's file or its style is not there any more.") from error
    async with media.stored(server, drawn.prepared) as columns:
        await _keep(server, run, columns, seconds=drawn.seconds, version=drawn.version)


async def _keep(
    server: Server, run: StyleRun, columns: Mapping[str, Any], *, seconds: float, version: str = ""
) -> None:
    """Make the drawing a picture of the account, and the run done, in one transaction."""
    async with server.db.transaction():
        # The description may have been changed while the picture was drawn.
        source = await MediaAttachment.get_or_none(id=run.source_id)
        is_wanted = await StyleRun.filter(id=run.id, state="running").exists()
        if not is_wanted or source is None:
            raise StyleFailed("The drawing was cancelled.")
        run.style_version = version or run.style_version
        await _finish(server, run, source, columns, seconds=seconds)


async def _finish(
    server: Server, run: StyleRun, source: MediaAttachment, columns: Mapping[str, Any], *, seconds: float
) -> None:
    """End a run as done with its result, in your transaction."""
    run.result = await drawings.create(server, run, source, columns)
    run.state, run.progress, run.seconds, run.finished_at = "done", 1.0, seconds, server.clock.now()
    run.started_at = run.started_at or run.finished_at
    await run.save(
        update_fields=[
            "result_id", "style_version", "state", "progress", "seconds", "started_at", "finished_at",
        ]
    )  # fmt: skip
    server.db.after_commit(partial(style_watch.tell, server, run.id, "done", 1.0))


async def _end(server: Server, run_id: int, state: str, *, reason: str) -> None:
    """End a run that is open as failed or cancelled; nothing happens to one that has ended."""
    async with server.db.transaction():
        ended = await StyleRun.filter(id=run_id, state__in=OPEN).update(
            state=state, reason=reason[:_REASON_CHARACTERS], finished_at=server.clock.now()
        )
        if ended:
            await style_turns.forget(run_id)
            server.db.after_commit(partial(style_watch.tell, server, run_id, state, 0.0))
