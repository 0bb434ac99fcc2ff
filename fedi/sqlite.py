"""SQLite as Tortoise's engine, with the traps of the stock one closed (docs/decisions/0002-sqlite.md).

Transactions take the write lock at once (BEGIN IMMEDIATE): a deferred one that reads, then writes, fails
with "database is locked" whatever the busy timeout. Statements that wait for nothing, reads and what stands
inside a transaction, run in the event loop's own thread: a hop to another one and back costs several
times what they do. What may wait, for another process's lock or for the disk, is left to aiosqlite's thread.
Tortoise chooses its schema editor by this module's name, which therefore contains "sqlite".
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from fedi.changes import Changes

_STATEMENTS_KEPT = 512


class InlineConnection:
    """What Tortoise asks of an aiosqlite connection, done at once; the end of a transaction in its thread.

    The two never use the connection at the same time: Tortoise's lock is held around each use.
    """

    def __init__(self, threaded: aiosqlite.Connection) -> None:
        self._threaded = threaded
        self._raw: sqlite3.Connection = threaded._conn  # noqa: SLF001  aiosqlite gives it under no other name

    @property
    def total_changes(self) -> int:
        """How many rows were changed since the connection was opened."""
        return self._raw.total_changes

    async def execute(self, sql: str, values: Sequence[Any] | None = None) -> sqlite3.Cursor:
        """Run a statement."""
        return self._raw.execute(sql, values or ())

    async def execute_fetchall(self, sql: str, values: Sequence[Any] | None = None) -> list[sqlite3.Row]:
        """Run a statement and give its rows."""
        return self._raw.execute(sql, values or ()).fetchall()

    async def execute_insert(self, sql: str, values: Sequence[Any] | None = None) -> tuple[int | None]:
        """Run an INSERT and give the id of its row."""
        return (self._raw.execute(sql, values or ()).lastrowid,)

    async def executemany(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each of the values."""
        self._raw.executemany(sql, values)

    def rows(self, sql: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        """Run a statement and give its rows by column; raises Tortoise's own errors."""
        try:
            cursor = self._raw.execute(sql, values)
            cursor.row_factory = None
            found = cursor.fetchall()
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]

    async def begin(self) -> None:
        """Take the write lock: at once if it is free, else waiting in the thread until the busy timeout."""
        (patience,) = self._raw.execute("PRAGMA busy_timeout").fetchone()
        self._raw.execute("PRAGMA busy_timeout = 0")
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self._raw.execute(f"PRAGMA busy_timeout = {patience}")
        if not self._raw.in_transaction:
            await self._threaded.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Commit; waits for the disk."""
        await self._threaded.commit()

    async def rollback(self) -> None:
        """Roll back whatever is open, after what the thread still does."""
        await self._threaded.rollback()

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._threaded.close()


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first statement."""

    _connection: Any
    _parent: "ImmediateClient"

    def tell(self) -> None:
        """Tell what was written, before anybody else writes."""
        self._parent.changes.tell()

    @property
    def inline(self) -> InlineConnection:
        """The connection for statements that wait for nothing."""
        connection: InlineConnection = self._connection
        return connection

    async def begin(self) -> None:
        """Begin, waiting for the lock as long as the busy timeout says."""
        self._connection = InlineConnection(self._connection)
        try:
            await self._connection.begin()
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def undo(self) -> None:
        """Take back whatever is open, if anything is: statements run in order, so this comes after BEGIN."""
        await self._connection.rollback()


class ReleasingContext(SqliteTransactionContext):
    """The stock context, which gives its lock and its transaction back whatever happens.

    The stock one keeps the lock for ever when BEGIN fails or its task is cancelled meanwhile, and leaves a
    transaction open whose COMMIT failed.
    """

    connection: ImmediateTransaction

    async def __aenter__(self) -> Any:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            self.token = get_connections().set(self.connection_name, self.connection)
            await self.connection.begin()
        except BaseException:
            await self._undo()
            self._release()
            raise
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        committed = False
        try:
            if exc_type is None:
                await self.connection.commit()
                committed = True
        finally:
            try:
                if not committed:
                    await self._undo()
            finally:
                self.connection.tell()
                self._release()

    async def _undo(self) -> None:
        """Roll back, to the end even if cancelled: done later, it would hit the next transaction."""
        undoing, cancelled = asyncio.ensure_future(self.connection.undo()), None
        while not undoing.done():
            try:
                await asyncio.shield(undoing)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled
        undoing.result()

    def _release(self) -> None:
        if hasattr(self, "token"):
            get_connections().reset(self.token)
        self._trxlock.release()


class TellingWrapper(ConnectionWrapper[Any]):
    """The connection for one statement outside a transaction, of which is told what it wrote."""

    __slots__ = ()

    client: "ImmediateClient"

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.client.changes.tell()
        await super().__aexit__(exc_type, exc_val, exc_tb)


class ImmediateClient(SqliteClient):
    """The stock client, with immediate transactions; one that may only read does so inline."""

    _connection: Any

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self.changes = Changes()

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """Lend the connection for a statement outside a transaction."""
        return TellingWrapper(self._lock, self)

    @property
    def is_idle(self) -> bool:
        """Whether nobody uses the connection now."""
        return not self._lock.locked()

    async def watch(self) -> None:
        """Note from now on what this connection writes."""
        async with super().acquire_connection() as connection:
            self.changes.attach(connection._conn)  # noqa: SLF001  aiosqlite gives it under no other name

    @property
    def inline(self) -> InlineConnection:
        """The connection for statements that wait for nothing, of a client that may only read."""
        connection: InlineConnection = self._connection
        return connection

    async def create_connection(self, with_db: bool) -> None:
        """Open the database file."""
        if self._connection:
            return
        connection = await aiosqlite.connect(
            self.filename,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS_KEPT,
        )
        connection._conn.row_factory = sqlite3.Row  # noqa: SLF001  as Tortoise's own client does
        for pragma, value in self.pragmas.items():
            await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
        self._connection = InlineConnection(connection) if "query_only" in self.pragmas else connection
        await self._post_connect()

    def _in_transaction(self) -> TransactionContext:
        return ReleasingContext(ImmediateTransaction(self), self._lock)


client_class: Any = ImmediateClient
