"""Who asks with a token: people's clients that speak ActivityPub (RFC 6750); peers sign (answering.py)."""

from starlette.requests import Request

from fedi.actions import inboxes, oauth, sessions
from fedi.actions.scopes import ACTIVITYPUB
from fedi.errors import Forbidden, Unauthorized
from fedi.models.accounts import Account
from fedi.models.users import AccessToken
from fedi.security.limits import Limit
from fedi.server import Server, server_of

WINDOW_SECONDS = 300

_KEPT = "fedi.bearer"


class NoToken(Unauthorized):
    """This needs an access token of the account."""

    challenge = 'Bearer realm="fedi"'


class BadToken(Unauthorized):
    """The access token is invalid."""

    challenge = 'Bearer realm="fedi", error="invalid_token"'


class OutsideScopes(Forbidden):
    """This action is outside the authorized scopes."""

    challenge = 'Bearer realm="fedi", error="insufficient_scope"'


async def token_of(request: Request) -> AccessToken | None:
    """Give the person's token that a request carries in its header; None without one.

    Looks and counts once a request. Raises BadToken for one that is not in force or no person's, TooMany.
    """
    if _KEPT in request.scope:
        kept: AccessToken | None = request.scope[_KEPT]
        return kept
    request.scope[_KEPT] = token = await _look_up(request)
    return token


def count_stranger(request: Request) -> None:
    """Count a request that is refused for whom it comes from. Raises TooMany."""
    server = server_of(request)
    network = sessions.network_of(request.client.host if request.client else "")
    server.limits.take(f"api-from:{network}", Limit(server.settings.limits.per_address, WINDOW_SECONDS))


def admits(token: AccessToken, scope: str) -> bool:
    """Say whether a token is for `scope` (read or write): by that name, or for all of ActivityPub."""
    return any(oauth.covers(token.scopes, name) for name in (ACTIVITYPUB, scope))


async def reader(request: Request) -> Account | None:
    """Give the person whose client asks; None without a token for reading. Raises BadToken, TooMany."""
    token = await token_of(request)
    # One for writing alone opens what anybody may read.
    if token is None or not admits(token, "read"):
        return None
    return person_of(server_of(request), token)


def person_of(server: Server, token: AccessToken) -> Account:
    """Give whose token it is; their inbox is kept from now on."""
    if token.user is None:
        raise BadToken
    account = token.user.account
    inboxes.reads(server, account)
    return account


async def _look_up(request: Request) -> AccessToken | None:
    server = server_of(request)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not server.settings.federation.clients or scheme.lower() != "bearer":
        return None
    token = await oauth.find_token(server, given.strip())
    if token is None or token.user is None:
        count_stranger(request)
        raise BadToken
    server.limits.take(
        f"api:{token.user.account_id}", Limit(server.settings.limits.per_account, WINDOW_SECONDS)
    )
    return token
