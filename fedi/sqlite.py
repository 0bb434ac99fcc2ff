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
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first statement."""

    async def begin(self) -> None:
        """Begin, waiting for the lock as long as the busy timeout says."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class ImmediateClient(SqliteClient):
    """The stock client, with immediate transactions."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(ImmediateTransaction(self), self._lock)


client_class: Any = ImmediateClient
