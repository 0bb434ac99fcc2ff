"""Ours: the studio, /api/fedi/v1 (docs/api.md): which styles there are, and pictures drawn in them."""

from starlette.responses import Response

from fedi.actions import media, styles
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.style import style
from fedi.mastodon.runs import shown_runs
from fedi.queries import offers, runs


async def list_styles(call: Call) -> Response:
    """GET /api/fedi/v1/styles: the default one first; none when the studio is off."""
    if not call.server.settings.studio.enabled:
        return responses.json([])
    found = await offers.offered(call.server)
    return responses.json([style(offer.style, default=offer.is_default) for offer in found])


async def create_run(call: Call) -> Response:
    """POST /api/fedi/v1/styles/{name}/runs: 202, ask for the run until it is done or failed."""
    source = await media.own(call.account, call.params.id("media_id") or 0)
    size = call.params.text("size") or "portrait"
    like = call.params.id("guide_media_id")
    guide = await media.own(call.account, like) if like is not None else None
    run = await styles.ask(call.server, call.account, source, call.path["name"], size=size, guide=guide)
    shown = await shown_runs(call.server, [run])
    return responses.json(shown[0], status=202)


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
