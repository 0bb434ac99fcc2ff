"""Look for people, hashtags and posts; open what another server's page or a visitor brings along."""

from starlette.responses import RedirectResponse, Response

from fedi.errors import NotFound
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import search, snapshots, visibility
from fedi.security.limits import Limit
from fedi.web import views
from fedi.web.rendering import render
from fedi.web.visits import Visit

_MOST = 20
_LONGEST = 500
# Each may ask another server.
_LOOK_UPS = Limit(60, 300)


async def page(visit: Visit) -> Response:
    """GET /search?q=: what is known here; for people signed in also what others' servers know."""
    text = visit.request.query_params.get("q", "").strip()[:_LONGEST]
    server, viewer = visit.server, visit.account
    found = await _resolved(visit, text) if viewer is not None and text else None
    people = await search.accounts(server, viewer, text, _MOST) if text else []
    if isinstance(found, Account):
        people = [found, *(each for each in people if each.id != found.id)]
    rows = await search.posts(server, viewer, text, _MOST) if viewer is not None and text else []
    if isinstance(found, Post):
        rows = [
            await snapshots.of_post(server, found, viewer),
            *(row for row in rows if row.post.id != found.id),
        ]
    tags = await search.tags(server, text.removeprefix("#"), _MOST) if text else []
    return render(visit, "search.html", text=text, people=people, tags=tags, posts=rows)


async def interact(visit: Visit) -> Response:
    """GET /authorize_interaction?uri=: open here what somebody found elsewhere."""
    _ = visit.person
    uri = visit.request.query_params.get("uri", "").strip().removeprefix("acct:")
    found = await _resolved(visit, uri)
    if isinstance(found, Account):
        return RedirectResponse(views.profile_path(found), 303)
    if found is not None:
        snapshot = await snapshots.of_post(visit.server, found, visit.account)
        return RedirectResponse(views.post_path(snapshot.author, found), 303)
    raise NotFound("Nothing was found at this address. It may be private, or its server may be away.")


async def _resolved(visit: Visit, text: str) -> Account | Post | None:
    visit.server.limits.take(f"look-up:{visit.person.id}", _LOOK_UPS)
    found = await resolve.anything(visit.server, text)
    if isinstance(found, Account):
        return None if found.gone_at or found.suspended_at else found
    if found is not None and await visibility.may_see(visit.server, found, visit.account):
        return found
    return None
