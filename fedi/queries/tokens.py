"""Who holds a token: asked at every request of an app, so kept until anything changes that it says."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import orjson
from tortoise import fields
from tortoise.models import Model

from fedi.changes import Note
from fedi.models.accounts import Account
from fedi.models.users import AccessToken, Application, User
from fedi.queries.rows import load, load_by_id
from fedi.server import Server

M = TypeVar("M", bound=Model)

_MOST_TOKENS = 2000


async def by_hash(server: Server, token_hash: str) -> AccessToken | None:
    """Find a token by what is stored of it, with its application, user and account where it has them."""
    if not server.db.keeps():
        return await _load(server, token_hash)
    kept = server.memory.of(_Tokens)
    if not kept.listens:
        kept.listens = True
        server.db.changes.listen(kept.changed)
    form = kept.forms.get(token_hash)
    if form is None:
        version = server.db.changes.version
        token = await _load(server, token_hash)
        if token is None:
            return None
        form = _form(token)
        if version == server.db.changes.version:
            kept.put(token_hash, form)
    return _token(form)


@dataclass(frozen=True, slots=True)
class _Form:
    """A token and what belongs to it, apart from each other and from whoever may change an object of them."""

    token: dict[str, Any]
    application: dict[str, Any] | None
    user: dict[str, Any] | None
    account: dict[str, Any] | None


class _Tokens:
    """The tokens that were used lately, by their hashes."""

    def __init__(self) -> None:
        self.listens = False
        self.forms: OrderedDict[str, _Form] = OrderedDict()

    def put(self, token_hash: str, form: _Form) -> None:
        self.forms[token_hash] = form
        if len(self.forms) > _MOST_TOKENS:
            self.forms.popitem(last=False)

    def changed(self, notes: frozenset[Note]) -> None:
        if any(note.kind in {"everything", "access"} for note in notes):
            self.forms.clear()
        people = {note.id for note in notes if note.kind == "account"}
        for token_hash, form in list(self.forms.items()) if people else ():
            if form.account is not None and form.account["id"] in people:
                del self.forms[token_hash]


async def _load(server: Server, token_hash: str) -> AccessToken | None:
    found = await load(server, AccessToken, "WHERE r.token_hash = ?", [token_hash])
    if not found:
        return None
    token = found[0]
    # Where objects keep loaded relations: setting these through the ORM costs as much as the queries.
    user = await _one(server, User, token.user_id)
    if user is not None:
        account = (await load_by_id(server, Account, [user.account_id]))[user.account_id]
        user.__dict__["_account"] = account
    token.__dict__["_user"] = user
    application = await _one(server, Application, token.application_id)
    token.__dict__["_application"] = application
    return token


async def _one(server: Server, model: type[M], id_: int | None) -> M | None:
    return (await load_by_id(server, model, [id_])).get(id_) if id_ is not None else None


def _form(token: AccessToken) -> _Form:
    user = token.user
    return _Form(
        token=_values(token),
        application=_values(token.application) if token.application else None,
        user=_values(user) if user else None,
        account=_values(user.account) if user else None,
    )


def _token(form: _Form) -> AccessToken:
    """Make fresh objects of what is kept: whoever asked may change theirs."""
    token = _made(AccessToken, form.token)
    token.__dict__["_application"] = _made(Application, form.application) if form.application else None
    user = _made(User, form.user) if form.user else None
    token.__dict__["_user"] = user
    if user is not None and form.account is not None:
        user.__dict__["_account"] = _made(Account, form.account)
    return token


def _values(row: Model) -> dict[str, Any]:
    """Give an object's values, those that could be changed in place as JSON."""
    values = {
        name: value for name, value in row.__dict__.items() if not name.startswith("_") or name in _STATE
    }
    return values | {name: orjson.dumps(values[name]) for name in _json(type(row))}


_STATE = {"_partial", "_saved_in_db", "_custom_generated_pk"}


def _made(model: type[M], values: dict[str, Any]) -> M:
    made = model.__new__(model)
    made.__dict__.update(values)
    for name in _json(model):
        made.__dict__[name] = orjson.loads(values[name])
    made.__dict__["_await_when_save"] = {}
    return made


@cache
def _json(model: type[Model]) -> list[str]:
    """List the columns whose values can be changed in place."""
    described = model._meta.fields_map.items()  # noqa: SLF001  the fields have no public name
    return [name for name, field in described if isinstance(field, fields.JSONField)]
