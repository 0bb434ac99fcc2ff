"""When a job that failed is tried again (the schedule that Mastodon uses)."""

import random

_FIRST_WAIT_SECONDS = 15
_JITTER = 0.2


def wait_seconds(attempt: int) -> float:
    """How long to wait after the given failed attempt (1 is the first): n^4 + 15 s, give or take a fifth.

    Sixteen attempts span about 2.6 days.
    """
    steady = (attempt - 1) ** 4 + _FIRST_WAIT_SECONDS
    return steady * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  spread, not secrecy
