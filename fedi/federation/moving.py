"""Accounts that people name when they move: looked up by handle or address, and asked anew."""

from fedi.errors import FediError, NotFound
from fedi.federation import people, resolve
from fedi.models.accounts import Account
from fedi.server import Server

_NOBODY = "There is no account of this name, or its server does not answer."


async def account_named(server: Server, text: str) -> Account:
    """Give the account that a handle, an address or a page stands for; raises NotFound for nothing."""
    text = text.strip()
    if text.startswith(("https://", "http://")):
        found = await resolve.anything(server, text)
        if not isinstance(found, Account):
            raise NotFound(_NOBODY)
        return found
    try:
        return await people.account_by_handle(server, text)
    except FediError as error:
        raise NotFound(_NOBODY) from error


async def account_named_now(server: Server, text: str) -> Account:
    """Give the same as its own server describes it now: what it said yesterday moves nobody."""
    found = await account_named(server, text)
    if found.is_local:
        return found
    try:
        return await people.account_by_uri(server, found.uri, refresh=True)
    except FediError as error:
        raise NotFound("The server of the new account does not answer.") from error
