"""The time: one object that tests can turn."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class Clock:
    """The wall clock, as aware UTC datetimes."""

    def now(self) -> datetime:
        """Give the time now."""
        return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  the one place that reads the clock


@dataclass
class TurnableClock(Clock):
    """A clock that runs on but can be turned forward; for tests."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Give the real time plus what it was turned ahead."""
        return Clock.now(self) + self.ahead

    def turn(self, **span: float) -> None:
        """Turn forward by a span in timedelta's words: `clock.turn(minutes=5)`."""
        self.ahead += timedelta(**span)
