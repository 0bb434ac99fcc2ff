"""SQLite as Tortoise's engine, with the traps of the stock one closed (docs/decisions/0002-sqlite.md).

Transactions take the write lock at once (BEGIN IMMEDIATE): a deferred one that reads, then writes, fails
with "database is locked" whatever the busy timeout. Tortoise chooses its schema editor by this module's
name, which therefore contains "sqlite".
"""

import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first statement."""

    async def begin(self) -> None:
        """Begin, waiting for the lock as long as the busy timeout says."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
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
            await self._leave()
            raise
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if exc_type is None:
                await self.connection.commit()
        finally:
            await self._leave()

    async def _leave(self) -> None:
        try:
            await self.connection.undo()
        finally:
            if hasattr(self, "token"):
                get_connections().reset(self.token)
            self._trxlock.release()


class ImmediateClient(SqliteClient):
    """The stock client, with immediate transactions."""

    def _in_transaction(self) -> TransactionContext:
        return ReleasingContext(ImmediateTransaction(self), self._lock)


client_class: Any = ImmediateClient
