"""Ours: the studio, /api/fedi/v1 (docs/api.md): which styles there are, and pictures drawn in them."""

from anyio import to_thread
from starlette.responses import Response

from fedi.actions import media, styles
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.style import style
from fedi.mastodon.runs import shown_runs
from fedi.queries import runs


async def list_styles(call: Call) -> Response:
    """GET /api/fedi/v1/styles: the default one first; none when the studio is off."""
    studio = call.server.settings.studio
    if not studio.enabled:
        return responses.json([])
    found = await to_thread.run_sync(call.server.styles.catalogue.list)
    shown = [style(each, default=studio.default_style) for each in found]
    return responses.json(sorted(shown, key=lambda each: (not each.default, each.name)))


async def create_run(call: Call) -> Response:
    """POST /api/fedi/v1/styles/{name}/runs: 202, ask for the run until it is done or failed."""
    source = await media.own(call.account, call.params.id("media_id") or 0)
    size = call.params.text("size") or "portrait"
    run = await styles.ask(call.server, call.account, source, call.path["name"], size=size)
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
