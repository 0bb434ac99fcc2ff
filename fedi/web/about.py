"""What this server is, its rules and styles; what our own words on the wire mean."""

from starlette.responses import PlainTextResponse, Response

from fedi.errors import NotFound
from fedi.memory import Recall
from fedi.queries import accounts, documents, offers, stats
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
        styles=[offer.style for offer in await offers.offered(server)],
        stats=await _stats(visit),
        contact=await accounts.by_handle(server, contact) if contact else None,
        page=await documents.page(server, "about"),
    )


async def privacy(visit: Visit) -> Response:
    """GET /privacy-policy: the owner's page. Raises NotFound when there is none."""
    return await _owners_page(visit, "privacy", "Privacy policy")


async def terms(visit: Visit) -> Response:
    """GET /terms-of-service: the owner's page. Raises NotFound when there is none."""
    return await _owners_page(visit, "terms", "Terms of service")


async def health(visit: Visit) -> Response:
    """GET /health: OK while the database answers, for what watches the server."""
    await visit.server.db.rows("SELECT 1")
    return PlainTextResponse("OK")


async def _owners_page(visit: Visit, name: str, title: str) -> Response:
    page = await documents.page(visit.server, name)
    if page is None:
        raise NotFound
    return render(visit, "document.html", page=page, title=title)


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
