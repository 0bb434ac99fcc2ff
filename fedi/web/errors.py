"""Error pages, in the look of all others."""

from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedi.errors import FediError
from fedi.server import server_of
from fedi.web.entrance import sign_in_path
from fedi.web.rendering import render
from fedi.web.visits import SignInNeeded, Visit, visit_of

_TITLES: Final = MappingProxyType(
    {
        400: "That could not be read",
        401: "Please sign in",
        403: "Not allowed",
        404: "Nothing hangs here",
        409: "That clashes",
        410: "Taken down",
        413: "Too large",
        415: "Not that kind of file",
        422: "That did not work",
        429: "Slow down a little",
        500: "Our brush slipped",
        502: "The other server refused",
        503: "The other server does not answer",
        507: "The disk is full",
    }
)
_BUG = 500


async def page(request: Request, error: FediError) -> Response:
    """Say what went wrong. Who came to a page for members is sent to the door and back."""
    # After a bug the database may be what is broken, and it is not the current one any more.
    broken = error.status_code == _BUG
    visit = Visit(request=request, server=server_of(request)) if broken else await visit_of(request)
    if isinstance(error, SignInNeeded):
        return RedirectResponse(sign_in_path(visit) if request.method == "GET" else "/sign-in", 303)
    title = _TITLES.get(error.status_code, "That did not work")
    response = render(
        visit, "error.html", error.status_code, title=title, words=str(error), status=error.status_code
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
