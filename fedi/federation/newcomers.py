"""How many hosts that were never heard of may be asked, of one domain: names cost nothing below a wildcard.

Ten of a registrable domain in five minutes, as Mastodon does (federation reference 6). What is registrable
is guessed without a list of public suffixes: the last two labels, or three below a country's `co`, `com`
and the like. A wrong guess only lets fewer new hosts in at once.
"""

import ipaddress
from typing import Final

from fedi.activitypub.reader import host_of
from fedi.errors import TooMany
from fedi.memory import Recall
from fedi.security.limits import Limit
from fedi.server import Server

_NEW_HOSTS: Final = Limit(10, 300.0)
_HOSTS_KEPT = 10_000
_KEPT_SECONDS = 3600.0
_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "gob", "gov", "ne", "net", "or", "org"})


class Admitted(Recall[str, bool]):
    """Hosts that were counted, or are known, lately."""

    def __init__(self) -> None:
        super().__init__(size=_HOSTS_KEPT, seconds=_KEPT_SECONDS)


async def admit(server: Server, uri: str) -> None:
    """Let the host of a URI be asked. Raises TooMany for one more new host of a domain than may be."""
    host, now = host_of(uri), server.clock.now()
    admitted = server.memory.of(Admitted)
    if admitted.get(host, now):
        return
    if not await _is_known(server, host):
        domain = registrable(host)
        try:
            server.limits.take(f"new-hosts:{domain}", _NEW_HOSTS)
        except TooMany as error:
            raise TooMany(
                f"Too many new hosts below {domain}.", retry_after_seconds=error.retry_after_seconds
            ) from error
    admitted.put(host, True, now)


def registrable(host: str) -> str:
    """Guess the part of a host name that somebody had to pay for; an address stands for itself."""
    name = host.partition(":")[0]
    if host.startswith("[") or _is_address(name):
        return host
    labels = name.split(".")
    is_shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS
    return ".".join(labels[-3 if is_shared else -2 :])


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _is_known(server: Server, host: str) -> bool:
    rows = await server.db.rows(
        "SELECT EXISTS (SELECT 1 FROM accounts WHERE domain = ?1)"
        " OR EXISTS (SELECT 1 FROM instances WHERE host = ?1) AS known",
        [host],
    )
    return bool(rows[0]["known"])
