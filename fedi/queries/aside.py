"""Reads that may take long: in a thread, on a connection of their own, and no longer than they may.

Other reads run in the event loop's thread, where a long one would hold up everybody.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from anyio import CapacityLimiter, to_thread

from fedi.server import Server

# Two cores are all that a small server has.
_THREADS = 2
_STEPS_BETWEEN_LOOKS = 2_000


class _Readers:
    """The connections of a server for such reads, kept: to open one costs more than most of them."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(_THREADS)
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def lent(self, file: Path) -> Iterator[sqlite3.Connection]:
        """Lend a connection that may only read; one that failed is not lent again."""
        try:
            database = self._idle.pop()
        except IndexError:
            database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA query_only = ON")
        try:
            yield database
        except BaseException:
            database.close()
            raise
        self._idle.append(database)

    def __del__(self) -> None:
        """Close what is idle once the server is gone."""
        for database in self._idle:
            database.close()


async def rows(server: Server, sql: str, values: Sequence[Any], *, seconds: float) -> list[dict[str, Any]]:
    """Run a SELECT written by hand; when its time is up, give the rows that were found until then.

    It sees what is committed, and nothing of a running transaction.
    """
    file = server.settings.path(server.settings.database.file)
    readers = server.memory.of(_Readers)
    return await to_thread.run_sync(_read, readers, file, sql, values, seconds, limiter=readers.limiter)


def _read(
    readers: _Readers, file: Path, sql: str, values: Sequence[Any], seconds: float
) -> list[dict[str, Any]]:
    until = monotonic() + seconds
    found = []
    with readers.lent(file) as database:
        database.set_progress_handler(lambda: monotonic() > until, _STEPS_BETWEEN_LOOKS)
        cursor = database.execute(sql, values)
        names = [column[0] for column in cursor.description]
        try:
            for row in cursor:
                found.append(dict(zip(names, row, strict=True)))  # noqa: PERF401  kept when it is cut short
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
    return found
