"""The only way out: every outgoing connection is made here, within limits and to allowed addresses.

The address is checked on the socket that is about to connect, after the name was resolved, so that a name
cannot resolve to one address for the check and to another for the connection (DNS rebinding). Redirects are
not followed here: who asks decides, and checks and signs each hop anew.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from fedi.errors import Blocked, TooLarge, Unreachable
from fedi.security.addresses import check_url, may_dial

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
_CONNECTIONS = 256
_CHUNK_BYTES = 64 * 1024
_NAME_CACHE_SECONDS = 60
_URLS_KEPT = 4096


@lru_cache(maxsize=_URLS_KEPT)
def web_url(url: str) -> URL:
    """Give a URL as it is put on the request line; inboxes are asked for again and again."""
    return URL(url)


@lru_cache(maxsize=8)
def _timeout(total_seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total_seconds, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a peer answered: at most the bytes asked for, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class _Refusal(OSError):
    """An address that may not be dialled."""


class Egress:
    """The HTTP client for everything that leaves this server."""

    def __init__(
        self, session: aiohttp.ClientSession, *, check: Callable[[str], object], user_agent: str
    ) -> None:
        self._session, self._check, self._user_agent = session, check, user_agent

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        max_bytes: int,
        total_seconds: float = TOTAL_SECONDS,
        cut: bool = False,
    ) -> Answer:
        """Send one request and read at most `max_bytes` of the decompressed answer.

        `cut`: only the status matters, so that an answer of any length is cut off there instead of refused,
        and one that breaks off after its status counts as whole.
        Raises Blocked for a URL or address that may not be reached, Unreachable when the peer cannot be
        reached or does not answer in time, TooLarge when it says more than `max_bytes`.
        """
        self._check(url)
        sent = {"User-Agent": self._user_agent, **headers}
        try:
            async with self._session.request(
                method,
                web_url(url),
                headers=sent,
                data=body,
                allow_redirects=False,
                timeout=_timeout(total_seconds),
            ) as response:
                content = await _read(response, max_bytes, cut=cut) if not response.content.at_eof() else b""
                received = {name.lower(): value for name, value in response.headers.items()}
                return Answer(status=response.status, headers=received, body=content, url=url)
        except _Refusal as error:
            raise Blocked(str(error)) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if isinstance(getattr(error, "os_error", None), _Refusal):
                raise Blocked(str(error)) from error
            raise Unreachable(f"{url.split('/')[2]} could not be reached.") from error


class _Names(AbstractResolver):
    """Knows the names of a development's own small internet, and asks the system for all others."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._hosts, self._system = hosts, DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give where a name leads; a name under `*.` leads where that does."""
        found = self._hosts.get(host) or self._hosts.get(f"*.{host.partition('.')[2]}")
        if found is None:
            return await self._system.resolve(host, port, family)
        address, _, number = found.rpartition(":")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=int(number),
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Close the system's resolver."""
        await self._system.close()


@asynccontextmanager
async def open_egress(
    *, development: bool, user_agent: str, development_hosts: Mapping[str, str] | None = None
) -> AsyncIterator[Egress]:
    """Open the client; `development` lets it reach loopback addresses and plain http.

    With `development_hosts` (names, or `*.` and a domain, to `address:port`) those names lead there, and of
    this machine nothing else is reached: so several servers can play a small internet on it.
    """
    hosts = dict(development_hosts or {}) if development else {}
    anywhere, known = development and not hosts, frozenset(hosts.values())

    def guarded_socket(address: Any) -> socket.socket:
        family, kind, protocol, _, target = address
        is_known = f"{target[0]}:{target[1]}" in known
        if not is_known and not may_dial(target[0], allow_loopback=anywhere):
            raise _Refusal(f"{target[0]} is not an address that this server connects to")
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        return connection

    connector = aiohttp.TCPConnector(
        limit=_CONNECTIONS,
        limit_per_host=0,
        ttl_dns_cache=_NAME_CACHE_SECONDS,
        socket_factory=guarded_socket,
        resolver=_Names(hosts) if hosts else None,
    )
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:
        check = partial(check_url, allow_http=development, allow_loopback=anywhere)
        yield Egress(session, check=check, user_agent=user_agent)
        await asyncio.sleep(0)


@asynccontextmanager
async def open_own_egress(base_url: str, *, user_agent: str) -> AsyncIterator[Egress]:
    """Open a client for one service of the owner's, which may stand on this machine, and nothing else."""

    def check(url: str) -> None:
        if not url.startswith(f"{base_url}/"):
            raise Blocked("The address is not that of the service.")

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session:
        yield Egress(session, check=check, user_agent=user_agent)
        await asyncio.sleep(0)


async def _read(response: aiohttp.ClientResponse, max_bytes: int, *, cut: bool) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                response.close()
                if cut:
                    break
                raise TooLarge(f"The peer's answer is larger than {max_bytes} bytes.")
            chunks.append(chunk)
    except (aiohttp.ClientError, TimeoutError):
        if not cut:
            raise
        response.close()
    return b"".join(chunks)
