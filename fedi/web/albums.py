"""Several pictures at once in the studio: choose them, see how far they are, post what came of them."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from fedi.actions import batches, styles, uploads
from fedi.errors import FediError, Invalid
from fedi.models.media import MediaAttachment, StyleRun
from fedi.queries import offers, style_queue
from fedi.web.choosing import Choice, read_address, read_choice
from fedi.web.forms import Form
from fedi.web.posts import id_in_path
from fedi.web.rendering import render
from fedi.web.settings import read_file
from fedi.web.visits import Visit, see

_PICTURES = 24


async def show(visit: Visit) -> Response:
    """GET /studio/several?style=&size=, and the controls by their names."""
    return await _page(visit, read_address(visit.request.query_params), ())


async def ask(visit: Visit, form: Form) -> Response:
    """POST /studio/several: keep what was uploaded, and queue the drawing of all of it or nothing."""
    choice, kept = read_choice(form), list(form.ids("media"))
    try:
        files, most = form.files("pictures"), visit.server.settings.studio.batch
        if len(kept) + len(files) > most:
            raise Invalid("", f"{most} pictures can be drawn at once; you chose {len(kept) + len(files)}.")
        if not kept and not files:
            raise Invalid("", "Choose some pictures first, or upload them.")
        for file in files:
            row = await uploads.receive(visit.server, visit.person, await read_file(file))
            kept.append(row.id)
        runs = await batches.ask(
            visit.server, visit.person, kept, choice.style, size=choice.size, controls=choice.controls()
        )
    except FediError as error:
        problem = error.reason if isinstance(error, Invalid) else str(error)
        return await _page(visit, replace(choice, problem=problem), kept, status=error.status_code)
    return see(f"/studio/several/{runs[0].batch}")


async def batch(visit: Visit) -> Response:
    """GET /studio/several/{id}: how far each of them is."""
    id_ = id_in_path(visit)
    await batches.own(visit.person, id_)
    runs = (
        await StyleRun.filter(account_id=visit.person.id, batch=id_)
        .select_related("source", "result")
        .order_by("id")
    )
    is_open = any(run.state in styles.OPEN for run in runs)
    found = await style_queue.standings(visit.server) if is_open else {}
    made = [run.result for run in runs if run.result is not None and run.result.post_id is None]
    return render(
        visit,
        "batch.html",
        batch=id_,
        runs=runs,
        is_open=is_open,
        standings=found,
        seconds_left=max((found[run.id].seconds_left for run in runs if run.id in found), default=0.0),
        made=made[: visit.server.settings.media.per_post],
        done=sum(run.state not in styles.OPEN for run in runs),
    )


async def cancel(visit: Visit, form: Form) -> Response:
    """POST /studio/several/{id}/cancel: those that are open."""
    del form
    id_ = id_in_path(visit)
    await batches.cancel(visit.server, visit.person, id_)
    return see(f"/studio/several/{id_}")


async def _page(visit: Visit, choice: Choice, media_ids: Sequence[int], *, status: int = 200) -> Response:
    person = visit.person
    kinds = ("image", "gifv", "video")
    pictures = await (
        MediaAttachment.filter(account_id=person.id, kind__in=kinds, state="ready")
        .exclude(original_key="")
        .order_by("-id")
        .limit(_PICTURES)
    )
    missing = set(media_ids) - {each.id for each in pictures}
    if missing:
        pictures = [*await MediaAttachment.filter(id__in=list(missing), account_id=person.id), *pictures]
    # A style that draws like a second picture is chosen one picture at a time.
    offered = [each for each in await offers.offered(visit.server) if not each.style.needs_guide]
    return render(
        visit,
        "several.html",
        status,
        pictures=pictures,
        choice=choice,
        media_ids=media_ids,
        offered=offered,
        variants=sorted({name for offer in offered for name in offer.style.variants}),
        most=visit.server.settings.studio.batch,
        enabled=visit.server.settings.studio.enabled,
    )
