"""Whose client asks, what its token is for, and whether what it asks for is that person's (ActivityPub 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from fedi.actions import oauth
from fedi.actions.scopes import SAME_ORIGIN
from fedi.activitypub.reader import Reader, same_origin
from fedi.activitypub.vocabulary import Json
from fedi.errors import Forbidden, NotFound
from fedi.federation import bearers
from fedi.federation.answering import id_of
from fedi.models.accounts import Account
from fedi.models.users import AccessToken, Application
from fedi.server import Server, server_of

# What an activity acts upon (FEP-d8c2: what `write:sameorigin` is limited to).
_ACTED_UPON = ("object", "target", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person, and the client that acts for them."""

    server: Server
    account: Account
    token: AccessToken

    @property
    def application(self) -> Application | None:
        """The client program."""
        return self.token.application


async def person(request: Request, scope: str) -> Caller:
    """Give whose client asks, with a token for `scope` (read or write).

    Raises NotFound where clients are not let in, NoToken, BadToken, OutsideScopes and TooMany.
    """
    server = server_of(request)
    if not server.settings.federation.clients:
        raise NotFound
    token = await bearers.token_of(request)
    if token is None:
        bearers.count_stranger(request)
        raise bearers.NoToken
    if not bearers.admits(token, scope) and not (scope == "write" and _is_limited(token)):
        raise bearers.OutsideScopes
    return Caller(server=server, account=bearers.person_of(server, token), token=token)


async def owner(request: Request, scope: str) -> Caller:
    """Give whose client asks for the account in the path. Raises Forbidden when that is somebody else's."""
    caller = await person(request, scope)
    if id_of(request) != caller.account.id:
        raise Forbidden("This belongs to another account.")
    return caller


def check_reach(caller: Caller, activity: Json) -> None:
    """Raise OutsideScopes if the token is only for what is of its client's origin, and this is not all so."""
    if bearers.admits(caller.token, "write"):
        return
    home = oauth.home_of(caller.application)
    if not all(same_origin(uri, home) for uri in _acted_upon(activity)):
        raise bearers.OutsideScopes


def _is_limited(token: AccessToken) -> bool:
    return oauth.covers(token.scopes, SAME_ORIGIN)


def _acted_upon(activity: Json) -> Iterator[Any]:
    read = Reader(activity)
    values = [value for name in _ACTED_UPON for value in read.many(name)]
    # What has no id is of nobody's origin yet.
    yield from (Reader(value).find_id() or "" if isinstance(value, dict) else str(value) for value in values)
