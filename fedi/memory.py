"""What a running server remembers between calls and may forget: in this process alone, within bounds.

Rooms keep here what they would otherwise keep in globals: caches, and how hosts answered lately.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
Kept = TypeVar("Kept")


class Memory:
    """One thing of each kind for each server."""

    def __init__(self) -> None:
        self._kept: dict[object, Any] = {}

    def of(self, make: Callable[[], Kept]) -> Kept:
        """Give what `make` (a class, mostly) made for this server; it is called once."""
        if make not in self._kept:
            self._kept[make] = make()
        kept: Kept = self._kept[make]
        return kept


class Recall(Generic[Key, Value]):
    """A map of at most `size` entries, each forgotten after a while; the oldest gives way."""

    def __init__(self, *, size: int, seconds: float) -> None:
        self._size, self._span = size, timedelta(seconds=seconds)
        self._entries: OrderedDict[Key, tuple[datetime, Value]] = OrderedDict()

    def get(self, key: Key, now: datetime) -> Value | None:
        """Give what was put under `key`, or None if that was never or too long ago."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        until, value = entry
        if now >= until:
            del self._entries[key]
            return None
        return value

    def put(self, key: Key, value: Value, now: datetime, *, seconds: float | None = None) -> None:
        """Remember a value, for `seconds` or the map's own span."""
        self._entries.pop(key, None)
        self._entries[key] = (now + (self._span if seconds is None else timedelta(seconds=seconds)), value)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def forget(self, key: Key) -> None:
        """Forget one entry, if it is there."""
        self._entries.pop(key, None)
