"""What is talked about (Mastodon API: trends)."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from fedi.mastodon import hashtags, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.status import statuses
from fedi.mastodon.entities.trend import trends_link
from fedi.queries import trends

_MAX_OFFSET = 2000


async def tags(call: Call) -> Response:
    """GET /api/v1/trends/tags (and /api/v1/trends, its older name)."""
    limit, offset = _place(call, default=10, most=20)
    found = await trends.tags(call.server, limit=limit, offset=offset) if _offered(call) else []
    histories = {row.id: history for row, history in found}
    shown = await hashtags.shown(call, [row for row, _ in found], histories)
    return _page(call, shown, limit, offset)


async def posts(call: Call) -> Response:
    """GET /api/v1/trends/statuses."""
    limit, offset = _place(call, default=20, most=40)
    viewer = call.viewer
    found = await trends.posts(call.server, viewer, limit=limit, offset=offset) if _offered(call) else []
    return _page(call, statuses(found, call.server.uris), limit, offset)


async def links(call: Call) -> Response:
    """GET /api/v1/trends/links (Mastodon API: entities, Trends::Link)."""
    limit, offset = _place(call, default=10, most=20)
    found = await trends.links(call.server, limit=limit, offset=offset) if _offered(call) else []
    shown = [trends_link(card, hashtags.history(history), call.server.uris) for card, history in found]
    return _page(call, shown, limit, offset)


def _offered(call: Call) -> bool:
    return call.server.settings.reading.trends


def _place(call: Call, *, default: int, most: int) -> tuple[int, int]:
    limit = responses.limit_of(call.params, default=default, most=most)
    return limit, min(max(call.params.number("offset", 0), 0), _MAX_OFFSET)


def _page(call: Call, entities: list[Any], limit: int, offset: int) -> Response:
    """Answer with a page, its neighbours by how many stand before them."""
    neighbours = []
    if len(entities) >= limit:
        neighbours.append(("next", offset + limit))
    if offset:
        neighbours.append(("prev", max(offset - limit, 0)))
    path = f"{call.server.uris.base_url}{call.request.url.path}"
    links = [
        f'<{path}?{urlencode({"limit": limit, "offset": place})}>; rel="{relation}"'
        for relation, place in neighbours
    ]
    return responses.json(entities, headers={"Link": ", ".join(links)} if links else None)
