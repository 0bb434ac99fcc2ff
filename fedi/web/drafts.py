"""What somebody has written and not posted yet: drafts and scheduled posts, to go on with, post or delete."""

from starlette.responses import Response

from fedi.actions import forms, pending
from fedi.errors import FediError, NotFound
from fedi.federation import pending as publishing
from fedi.models.pending import PendingPost
from fedi.queries import pending as queries
from fedi.queries.paging import Page
from fedi.web.compositions import read_moment
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

_PAGE = 400


async def show(visit: Visit) -> Response:
    """GET /drafts."""
    return await _page(visit)


async def do(visit: Visit, form: Form) -> Response:
    """POST /drafts/{id}/{deed}: post it now, delete it, or give it another time."""
    row = await queries.own(visit.person, int(visit.request.path_params["id"]))
    try:
        match visit.request.path_params["deed"]:
            case "publish":
                await publishing.publish(visit.server, row)
                return see("/home?notice=posted")
            case "delete":
                await pending.drop(visit.server, row)
                return see("/drafts?notice=draft-gone")
            case "reschedule" if row.scheduled_at is not None:
                await pending.reschedule(visit.server, row, read_moment(form.text("at")))
                return see("/drafts?notice=scheduled")
    except FediError as error:
        return await _page(visit, problem=str(error), status=error.status_code)
    raise NotFound


async def _page(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    page = Page(limit=_PAGE)
    scheduled = await queries.scheduled(visit.server, visit.person, page)
    drafts = await queries.drafts(visit.server, visit.person, page)
    by_time = sorted(scheduled, key=lambda row: row.scheduled_at or row.created_at)
    return render(
        visit,
        "drafts.html",
        status,
        scheduled=[_shown(row) for row in by_time],
        drafts=[_shown(row) for row in drafts],
        problem=problem,
    )


def _shown(row: PendingPost) -> tuple[PendingPost, forms.PostForm]:
    return row, forms.read(row.params)
