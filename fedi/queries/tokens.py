"""Who holds a token: asked at every request of an app, so by SQL written by hand."""

from typing import TypeVar

from tortoise.models import Model

from fedi.models.accounts import Account
from fedi.models.users import AccessToken, Application, User
from fedi.queries.rows import load, load_by_id
from fedi.server import Server

M = TypeVar("M", bound=Model)


async def by_hash(server: Server, token_hash: str) -> AccessToken | None:
    """Find a token by what is stored of it, with its application, user and account where it has them."""
    found = await load(server, AccessToken, "WHERE r.token_hash = ?", [token_hash])
    if not found:
        return None
    token = found[0]
    # Setting a relation sets its column as well, so each is set once, to what it is.
    token.application = await _one(server, Application, token.application_id)
    user = await _one(server, User, token.user_id)
    if user is not None:
        user.account = (await load_by_id(server, Account, [user.account_id]))[user.account_id]
    token.user = user
    return token


async def _one(server: Server, model: type[M], id_: int | None) -> M | None:
    return (await load_by_id(server, model, [id_])).get(id_) if id_ is not None else None
