"""Clients that are ActivityPub objects: found at their `client_id`, not registered (FEP-d8c2).

What a client says of itself is fetched as every document is, through the one way out (T60), each time that
somebody is asked to let it in; only people who are signed in can cause that.
"""

from typing import Final

from fedi.actions import oauth
from fedi.actions.oauth import GrantRefused
from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import Json
from fedi.errors import FediError, Malformed
from fedi.federation.fetch import check_host, fetch_json
from fedi.models.accounts import Account
from fedi.security.limits import Limit
from fedi.server import Server

_LOOK_UPS = Limit(30, 300)
_TYPES: Final = frozenset({"Application", "Service"})
_MAX_NAME_CHARACTERS = 255
_MAX_REDIRECTS = 20


async def learn(server: Server, person: Account, client_id: str) -> None:
    """Store a client as its own document describes it, for `person`, who is asked to let it in.

    Raises GrantRefused where no such clients are let in, or the document is not that of a client.
    """
    if not server.settings.federation.clients:
        raise GrantRefused("invalid_client", "This application is not known here.", status_code=401)
    server.limits.take(f"client-documents:{person.id}", _LOOK_UPS)
    try:
        await check_host(server, client_id)
        name, redirect_uris = _read(await fetch_json(server, client_id), client_id)
        await oauth.store_client(server, client_id, name=name, redirect_uris=redirect_uris)
    except FediError as error:
        words = f"The application cannot be looked up at {client_id}: {error}"
        raise GrantRefused("invalid_client", words, status_code=401) from error


def _read(json: Json, client_id: str) -> tuple[str, list[str]]:
    read = Reader(json)
    read.type(_TYPES)
    if read.id() != client_id:
        raise Malformed("The document has another id.")
    # Not only http: programs of their own have addresses that only their machine opens.
    uris = [uri for uri in read.many("redirectURI") if isinstance(uri, str)][:_MAX_REDIRECTS]
    if not uris:
        raise Malformed("The document has no redirectURI.")
    return read.line("name", limit=_MAX_NAME_CHARACTERS) or client_id, uris
