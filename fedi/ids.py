"""Time-ordered 63-bit ids: milliseconds since 1970 shifted by 16, then a sequence.

Decimal strings of them sort like the times they were made at, which clients use for paging
(Mastodon API: ids). They are made in the program, not in the database, so that a row's URI is known
before it is written.
"""

import hashlib
import random
import threading
from datetime import UTC, datetime

_SEQUENCE_BITS = 16


class IdMaker:
    """Makes ids that never repeat and never go back within a process.

    Two processes of one instance may meet in the same millisecond: each millisecond starts at a random
    sequence number, and a unique key on the row catches the rest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def at(self, moment: datetime) -> int:
        """Make an id for something that happened at `moment` (aware)."""
        start = (int(moment.timestamp() * 1000) << _SEQUENCE_BITS) | random.getrandbits(8) << 4
        with self._lock:
            self._last = max(start, self._last + 1)
            return self._last

    def past(self, moment: datetime) -> int:
        """Make an id for a moment in the past (a remote post's `published`): ordered, never monotonic."""
        return (int(moment.timestamp() * 1000) << _SEQUENCE_BITS) | random.getrandbits(_SEQUENCE_BITS)


def lowest_at(moment: datetime) -> int:
    """Give the bound between ids made before `moment` (lower) and from it on, to the millisecond."""
    return int(moment.timestamp() * 1000) << _SEQUENCE_BITS


def moment_of(id_: int) -> datetime:
    """Give the moment an id was made for, to the millisecond."""
    return datetime.fromtimestamp((id_ >> _SEQUENCE_BITS) / 1000, UTC)


def digest(*parts: str) -> str:
    """Give a short name for texts, URIs mostly, that may be longer than a key column."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
