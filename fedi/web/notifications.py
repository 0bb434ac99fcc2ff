"""What a person was told, newest first; looking at it marks it as read."""

from starlette.responses import Response

from fedi.actions import markers
from fedi.queries import notifications
from fedi.queries.notifications import Asked
from fedi.web.home import page_of
from fedi.web.rendering import render
from fedi.web.visits import Visit

_PAGE = 30


async def page(visit: Visit) -> Response:
    """GET /notifications?before=&only=mentions."""
    person, part = visit.person, page_of(visit, _PAGE)
    only_mentions = visit.request.query_params.get("only") == "mentions"
    kinds = ["mention"] if only_mentions else []
    told = await notifications.page(visit.server, person, part, Asked(kinds=kinds))
    if visit.unread and part.max_id is None and told and not only_mentions:
        await markers.save(visit.server, person, "notifications", told[0].notification.id)
    address = "/notifications?only=mentions&" if only_mentions else "/notifications?"
    older = f"{address}before={told[-1].notification.id}" if len(told) == _PAGE else ""
    return render(visit, "notifications.html", told=told, older=older, only_mentions=only_mentions)
