"""The studio: choose a picture and a style, have it drawn, see how far it is, use what came of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from anyio import to_thread
from starlette.responses import Response, StreamingResponse

from fedi.actions import accounts, media, styles, uploads
from fedi.actions.previews import Preview
from fedi.errors import FediError, Invalid, NotFound
from fedi.models.media import MediaAttachment, StyleRun
from fedi.queries import offers, prompts, style_queue
from fedi.styles.catalogue import Style
from fedi.web import views
from fedi.web.choosing import Choice, address_of, read_address, read_choice, settings_of
from fedi.web.forms import Form
from fedi.web.posts import id_in_path
from fedi.web.rendering import render, static_folder
from fedi.web.settings import read_file
from fedi.web.visits import Visit, see

_PICTURES, _RUNS = 11, 12
_LOOK_SECONDS = 2.0
# Then the browser asks again by itself; a connection that nobody ends would hold up a restart.
_STREAM_SECONDS = 300.0
_KINDS = ("image", "gifv", "video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A style as its card shows it: `sample` is a static file's name, `preview` a data URL, "" for none."""

    style: Style
    sample: str = field(default="")
    preview: str = ""
    error: str = ""


async def show(visit: Visit) -> Response:
    """GET /studio?media=&style=&size=, and the controls by their names."""
    return await page(visit, read_address(visit.request.query_params))


async def ask(visit: Visit, form: Form) -> Response:
    """POST /studio: keep the picture, queue the drawing, and show how far it is."""
    choice = read_choice(form)
    try:
        choice = await with_picture(visit, form, choice)
        picture = await media.own(visit.person, choice.media_id or 0)
        run = await styles.ask(
            visit.server,
            visit.person,
            picture,
            choice.style,
            size=choice.size,
            controls=choice.controls(),
            guide=await guide_of(visit, choice, [await offers.find(visit.server, choice.style)]),
        )
    except FediError as error:
        problem = error.reason if isinstance(error, Invalid) else str(error)
        return await page(visit, replace(choice, problem=problem), status=error.status_code)
    return see(f"/studio/runs/{run.id}")


async def with_picture(visit: Visit, form: Form, choice: Choice) -> Choice:
    """Keep the picture of a form, if it brings one. Raises Invalid when none was chosen either."""
    for file in form.files("picture")[:1]:
        row = await uploads.receive(visit.server, visit.person, await read_file(file), description=choice.alt)
        return replace(choice, media_id=row.id)
    if choice.media_id is None:
        raise Invalid("", "Choose a picture first, or upload one.")
    return choice


async def guide_of(visit: Visit, choice: Choice, wanted: Sequence[Style]) -> MediaAttachment | None:
    """Give the picture to draw like, if one was chosen and a style that is wanted takes one."""
    if choice.guide_id is None or not any(style.guide for style in wanted):
        return None
    return await media.own(visit.person, choice.guide_id)


async def run(visit: Visit) -> Response:
    """GET /studio/runs/{id}: progress, or what came of it."""
    row = await _own_run(visit)
    known = {offer.style.name: offer.style for offer in await offers.everything(visit.server)}
    is_open = row.state in styles.OPEN
    turn = await _turn(visit, row.id) if is_open else ""
    return render(
        visit,
        "run.html",
        run=row,
        style=known.get(row.style),
        is_open=is_open,
        turn=turn,
        chosen=settings_of(row),
        again=address_of(row),
    )


async def cancel(visit: Visit, form: Form) -> Response:
    """POST /studio/runs/{id}/cancel."""
    del form
    row = await styles.cancel(visit.server, await _own_run(visit))
    return see(f"/studio/runs/{row.id}")


async def wear(visit: Visit, form: Form) -> Response:
    """POST /studio/runs/{id}/{place}: make the drawing the person's avatar or header."""
    del form
    row, place = await _own_run(visit), visit.request.path_params["place"]
    change = {"avatar": accounts.set_avatar, "header": accounts.set_header}.get(place)
    if change is None or row.result is None:
        raise NotFound
    await change(visit.server, visit.person, row.result)
    return see(f"/@{visit.person.username}?notice={place}")


