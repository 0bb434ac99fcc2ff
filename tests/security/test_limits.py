"""Rate limits: a bucket per key, in bounded memory."""

from datetime import datetime

import pytest

from fedi.clock import TurnableClock
from fedi.errors import TooMany
from fedi.security.limits import Limit, RateLimiter

FIVE_A_MINUTE = Limit(5, 60)


class StillClock(TurnableClock):
    """Stands until it is turned."""

    def __init__(self) -> None:
        super().__init__()
        self.start = super().now()

    def now(self) -> datetime:
        return self.start + self.ahead


def take_until_refused(limiter: RateLimiter, key: str) -> tuple[int, int]:
    for taken in range(1000):
        try:
            limiter.take(key, FIVE_A_MINUTE)
        except TooMany as error:
            return taken, error.retry_after_seconds
    raise AssertionError("never refused")


def test_as_many_as_allowed_pass_and_the_next_is_told_when() -> None:
    limiter = RateLimiter(StillClock())
    assert take_until_refused(limiter, "alice") == (5, 12)
    assert take_until_refused(limiter, "bob") == (5, 12)


def test_the_bucket_fills_again_bit_by_bit() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    take_until_refused(limiter, "alice")

    clock.turn(seconds=12)
    assert take_until_refused(limiter, "alice") == (1, 12)
    clock.turn(hours=1)
    assert take_until_refused(limiter, "alice") == (5, 12)


def test_refusals_cost_nothing() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    for _ in range(100):
        take_until_refused(limiter, "alice")
    clock.turn(seconds=12)
    limiter.take("alice", FIVE_A_MINUTE)


def test_a_clock_set_back_locks_nobody_out() -> None:
    clock = StillClock()
    limiter = RateLimiter(clock)
    take_until_refused(limiter, "alice")

    clock.turn(days=-1)
    with pytest.raises(TooMany) as refusal:
        limiter.take("alice", FIVE_A_MINUTE)
    assert refusal.value.retry_after_seconds <= 60


def test_the_number_of_keys_is_bounded() -> None:
    limiter = RateLimiter(StillClock(), max_keys=100)
    for number in range(10_000):
        limiter.take(f"10.0.{number}", FIVE_A_MINUTE)
    assert len(limiter._full_at) == 100
