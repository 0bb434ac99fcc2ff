"""The people that a client names by their ids: known ones, and a few unknown ones fetched."""

import asyncio
from collections.abc import Iterable

from fedi.activitypub.vocabulary import Uri
from fedi.errors import FediError, Malformed
from fedi.federation import people
from fedi.models.accounts import Account
from fedi.queries.rows import among, load
from fedi.server import Server

MAX_UNKNOWN = 20

_AT_ONCE = 4
_SECONDS = 10.0


async def find(server: Server, uris: Iterable[Uri]) -> dict[Uri, Account]:
    """Give the present accounts with these ids, in their order.

    Twenty unknown ones are fetched at most, within ten seconds; what is not found so is left out.
    """
    wanted = list(dict.fromkeys(uris))
    if not wanted:
        return {}
    sql, values = among("r.uri", wanted)
    found = {Uri(row.uri): row for row in await load(server, Account, f"WHERE {sql}", values)}
    unknown = [uri for uri in wanted if uri not in found and not server.uris.is_local(uri)]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def fetch(uri: Uri) -> None:
        try:
            async with turns:
                found[uri] = await people.account_by_uri(server, uri)
        except FediError:
            # A collection, or nobody: who must be found is for the caller to say.
            return

    try:
        async with asyncio.timeout(_SECONDS), asyncio.TaskGroup() as group:
            for uri in unknown[:MAX_UNKNOWN]:
                group.create_task(fetch(uri))
    except TimeoutError:
        # The slow ones are missing too.
        pass
    present = {uri: found[uri] for uri in wanted if uri in found}
    return {
        uri: account
        for uri, account in present.items()
        if account.gone_at is None and account.suspended_at is None
    }


async def one(server: Server, uri: Uri) -> Account:
    """Give the account with this id, fetched if unknown. Raises Malformed where there is none."""
    try:
        return await people.account_by_uri(server, uri)
    except FediError as error:
        raise Malformed(f"There is no actor {uri}: {error}") from error