async def events(visit: Visit) -> Response:
    """GET /studio/runs/{id}/events: each change as a server-sent event, until the run has ended."""
    row = await _own_run(visit)
    return StreamingResponse(_changes(visit, row), media_type="text/event-stream")


async def _changes(visit: Visit, row: StyleRun) -> AsyncIterator[str]:
    """Tell what the row says, each time something is told about it, and every two seconds in any case.

    The worker may be another process, which cannot be heard from here.
    """
    topic, last = styles.topic(row.id), ""
    end = asyncio.get_running_loop().time() + _STREAM_SECONDS
    with visit.server.pubsub.subscribe(topic) as queue:
        while asyncio.get_running_loop().time() < end:
            now = await StyleRun.get_or_none(id=row.id).only("id", "state", "progress")
            if now is None:
                return
            turn = await _turn(visit, now.id) if now.state in styles.OPEN else ""
            told = msgspec.json.encode(
                {
                    "state": now.state,
                    "progress": round(now.progress, 3),
                    "words": views.state_of(now),
                    "turn": turn,
                }
            ).decode()
            yield f"data: {told}\n\n" if told != last else ": still here\n\n"
            last = told
            if now.state not in styles.OPEN:
                return
            try:
                await asyncio.wait_for(queue.get(), _LOOK_SECONDS)
            except TimeoutError:
                continue


async def page(
    visit: Visit, choice: Choice, *, status: int = 200, previews: Sequence[Preview] = ()
) -> Response:
    """The studio's page as it was chosen so far, with the picture in each style where that was drawn."""
    person = visit.person
    pictures = await (
        MediaAttachment.filter(account_id=person.id, kind__in=_KINDS, state="ready")
        .exclude(original_key="")
        .order_by("-id")
        .limit(_PICTURES)
    )
    for chosen in {choice.media_id, choice.guide_id} - {None, *(each.id for each in pictures)}:
        pictures = [*await MediaAttachment.filter(id=chosen, account_id=person.id), *pictures]
    recent = (
        await StyleRun.filter(account_id=person.id)
        .select_related("source", "result")
        .order_by("-id")
        .limit(_RUNS)
    )
    shown = [_with_preview(offer, previews) for offer in await _offers(visit)]
    return render(
        visit,
        "studio.html",
        status,
        pictures=pictures,
        recent=recent,
        offers=shown,
        chosen_style=_style_to_tick(choice, shown),
        choice=choice,
        prompt=await prompts.current(visit.server),
        enabled=visit.server.settings.studio.enabled,
        takes_guide=any(offer.style.guide for offer in shown),
        variants=sorted({name for offer in shown for name in offer.style.variants}),
    )


async def _offers(visit: Visit) -> list[Offer]:
    """List the styles, the default one first, each with its sample picture if there is one."""
    styles = [offer.style for offer in await offers.offered(visit.server)]
    return await to_thread.run_sync(_with_samples, styles)


def _with_samples(styles: Sequence[Style]) -> list[Offer]:
    folder = static_folder()
    return [
        Offer(style=style, sample=name if (folder / (name := f"styles/{style.name}.webp")).is_file() else "")
        for style in styles
    ]


def _style_to_tick(choice: Choice, shown: Sequence[Offer]) -> str:
    names = [offer.style.name for offer in shown]
    return choice.style if choice.style in names else next(iter(names), "")


def _with_preview(offer: Offer, previews: Sequence[Preview]) -> Offer:
    found = next((each for each in previews if each.style.name == offer.style.name), None)
    return offer if found is None else replace(offer, preview=found.url, error=found.error)


async def _turn(visit: Visit, run_id: int) -> str:
    """Say how many are drawn before an open run, and how long it takes."""
    return views.turn_of(*(await style_queue.standings(visit.server)).get(run_id, (None, None)))


async def _own_run(visit: Visit) -> StyleRun:
    id_, person = id_in_path(visit), visit.person
    row = await StyleRun.get_or_none(id=id_, account_id=person.id).select_related("source", "result")
    if row is None:
        raise NotFound
    return row
