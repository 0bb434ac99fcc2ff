"""Answers of the client API: structs as JSON, pages with Link headers, errors (Mastodon API: guidelines)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedi.actions.oauth import GrantRefused
from fedi.errors import Fate, FediError, Forbidden, Malformed, Unauthorized, Unsupported
from fedi.mastodon.params import Params, parse_pairs
from fedi.queries.paging import Page
from fedi.server import server_of

CONTENT_TYPE = "application/json; charset=utf-8"
_PAGING = {"max_id", "since_id", "min_id", "limit", "access_token"}
# A kind of file that is not accepted is a failed validation to apps.
_STATUSES = {Unsupported.status_code: 422}
_encoder = msgspec.json.Encoder()


class InvalidToken(Unauthorized):
    """There is no token where one is needed, or it is not in force (RFC 6750 section 3.1)."""

    def __init__(self) -> None:
        super().__init__("The access token is invalid")


class OutsideScopes(Forbidden):
    """The token was not given for this (RFC 6750 section 3.1)."""

    def __init__(self) -> None:
        super().__init__("This action is outside the authorized scopes")


class NoPerson(FediError):
    """The token is a client's own, and this needs a person."""

    status_code, fate = 422, Fate.DROP

    def __init__(self) -> None:
        super().__init__("This method requires an authenticated user")


def json(
    value: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a struct, or anything made of them."""
    return Response(_encoder.encode(value), status, headers, media_type=CONTENT_TYPE)


def nothing() -> Response:
    """Answer `{}`, which is what apps expect where there is nothing to say."""
    return json({})


def error(error: FediError) -> Response:
    """Word a failure as Mastodon does: `{"error": …}`, in OAuth with a code and a description."""
    headers: dict[str, str] = {}
    # Some apps compare the words, which Mastodon writes without a full stop.
    body: dict[str, Any] = {"error": str(error).removesuffix(".")}
    if isinstance(error, GrantRefused):
        body = {"error": error.error, "error_description": str(error)}
    elif isinstance(error, InvalidToken):
        headers["WWW-Authenticate"] = _challenge("invalid_token", str(error))
    elif isinstance(error, OutsideScopes):
        headers["WWW-Authenticate"] = _challenge("insufficient_scope", str(error))
    status = _STATUSES.get(error.status_code, error.status_code)
    return json(body, status=status, headers=headers)


def page_of(params: Params, *, default: int = 20, most: int = 40) -> Page:
    """Read which page of a list is asked for. Raises Malformed for a negative limit."""
    return Page(
        limit=limit_of(params, default=default, most=most),
        max_id=params.id("max_id"),
        since_id=params.id("since_id"),
        min_id=params.id("min_id"),
    )


def limit_of(params: Params, *, default: int = 20, most: int = 40) -> int:
    """Read how many are asked for, at most `most`. Raises Malformed for a negative number."""
    limit = params.number("limit", default)
    if limit < 0:
        raise Malformed("limit must not be negative")
    return min(limit, most) or default


def page(
    request: Request, entities: Any, row_ids: Sequence[int], page: Page, *, filtered: bool = False
) -> Response:
    """Answer with a page and the addresses of its neighbours, by the ids of the rows paged over.

    A page that is not full is the last, unless rows were left out of it after they were counted (`filtered`).
    """
    headers = {}
    if row_ids:
        links = [("next", "max_id", row_ids[-1])] if filtered or len(row_ids) >= page.limit else []
        links.append(("prev", "min_id", row_ids[0]))
        headers["Link"] = ", ".join(
            f'<{_neighbour(request, page.limit, name, id_)}>; rel="{relation}"'
            for relation, name, id_ in links
        )
    return json(entities, headers=headers)


def _challenge(code: str, description: str) -> str:
    return f'Bearer realm="fedi", error="{code}", error_description="{description}"'


def _neighbour(request: Request, limit: int, name: str, id_: int) -> str:
    asked = parse_pairs(request.scope.get("query_string", b""))
    kept = [(key, value) for key, value in asked if key not in _PAGING]
    query = urlencode([*kept, ("limit", limit), (name, id_)])
    # The path came decoded, and a header holds ASCII alone.
    return f"{server_of(request).uris.base_url}{quote(request.scope['path'])}?{query}"
