"""Which scheme of signatures a host is known to read, so that most requests are sent once (reference 4.5).

Kept in the host's row and, for an hour, in memory: a host that is well costs no query and no write.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fedi.memory import Recall
from fedi.models.federation import Instance
from fedi.server import Server

CAVAGE: Final = "cavage"
RFC9421: Final = "rfc9421"

# After this what was learnt is forgotten; said again within half of it, it is not written again.
_GOOD_FOR = timedelta(days=30)
_HOSTS_KEPT = 10_000
_HOST_SECONDS = 3600.0
# How long a host that refused both schemes is not asked a second time.
_REFUSED_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class HostScheme:
    """What a host was last known to read, and since when; "" for one that is new."""

    scheme: str
    at: datetime | None


class Schemes(Recall[str, HostScheme]):
    """The hosts dealt with lately."""

    def __init__(self) -> None:
        super().__init__(size=_HOSTS_KEPT, seconds=_HOST_SECONDS)


class Refused(Recall[str, bool]):
    """Hosts that have lately refused both schemes: it is not the scheme that they mind."""

    def __init__(self) -> None:
        super().__init__(size=_HOSTS_KEPT, seconds=_REFUSED_SECONDS)


async def known(server: Server, host: str) -> str:
    """Give the scheme that a host is known to read, "" where that is unknown or was learnt long ago."""
    found = await _found(server, host)
    is_old = found.at is None or server.clock.now() - found.at >= _GOOD_FOR
    return "" if is_old else found.scheme


async def learn(server: Server, host: str, scheme: str) -> None:
    """Remember what a host reads; writes nothing while that is no news."""
    found, now = await _found(server, host), server.clock.now()
    if found.scheme == scheme and found.at is not None and now - found.at < _GOOD_FOR / 2:
        return
    values: dict[str, Any] = {"scheme": scheme, "scheme_at": now}
    async with server.db.transaction():
        if not await Instance.filter(host=host).update(**values):
            await Instance.create(id=server.new_id(), host=host, created_at=now, **values)
    server.memory.of(Schemes).put(host, HostScheme(scheme, now), now)
    server.memory.of(Refused).forget(host)


def refused_both(server: Server, host: str) -> None:
    """Remember that a host refused both schemes."""
    server.memory.of(Refused).put(host, True, server.clock.now())


def has_refused_both(server: Server, host: str) -> bool:
    """Say whether a host has refused both schemes lately."""
    return server.memory.of(Refused).get(host, server.clock.now()) is not None


async def _found(server: Server, host: str) -> HostScheme:
    schemes, now = server.memory.of(Schemes), server.clock.now()
    if (found := schemes.get(host, now)) is not None:
        return found
    row = await Instance.get_or_none(host=host)
    found = HostScheme("", None) if row is None else HostScheme(row.scheme, row.scheme_at)
    schemes.put(host, found, now)
    return found
