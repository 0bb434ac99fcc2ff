"""An object of another server, fetched for a client (ActivityPub's `proxyUrl`): never a general proxy.

Only ActivityPub documents found at their own ids come through, from addresses that the server may dial,
signed by the server's own actor and never by the person's key; and only what that person may see.
"""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub.reader import Reader, is_http_uri
from fedi.activitypub.vocabulary import PUBLIC, Json, Uri
from fedi.c2s.admission import Caller, person
from fedi.errors import Malformed, NotFound, Unsupported
from fedi.federation.answering import activity
from fedi.federation.fetch import fetch_json
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.queries import visibility
from fedi.security.limits import Limit

_LOOK_UPS = Limit(120, 300)
_FORM = "application/x-www-form-urlencoded"
_ADDRESSES = ("to", "cc", "audience")
_MAX_ADDRESSES = 1000
_MAX_AUTHORS = 10


async def fetch(request: Request) -> Response:
    """POST /ap/proxy: the object whose id stands in the form field `id`.

    Raises Malformed for an id of our own or none, what a fetch may raise, and NotFound for what is not for
    the person who asks.
    """
    caller = await person(request, "read")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Unsupported("The id is sent as a form.")
    async with request.form(max_files=0, max_fields=2) as form:
        uri = form.get("id")
    if not isinstance(uri, str) or not is_http_uri(uri):
        raise Malformed("The id is no address.")
    if caller.server.uris.is_local(uri):
        raise Malformed("This is an object of this server: ask for it at its id.")
    caller.server.limits.take(f"proxy:{caller.account.id}", _LOOK_UPS)
    json = await fetch_json(caller.server, uri)
    if not await _may_see(caller, json):
        raise NotFound
    return activity(json, private=True)


async def _may_see(caller: Caller, json: Json) -> bool:
    """Say whether a document is for the person, and not merely for this server."""
    known = await find_post(caller.server, Reader(json).id())
    if known is not None:
        return await visibility.may_see(caller.server, known, caller.account)
    for part in _parts(json):
        addresses = {uri for name in _ADDRESSES for uri in part.uris(name, limit=_MAX_ADDRESSES)}
        if not addresses or PUBLIC in addresses or caller.account.uri in addresses:
            continue
        if not await _follows_author(caller, part, addresses):
            return False
    return True


def _parts(json: Json) -> Iterator[Reader]:
    read = Reader(json)
    yield read
    yield from read.objects("object")


async def _follows_author(caller: Caller, part: Reader, addresses: set[Uri]) -> bool:
    authors = [uri for name in ("attributedTo", "actor") for uri in part.uris(name, limit=_MAX_AUTHORS)]
    for author in await Account.filter(uri__in=authors) if authors else []:
        if author.followers_url in addresses and await Follow.exists(
            follower_id=caller.account.id, target_id=author.id, state="accepted"
        ):
            return True
    return False
