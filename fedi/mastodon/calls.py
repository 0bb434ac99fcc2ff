"""One request of the client API, read: who asks, for what, with which parameters."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon.auth import Access
from fedi.mastodon.params import Params, read_id
from fedi.mastodon.responses import NoPerson
from fedi.models.accounts import Account
from fedi.models.users import AccessToken, Application, User
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request with its token checked, its parameters read and its path taken apart."""

    request: Request
    server: Server
    token: AccessToken | None
    params: Params
    path: Mapping[str, str]

    @property
    def viewer(self) -> Account | None:
        """The person who asks, None when nobody is signed in."""
        return self.token.user.account if self.token and self.token.user else None

    @property
    def account(self) -> Account:
        """The person who asks, where the route lets nobody else in."""
        return self.user.account

    @property
    def user(self) -> User:
        """The login of the person who asks."""
        if self.token is None or self.token.user is None:
            raise NoPerson
        return self.token.user

    @property
    def application(self) -> Application | None:
        """The client that asks."""
        return self.token.application if self.token else None

    @property
    def id(self) -> int:
        """The id in the path. Raises NotFound for what cannot be one."""
        return self.id_of("id")

    def id_of(self, name: str) -> int:
        """Give an id of the path by its name. Raises NotFound for what cannot be one."""
        id_ = read_id(self.path[name])
        if not id_:
            raise NotFound
        return id_


Answer = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the table of routes. Any one of `scopes` is enough."""

    method: str
    path: str
    answer: Answer
    access: Access
    scopes: tuple[str, ...] = ()
