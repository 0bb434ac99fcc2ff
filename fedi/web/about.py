"""What this server is, its rules and styles; what our own words on the wire mean."""

from anyio import to_thread
from starlette.responses import Response

from fedi.memory import Recall
from fedi.queries import accounts, stats
from fedi.queries.stats import Stats
from fedi.web.rendering import render
from fedi.web.visits import Visit

_STATS_SECONDS = 600.0


async def about(visit: Visit) -> Response:
    """GET /about."""
    server = visit.server
    contact = server.settings.instance.contact_account
    return render(
        visit,
        "about.html",
        styles=await to_thread.run_sync(server.styles.catalogue.list),
        stats=await _stats(visit),
        contact=await accounts.by_handle(server, contact) if contact else None,
    )


async def vocabulary(visit: Visit) -> Response:
    """GET /ns: the terms of ours that stand in documents on the wire."""
    return render(visit, "vocabulary.html")


async def _stats(visit: Visit) -> Stats:
    server = visit.server
    kept, now = server.memory.of(_Kept), server.clock.now()
    known = kept.get("", now)
    if known is None:
        known = await stats.stats(server)
        kept.put("", known, now)
    return known


class _Kept(Recall[str, Stats]):
    def __init__(self) -> None:
        super().__init__(size=1, seconds=_STATS_SECONDS)
