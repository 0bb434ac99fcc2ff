"""Ours: runs of the studio as they are shown, alone and in batches (docs/api.md)."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.actions import batches, choices
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.style import StyleRun, batch, style_run
from fedi.models.media import MediaAttachment
from fedi.models.media import StyleRun as RunRow
from fedi.queries import offers, rows, style_queue
from fedi.server import Server

_MOST_IDS = 100


async def create_batch(call: Call) -> Response:
    """POST /api/fedi/v1/batches: `media_ids[]`, `style`, `size`; 202, all of them or none."""
    params = call.params
    asked = await batches.ask(
        call.server,
        call.account,
        params.ids("media_ids", limit=_MOST_IDS),
        params.text("style") or await offers.default_name(call.server),
        size=params.text("size") or "portrait",
        controls=choices.read_controls(params.values),
    )
    return await _answer(call.server, asked, status=202)


async def show_batch(call: Call) -> Response:
    """GET /api/fedi/v1/batches/{id}."""
    return await _answer(call.server, await batches.own(call.account, call.id))


async def cancel_batch(call: Call) -> Response:
    """DELETE /api/fedi/v1/batches/{id}: cancels those that are open."""
    return await _answer(call.server, await batches.cancel(call.server, call.account, call.id))


async def shown_runs(server: Server, asked: Sequence[RunRow]) -> list[StyleRun]:
    """Show runs with their pictures; one whose picture was deleted meanwhile is left out."""
    ids = {id_ for run in asked for id_ in (run.source_id, run.result_id) if id_ is not None}
    found = await rows.load_by_id(server, MediaAttachment, ids)
    open_runs = any(run.state in ("queued", "running") for run in asked)
    standing = await style_queue.standings(server) if open_runs else {}
    return [
        style_run(
            run,
            found[run.source_id],
            found.get(run.result_id or 0),
            server.uris,
            standing=standing.get(run.id),
        )
        for run in asked
        if run.source_id in found
    ]


async def _answer(server: Server, asked: Sequence[RunRow], *, status: int = 200) -> Response:
    shown = await shown_runs(server, asked)
    return responses.json(batch(asked[0].batch or 0, shown), status=status)
