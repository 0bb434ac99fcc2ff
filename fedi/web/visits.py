"""A visit to a page: who it is by, and whether what a form sends is theirs.

Two locks stand before every change (threats: cross-site request forgery): the request comes from a page of
ours, as far as the browser says where it comes from, and it carries a token made from the session's own.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedi.actions import sessions
from fedi.errors import Forbidden, Unauthorized
from fedi.models.accounts import Account
from fedi.models.users import User
from fedi.security.limits import Limit
from fedi.security.tokens import same_token
from fedi.server import Server, server_of
from fedi.web.forms import Form, read_form

_COOKIE = "fedi_session"
MOST_UNREAD = 100
_WINDOW_SECONDS = 300
_LONGEST_PATH = 8000
_OURS = {"same-origin", "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request for a page, and the login whose browser sent it.

    `token` is the session's, "" for nobody; `unread` counts what the person was told and has not seen.
    """

    request: Request
    server: Server
    user: User | None = None
    token: str = ""
    unread: int = 0

    @property
    def account(self) -> Account | None:
        """Who looks at the page; None when nobody is signed in."""
        return self.user.account if self.user else None

    @property
    def person(self) -> Account:
        """Who looks at a page that is for signed-in people. Raises SignInNeeded."""
        return self.login.account

    @property
    def login(self) -> User:
        """The login of who looks at a page that is for signed-in people. Raises SignInNeeded."""
        if self.user is None:
            raise SignInNeeded
        return self.user

    @property
    def form_token(self) -> str:
        """What a form of this session must send along; no other site can know it."""
        key = self.server.settings.server.secret.encode()
        return hmac.new(key, b"form:" + self.token.encode(), hashlib.sha256).hexdigest()

    @property
    def here(self) -> str:
        """The path and query that were asked for."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def address(self) -> str:
        """The address that the request came from."""
        return self.request.client.host if self.request.client else ""

    def wants_part(self, name: str) -> bool:
        """Say whether a script of ours asks for one part of the page only."""
        return self.request.headers.get("x-part", "") == name


class SignInNeeded(Unauthorized):
    """Please sign in first."""


Shown = Callable[[Visit], Awaitable[Response]]
Done = Callable[[Visit, Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def shown(answer: Shown) -> Endpoint:
    """Make an endpoint of a function that shows a page."""

    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request)
        if visit.user is None:
            limit = Limit(visit.server.settings.limits.per_address, _WINDOW_SECONDS)
            visit.server.limits.take(f"page-from:{sessions.network_of(visit.address)}", limit)
        return _guarded(visit, await answer(visit))

    return endpoint


def done(answer: Done) -> Endpoint:
    """Make an endpoint of a function that does what a signed-in person's form asks for."""

    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request)
        check_origin(visit)
        limit = Limit(visit.server.settings.limits.per_account, _WINDOW_SECONDS)
        visit.server.limits.take(f"form-of:{visit.person.id}", limit)
        async with read_form(request) as form:
            if not same_token(form.text("form_token"), visit.form_token):
                raise Forbidden("This form is out of date. Go back, reload the page and try again.")
            return _guarded(visit, await answer(visit, form))

    return endpoint


def done_by_anybody(answer: Done) -> Endpoint:
    """Make an endpoint of a function that does what a form asks for before anybody has signed in."""

    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request)
        check_origin(visit)
        async with read_form(request) as form:
            return _guarded(visit, await answer(visit, form))

    return endpoint


async def visit_of(request: Request) -> Visit:
    """Find who sent a request; asked again, it is the first answer."""
    known: Visit | None = getattr(request.state, "visit", None)
    if known is not None:
        return known
    server = server_of(request)
    token = request.cookies.get(_cookie_of(server), "")
    user = await sessions.user_of(server, token) if token else None
    if user is None:
        visit = Visit(request=request, server=server)
    else:
        is_page = request.method == "GET"
        unread = await _unread(server, user.account) if is_page else 0
        visit = Visit(request=request, server=server, user=user, token=token, unread=unread)
    request.state.visit = visit
    return visit


def check_origin(visit: Visit) -> None:
    """Raise Forbidden for a form that the browser says comes from another site."""
    headers, ours = visit.request.headers, visit.server.settings.base_url
    if headers.get("origin", ours) != ours or headers.get("sec-fetch-site", "none") not in _OURS:
        raise Forbidden(f"This form came from another site. Open {ours} and try again from there.")


def keep_signed_in(response: Response, server: Server, token: str) -> None:
    """Give the browser the token of its session."""
    response.set_cookie(
        _cookie_of(server),
        token,
        max_age=int(sessions.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=not server.settings.server.development,
    )


def forget(response: Response, server: Server) -> None:
    """Take the token of a session back from the browser."""
    response.delete_cookie(
        _cookie_of(server), httponly=True, samesite="lax", secure=not server.settings.server.development
    )


def _cookie_of(server: Server) -> str:
    """Name the cookie so that browsers take it from this very host over TLS alone (RFC 6265bis 4.1.3.2)."""
    return _COOKIE if server.settings.server.development else f"__Host-{_COOKIE}"


def local_path(text: str, default: str = "/") -> str:
    """Give a path of ours as it came in a parameter, or `default` for anything that leads elsewhere."""
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text
    if not is_path or len(text) > _LONGEST_PATH or any(ord(each) <= ord(" ") for each in text):
        return default
    return text


def see(path: str) -> Response:
    """Send the browser to a page after a form (RFC 9110 section 15.4.4)."""
    return RedirectResponse(path, 303)


async def _unread(server: Server, account: Account) -> int:
    """Count what an account was told since it last read its notifications; no further than is shown."""
    rows = await server.db.rows(
        "SELECT count(*) AS count FROM (SELECT 1 FROM notifications WHERE account_id = ? AND NOT filtered"
        " AND id > coalesce((SELECT last_read_id FROM markers"
        " WHERE account_id = ? AND timeline = 'notifications'), 0) LIMIT ?)",
        [account.id, account.id, MOST_UNREAD],
    )
    return int(rows[0]["count"])


def _guarded(visit: Visit, response: Response) -> Response:
    """Keep what one person is shown out of every cache."""
    if visit.user is not None:
        response.headers["Cache-Control"] = "private, no-store"
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.add_vary_header("Cookie")
    return response
