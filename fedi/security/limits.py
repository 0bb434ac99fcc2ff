"""Rate limits: one token bucket per key, in a bounded number of keys.

Kept in memory, per process: after a restart everyone starts afresh. Written as the generic cell rate
algorithm, which needs one number per key: the moment at which the bucket will be full again.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

from fedi.clock import Clock
from fedi.errors import TooMany

_MAX_KEYS = 50_000  # about 10 MB when the keys are addresses


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` at once, and `times` per `seconds` in the long run."""

    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """How many more takes a key has at once, and when (seconds since 1970) it has all of them again."""

    times: int
    full_at: float


class RateLimiter:
    """Counts takes per key. Beyond `max_keys` the key that was used longest ago is forgotten."""

    def __init__(self, clock: Clock, *, max_keys: int = _MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, limit: Limit) -> Left:
        """Take one for `key`, or raise TooMany with the whole seconds to wait; a refusal costs nothing.

        The key names what is limited as well (`login:203.0.113.7`): one key, one limit.
        """
        now = self._clock.now().timestamp()
        # A clock set back must not lock anybody out for longer than an empty bucket does.
        full_at = min(max(self._full_at.get(key, now), now), now + limit.seconds)
        next_full_at = full_at + limit.seconds / limit.times
        wait = next_full_at - limit.seconds - now
        if wait > 1e-6:
            raise TooMany(retry_after_seconds=math.ceil(wait))
        self._remember(key, next_full_at)
        spare = (limit.seconds + now - next_full_at) * limit.times / limit.seconds
        return Left(times=int(spare + 1e-6), full_at=next_full_at)

    def _remember(self, key: str, full_at: float) -> None:
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._max_keys:
            self._full_at.popitem(last=False)
