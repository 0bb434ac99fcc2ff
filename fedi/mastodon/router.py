"""From a request to its line in the table: routes by path, then token, limits, parameters, answer.

One look-up by the parts of the path instead of a pattern for each of two hundred routes. A slash at the end
means nothing (a redirect makes some clients drop their token), and PATCH and PUT are the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fedi.errors import FediError, NotFound, TooMany
from fedi.mastodon import auth, families, params, responses
from fedi.mastodon.auth import Access
from fedi.mastodon.calls import Call, Entry
from fedi.models.users import AccessToken
from fedi.security.limits import Left, Limit
from fedi.server import Server, server_of

_SAME = {"PUT": "PATCH", "HEAD": "GET"}
_RESET_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_FOR_A_MOMENT = "public, max-age=15"
_FOR_ONE = "private, no-store"
# Since when apps have had something newer in Mastodon's API, in seconds since 1970 (RFC 9745).
_DEPRECATED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("/api/v1/instance", "/api/v1/search", "/api/v1/filters", "/api/v1/filters/{id}"), "@1668384000"
        ),
        "/api/v1/suggestions": "@1621123200",
        **dict.fromkeys(("/api/v1/trends", "/api/v1/accounts/{id}/identity_proofs"), "@1648598400"),
        **dict.fromkeys(("/api/v1/accounts/{id}/pin", "/api/v1/accounts/{id}/unpin"), "@1744588800"),
    }
)
# Entries by method, and the values that stand in the path by their names.
_Found = tuple[dict[str, Entry], dict[str, str]]


class Router:
    """The table of routes as an ASGI application."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._root = _Node()
        for entry in entries:
            self._root.add(entry.path.strip("/").split("/"), entry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    def find(self, path: str) -> _Found | None:
        """Give the entries of a path by method, and the values in it; None when there are none."""
        # Nothing has a name with a NUL in it.
        return self._root.find(path.strip("/").split("/")) if "\0" not in path else None

    async def _respond(self, request: Request) -> Response:
        found = self.find(request.scope["path"])
        if found is None:
            return responses.error(NotFound())
        by_method, values = found
        entry = by_method.get(_SAME.get(request.method, request.method))
        if entry is None:
            return _not_allowed(by_method)
        return await _answer(request, entry, values)


class _Node:
    """What lies below a part of a path."""

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.entries: dict[str, Entry] = {}
        self.names: list[str] = []

    def add(self, parts: Sequence[str], entry: Entry) -> None:
        """Put an entry at the end of a path; at one place all of them name the values alike."""
        node = self
        for part in parts:
            if part.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.fixed.setdefault(part, _Node())
        node.names = [part[1:-1] for part in parts if part.startswith("{")]
        node.entries[_SAME.get(entry.method, entry.method)] = entry

    def find(self, parts: Sequence[str], values: Sequence[str] = ()) -> _Found | None:
        """Walk down a path; a part that is written in the table goes before one that may be anything."""
        if not parts:
            return (self.entries, dict(zip(self.names, values, strict=True))) if self.entries else None
        below = self.fixed.get(parts[0])
        found = below.find(parts[1:], values) if below else None
        if found is None and self.any is not None and parts[0]:
            found = self.any.find(parts[1:], [*values, parts[0]])
        return found


async def _answer(request: Request, entry: Entry, values: dict[str, str]) -> Response:
    server, token, counted = server_of(request), None, _Counted()
    try:
        try:
            token = await auth.admit(server, request, entry.access, entry.scopes)
        finally:
            # Who is refused counts as well.
            counted.take(server, *auth.limit_of(server, request, token))
        stricter = families.limit_of(server, request, entry, token)
        if stricter is not None:
            counted.take(server, *stricter)
        read = await params.read(request)
        call = Call(request=request, server=server, token=token, params=read, path=values)
        response = await entry.answer(call)
    except TooMany as error:
        response = responses.error(error)
        response.headers["Retry-After"] = str(error.retry_after_seconds)
        counted.refuse(server, error)
    except FediError as error:
        response = responses.error(error)
    finally:
        # Files of a form lie on the disk until they are closed.
        await request.close()
    _say_who_may_keep(response, request, entry, token)
    if (since := _DEPRECATED.get(entry.path)) is not None:
        response.headers["Deprecation"] = since
    counted.tell(response)
    return response


def _say_who_may_keep(response: Response, request: Request, entry: Entry, token: AccessToken | None) -> None:
    """Let caches keep for a moment what anybody is shown, and nothing that one person is."""
    is_for_all = token is None and request.method in {"GET", "HEAD"} and response.status_code == 200
    if is_for_all and entry.access is Access.PUBLIC:
        response.headers.setdefault("Cache-Control", _FOR_A_MOMENT)
    elif token is not None:
        response.headers["Cache-Control"] = _FOR_ONE
    elif not is_for_all:
        response.headers.setdefault("Cache-Control", _FOR_ONE)
    response.headers.add_vary_header("Authorization")


class _Counted:
    """A request counted against its limits; its answer tells of the one that is nearest (rate limits)."""

    def __init__(self) -> None:
        self._limit: Limit | None = None
        self._left = Left(times=0, full_at=0.0)

    def take(self, server: Server, key: str, limit: Limit) -> None:
        """Count a request against a limit. Raises TooMany."""
        try:
            left = server.limits.take(key, limit)
        except TooMany:
            self._limit = limit
            raise
        if self._limit is None or left.times < self._left.times:
            self._limit, self._left = limit, left

    def refuse(self, server: Server, error: TooMany) -> None:
        """Tell that nothing is left."""
        wait = error.retry_after_seconds
        self._left = Left(times=0, full_at=server.clock.now().timestamp() + wait)

    def tell(self, response: Response) -> None:
        """Write how many requests are left, and when all of them are there again."""
        reset = datetime.fromtimestamp(self._left.full_at, UTC)
        response.headers["X-RateLimit-Limit"] = str(self._limit.times if self._limit else 0)
        response.headers["X-RateLimit-Remaining"] = str(self._left.times)
        response.headers["X-RateLimit-Reset"] = reset.strftime(_RESET_FORMAT)


def _not_allowed(by_method: dict[str, Entry]) -> Response:
    headers = {"Allow": ", ".join(sorted(by_method))}
    return responses.json({"error": "This method is not allowed here"}, status=405, headers=headers)
