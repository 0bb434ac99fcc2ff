"""Who asks: the bearer token of a request, what it may do, and how often (RFC 6750; Mastodon API: OAuth)."""

from collections.abc import Sequence
from enum import StrEnum

from starlette.requests import HTTPConnection

from fedi.actions import oauth, sessions
from fedi.mastodon.responses import InvalidToken, NoPerson, OutsideScopes
from fedi.models.users import AccessToken
from fedi.security.limits import Limit
from fedi.server import Server

WINDOW_SECONDS = 300


class Access(StrEnum):
    """Whom a route answers: anybody whatever their token, anybody, a client or a person, a person."""

    OPEN = "anybody"
    PUBLIC = "anybody; a token must be good"
    APP = "app"
    PERSON = "person"


async def admit(
    server: Server, request: HTTPConnection, access: Access, scopes: Sequence[str]
) -> AccessToken | None:
    """Give the token that asks, None for nobody; any one of `scopes` is enough (none: any token is).

    Raises InvalidToken for a token that is not in force, or none where one is needed, OutsideScopes for one
    that was given for other things, NoPerson for a client's own where a person is needed.
    """
    if access is Access.OPEN:
        return None
    given = bearer(request)
    if not given and access is Access.PUBLIC:
        return None
    token = await oauth.find_token(server, given) if given else None
    if token is None:
        raise InvalidToken
    # A client's own token opens what is open to anybody, whatever it was given for.
    lenient = access is Access.PUBLIC and token.user is None
    if scopes and not lenient and not any(oauth.covers(token.scopes, scope) for scope in scopes):
        raise OutsideScopes
    if access is Access.PERSON and token.user is None:
        raise NoPerson
    return token


def limit_of(server: Server, request: HTTPConnection, token: AccessToken | None) -> tuple[str, Limit]:
    """Give what a request counts as, and how often that may ask: its account, or else its address."""
    limits = server.settings.limits
    if token is not None and token.user is not None:
        return f"api:{token.user.account_id}", Limit(limits.per_account, WINDOW_SECONDS)
    return f"api-from:{network_of(request)}", Limit(limits.per_address, WINDOW_SECONDS)


def network_of(request: HTTPConnection) -> str:
    """Give what a request's address is counted as."""
    return sessions.network_of(request.client.host if request.client else "")


def bearer(request: HTTPConnection) -> str:
    """Find the token in the header, or in the query, which Mastodon reads as well."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.query_params.get("access_token", "")
