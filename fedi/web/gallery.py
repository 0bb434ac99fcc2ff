"""The gallery's pages: all of it, of one member, and the answers to a prompt. Open to all visitors."""

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.media import ArtPrompt
from fedi.queries import filters, gallery, prompts
from fedi.queries.gallery import Artwork
from fedi.queries.prompts import begun, begun_one
from fedi.web.home import page_of
from fedi.web.profiles import named, require_present
from fedi.web.rendering import render
from fedi.web.visits import Visit

_PICTURES = 30
_PROMPTS = 50


async def show(visit: Visit) -> Response:
    """GET /gallery?before=."""
    current = await prompts.current(visit.server)
    return await _page(visit, "/gallery", running=current)


async def of_member(visit: Visit) -> Response:
    """GET /@{handle}/gallery?before=: of people of ours alone."""
    account = await named(visit)
    require_present(account)
    if not account.is_local:
        raise NotFound
    here = f"/@{account.username}/gallery"
    if visit.request.url.path != here:
        return RedirectResponse(here)
    return await _page(visit, here, member=account)


async def prompt(visit: Visit) -> Response:
    """GET /gallery/prompts/{id}?before=: a prompt that runs or ran, and what was drawn to it."""
    row = await begun_one(visit.server, visit.request.path_params["id"])
    return await _page(visit, f"/gallery/prompts/{row.id}", prompt=row)


async def prompts_begun(visit: Visit) -> Response:
    """GET /gallery/prompts?before=: all that members were given to draw so far."""
    if not prompts.is_on(visit.server):
        raise NotFound
    found = await begun(visit.server, page_of(visit, _PROMPTS))
    older = f"/gallery/prompts?before={found[-1].id}" if len(found) == _PROMPTS else ""
    return render(visit, "prompts.html", prompts=found, older=older)


async def _page(
    visit: Visit,
    here: str,
    *,
    member: Account | None = None,
    prompt: ArtPrompt | None = None,
    running: ArtPrompt | None = None,
) -> Response:
    server = visit.server
    if not server.settings.studio.gallery:
        raise NotFound
    page = page_of(visit, _PICTURES)
    found: Sequence[Artwork] = await gallery.pictures(server, visit.account, page, by=member, prompt=prompt)
    return render(
        visit,
        "gallery.html",
        pictures=found,
        here=here,
        account=member,
        prompt=prompt,
        running=running,
        has_prompts=prompts.is_on(server),
        is_first=page.max_id is None,
        # Who opens the gallery asks for what they hide elsewhere: a veil leaves the last word to them.
        is_veiled=await filters.wish_about_model_media(server, visit.account) != "show",
        older=f"{here}?before={found[-1].media.id}" if len(found) == _PICTURES else "",
    )
