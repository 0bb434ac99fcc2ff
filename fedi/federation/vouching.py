"""Stamps of other servers, fetched and checked (FEP-044f): of quotes and of remixes.

A stamp counts only at its own id, on the host of what it is about, for this very post and this very target.
"""

from typing import TypeVar

from fedi.activitypub.reader import same_origin
from fedi.activitypub.stamps import Stamp
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Gone, WrongOrigin
from fedi.federation.fetch import check_host, fetch_json
from fedi.models.posts import Tombstone
from fedi.server import Server

S = TypeVar("S", bound=Stamp)


async def stamp_at(server: Server, kind: type[S], uri: Uri, *, quoting: Uri, target: Uri) -> S:
    """Fetch the stamp that lets `quoting` show `target`; whether its author wrote that, the caller asks.

    Raises WrongOrigin for a stamp of something else, Gone for one that was taken back, else as `fetch_json`.
    """
    if not same_origin(uri, target):
        raise WrongOrigin("The stamp is of another server than what it is about.")
    if await Tombstone.exists(uri=uri):
        raise Gone
    await check_host(server, uri)
    stamp = kind.from_json(await fetch_json(server, uri))
    if (stamp.id, stamp.quoting, stamp.target) != (uri, quoting, target):
        raise WrongOrigin("The stamp is of something else.")
    if not same_origin(stamp.attributed_to, uri):
        raise WrongOrigin("The stamp is of another server than its author.")
    return stamp
