"""Pages of a list by the ids of its rows (Mastodon API: Guidelines, pagination)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for; a page always reads newest first.

    `max_id`: strictly older. `since_id`: strictly newer, the newest of them. `min_id`: strictly newer, those
    right above it; it wins over `since_id`. `limit` is taken as it is: the faces clamp it.
    """

    limit: int
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    @property
    def climbs(self) -> bool:
        """Whether rows are read upwards from `min_id`, oldest first."""
        return self.min_id is not None

    def clause(self, column: str) -> tuple[str, list[int]]:
        """Give the condition on the id column, as SQL and its values; true when there is none."""
        above = self.since_id if self.min_id is None else self.min_id
        bounds = [(f"{column} < ?", self.max_id), (f"{column} > ?", above)]
        kept = [(sql, value) for sql, value in bounds if value is not None]
        return " AND ".join(sql for sql, _ in kept) or "1", [value for _, value in kept]

    def order(self, column: str) -> str:
        """Give what stands after ORDER BY."""
        return f"{column} ASC" if self.climbs else f"{column} DESC"

    def arrange(self, rows: Sequence[T]) -> list[T]:
        """Turn rows that were read in this order so that the newest comes first."""
        return list(reversed(rows)) if self.climbs else list(rows)
