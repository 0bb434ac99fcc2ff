"""A file from the web for a command: https alone, through the egress guard, each redirect checked anew."""

from http import HTTPStatus
from urllib.parse import urljoin

from fedi.errors import Blocked, Refused, Unreachable
from fedi.server import Server

_REDIRECTS = 5
_SECONDS = 120.0
_MOVED = {301, 302, 303, 307, 308}


async def fetch(server: Server, url: str, *, max_bytes: int) -> bytes:
    """Fetch a file. Raises Blocked, Unreachable, Refused, and TooLarge while reading."""
    for _ in range(_REDIRECTS):
        # On a development server, loopback and plain http are the network.
        if not url.startswith("https://") and not server.settings.server.development:
            raise Blocked("Only https is fetched.")
        answer = await server.egress.request(
            "GET", url, headers={"Accept": "*/*"}, max_bytes=max_bytes, total_seconds=_SECONDS
        )
        if answer.status == HTTPStatus.OK:
            return answer.body
        if answer.status not in _MOVED or "location" not in answer.headers:
            raise Refused(answer.status, f"{url} says {answer.status}.")
        url = urljoin(url, answer.headers["location"])
    raise Unreachable("The address leads in a circle.")
