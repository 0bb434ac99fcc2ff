"""The studio's previews: a picture small in one style or in all, for the page's script or for the page."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from starlette.responses import Response

from fedi.actions import media, previews
from fedi.actions.previews import Preview
from fedi.errors import FediError, Invalid
from fedi.models.media import MediaAttachment
from fedi.queries import offers
from fedi.security.limits import Limit
from fedi.styles.catalogue import Style
from fedi.styles.controls import Controls
from fedi.web import studio
from fedi.web.choosing import Choice, read_choice
from fedi.web.forms import Form
from fedi.web.settings import read_file
from fedi.web.visits import Visit

_WINDOW_SECONDS = 60


async def preview(visit: Visit, form: Form) -> Response:
    """POST /studio/preview: the picture of the form in its style, or in all of them where `of` is "all".

    A script gets JSON: {"previews": [{style, url, width, height, error}]}, or {"error": …}. Without one the
    picture is kept, and the page comes again with it in every style.
    """
    choice, is_script = read_choice(form), visit.wants_part("previews")
    try:
        # Counted together with those that apps ask for.
        limit = Limit(visit.server.settings.limits.previews_per_minute, _WINDOW_SECONDS)
        visit.server.limits.take(f"previews:{visit.person.id}", limit)
        if not is_script:
            choice = await studio.with_picture(visit, form, choice)
        everything = [offer.style for offer in await offers.offered(visit.server)]
        wanted = everything
        if is_script and form.text("of") != "all":
            wanted = [await offers.find(visit.server, choice.style)]
        found = await _drawn(visit, form, choice, wanted)
    except FediError as error:
        problem = error.reason if isinstance(error, Invalid) else str(error)
        if is_script:
            return _json({"error": problem}, status=error.status_code)
        return await studio.page(visit, replace(choice, problem=problem), status=error.status_code)
    if is_script:
        return _json({"previews": [_told(each) for each in found]})
    return await studio.page(visit, choice, previews=found)


async def _drawn(visit: Visit, form: Form, choice: Choice, wanted: Sequence[Style]) -> list[Preview]:
    controls = choice.controls()
    if form.text("of") == "all" and visit.wants_part("previews"):
        # Side by side the styles are shown as they are meant; where the picture is cut is no style.
        controls = Controls(crop=controls.crop)
    return await previews.draw(
        visit.server,
        visit.person,
        wanted,
        await _picture(visit, form, choice),
        size=choice.size,
        controls=controls,
        guide=await studio.guide_of(visit, choice, wanted),
        is_gone=visit.request.is_disconnected,
    )


async def _picture(visit: Visit, form: Form, choice: Choice) -> bytes | MediaAttachment:
    if choice.media_id is None:
        for file in form.files("picture")[:1]:
            return await read_file(file)
        raise Invalid("", "Choose a picture first, or upload one.")
    return await media.own(visit.person, choice.media_id)


def _told(found: Preview) -> dict[str, object]:
    picture = found.picture
    return {
        "style": found.style.name,
        "url": found.url,
        "width": picture.width if picture else 0,
        "height": picture.height if picture else 0,
        "error": found.error,
    }


def _json(value: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
