"""Ours: the studio, /api/fedi/v1 (docs/api.md): which styles there are, and pictures drawn in them."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.actions import choices, media, previews, styles
from fedi.actions.previews import Preview
from fedi.errors import Invalid, StyleFailed
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.style import style, style_preview
from fedi.mastodon.runs import shown_runs
from fedi.models.media import MediaAttachment
from fedi.queries import offers, runs
from fedi.styles.catalogue import Style


async def list_styles(call: Call) -> Response:
    """GET /api/fedi/v1/styles: the default one first; none when the studio is off."""
    if not call.server.settings.studio.enabled:
        return responses.json([])
    found = await offers.offered(call.server)
    return responses.json([style(offer.style, default=offer.is_default) for offer in found])


async def create_run(call: Call) -> Response:
    """POST /api/fedi/v1/styles/{name}/runs: 202, ask for the run until it is done or failed.

    200 when it is done at once: the account had the same drawn before.
    """
    source = await media.own(call.account, call.params.id("media_id") or 0)
    run = await styles.ask(
        call.server,
        call.account,
        source,
        call.path["name"],
        size=call.params.text("size") or "portrait",
        controls=choices.read_controls(call.params.values),
        guide=await _guide(call),
    )
    shown = await shown_runs(call.server, [run])
    return responses.json(shown[0], status=200 if run.state == "done" else 202)


async def preview(call: Call) -> Response:
    """POST /api/fedi/v1/styles/{name}/preview: a WebP of 400 pixels as a data URL, which is not kept.

    Of `media_id`, or of `picture`, a file; `size` and the controls as for a run.
    """
    found = await _previews(call, [await offers.find(call.server, call.path["name"])])
    if found[0].picture is None:
        raise StyleFailed(found[0].error)
    return responses.json(style_preview(found[0]))


async def preview_all(call: Call) -> Response:
    """POST /api/fedi/v1/previews: the picture in every style, the default one first.

    What a style does not know counts as not given for it. Where one cannot be drawn, `error` says why.
    """
    found = await _previews(call, [offer.style for offer in await offers.offered(call.server)])
    return responses.json([style_preview(each) for each in found])


async def _previews(call: Call, wanted: Sequence[Style]) -> list[Preview]:
    file = call.params.file("picture")
    media_id = call.params.id("media_id")
    if file is None and media_id is None:
        raise Invalid("media_id", "or a file `picture` must be given")
    return await previews.draw(
        call.server,
        call.account,
        wanted,
        await file.read() if file is not None else await media.own(call.account, media_id or 0),
        size=call.params.text("size") or "portrait",
        controls=choices.read_controls(call.params.values),
        guide=await _guide(call),
        is_gone=call.request.is_disconnected,
    )


async def _guide(call: Call) -> MediaAttachment | None:
    guide_id = call.params.id("guide_media_id")
    return None if guide_id is None else await media.own(call.account, guide_id)


async def list_runs(call: Call) -> Response:
    """GET /api/fedi/v1/runs: one's own, newest first."""
    page = responses.page_of(call.params)
    found = await runs.of(call.server, call.account, page)
    return responses.page(call.request, await shown_runs(call.server, found), [run.id for run in found], page)


async def show_run(call: Call) -> Response:
    """GET /api/fedi/v1/runs/{id}."""
    shown = await shown_runs(call.server, [await styles.own(call.account, call.id)])
    return responses.json(shown[0])


async def cancel_run(call: Call) -> Response:
    """DELETE /api/fedi/v1/runs/{id}: one that is done or has failed stays as it is."""
    run = await styles.cancel(call.server, await styles.own(call.account, call.id))
    shown = await shown_runs(call.server, [run])
    return responses.json(shown[0])
