"""What endpoints share: ActivityPub answers, errors as JSON, and who is asking."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from fedi.activitypub.reader import host_of
from fedi.activitypub.signatures import requests
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import ACTIVITY_CONTENT_TYPE, Json
from fedi.errors import Blocked, FediError, NotFound, TooMany, Unreachable, Unsigned
from fedi.federation import bearers
from fedi.federation.known import find_account
from fedi.federation.verify import sender
from fedi.models.accounts import Account
from fedi.queries import domains
from fedi.server import server_of

Endpoint = Callable[[Request], Awaitable[Response]]

MAX_BODY_BYTES = 1024 * 1024

_PUBLIC_SECONDS = 180
MAX_ID = 2**63 - 1
_RETRY_SECONDS = 60
# The body depends on these: pages stand at some of the same addresses, and who signs or has a token may
# see more.
_VARY = "Accept, Signature, Signature-Input, Authorization"


def id_of(request: Request) -> int:
    """Give the id in the path; raises NotFound for a number that no row can have."""
    number: int = request.path_params["id"]
    if number > MAX_ID:
        raise NotFound
    return number


def activity(json: Json, *, private: bool = False, status: int = 200) -> Response:
    """Answer with an ActivityPub document; `private` ones are for this asker alone and kept by nobody."""
    cache = "private, no-store" if private else f"public, max-age={_PUBLIC_SECONDS}"
    headers = {"Vary": _VARY, "Cache-Control": cache}
    return Response(orjson.dumps(json), status, headers, media_type=ACTIVITY_CONTENT_TYPE)


def plain(json: Json, content_type: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with another JSON document that anybody may read."""
    return Response(orjson.dumps(json), 200, headers, media_type=content_type)


def failure(error: FediError) -> Response:
    """Answer with an error, worded for peers."""
    headers = {"Cache-Control": "no-store", "Vary": _VARY}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, Unreachable):
        headers["Retry-After"] = str(_RETRY_SECONDS)
    elif isinstance(error, bearers.NoToken | bearers.BadToken | bearers.OutsideScopes):
        headers["WWW-Authenticate"] = error.challenge
    body = orjson.dumps({"error": str(error)})
    return Response(body, error.status_code, headers, media_type="application/json; charset=utf-8")


def worded(endpoint: Endpoint) -> Endpoint:
    """Make an endpoint answer FediErrors as JSON."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except FediError as error:
            return failure(error)

    return answer


def message_of(request: Request) -> SignedMessage:
    """Give a request without a body as it stood on the wire, for signatures."""
    return message_in(request.scope)


def message_in(scope: Scope, body: bytes = b"") -> SignedMessage:
    """Give an ASGI request as it stood on the wire, for signatures."""
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    if query := scope["query_string"]:
        target = target.partition(b"?")[0] + b"?" + query
    lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return SignedMessage.of(scope["method"], target.decode("latin-1"), lines, body)


def address_of(request: Request) -> str:
    """Give the address that a request came from, as the proxy in front says (uvicorn trusts only ours)."""
    return address_in(request.scope)


def address_in(scope: Scope) -> str:
    """Give the same of an ASGI request."""
    client = scope.get("client")
    return client[0] if client else ""


async def asker(request: Request) -> Account | None:
    """Give the account that signed a GET, or whose token it has: None for nobody, or somebody unknown.

    Raises Unsigned for a signature that does not hold, Blocked for a suspended host, and as `bearers.reader`.
    """
    if (person := await bearers.reader(request)) is not None:
        return person
    if "signature" not in request.headers:
        return None
    server = server_of(request)
    uri = await sender(server, message_of(request), address=address_of(request))
    return await find_account(server, uri)


async def admit(request: Request) -> None:
    """Let anybody read what is public, unless the settings demand a signature; no suspended host.

    Without the demand a signature is not checked: that would cost a request for each new asker.
    """
    server = server_of(request)
    if await bearers.reader(request) is not None:
        return
    if server.settings.federation.demands_signatures:
        if "signature" not in request.headers:
            raise Unsigned("This server answers signed requests only.")
        await sender(server, message_of(request), address=address_of(request))
    elif "signature" in request.headers:
        key_id = requests.parse(message_of(request)).key_id
        if await domains.is_suspended(server, host_of(key_id)):
            raise Blocked
