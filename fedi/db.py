"""The database of one server: its connections, its transactions, and what waits for their commit.

Several servers live in one process, each with its own Tortoise context; `activate()` makes one of them
current for the running task. On SQLite reads outside a transaction use a second connection, so that they
never wait behind a writer.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from time import perf_counter
from typing import Any, cast

from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import OperationalError
from tortoise.models import Model
from tortoise.transactions import in_transaction  # noqa: TID251  the one place that opens one

from fedi.changes import Changes
from fedi.errors import StorageFull
from fedi.sqlite import ImmediateClient, ImmediateTransaction, InlineConnection

MODEL_MODULES = [
    "fedi.models.accounts",
    "fedi.models.users",
    "fedi.models.cards",
    "fedi.models.posts",
    "fedi.models.tags",
    "fedi.models.lists",
    "fedi.models.filters",
    "fedi.models.conversations",
    "fedi.models.pending",
    "fedi.models.emoji",
    "fedi.models.trends",
    "fedi.models.push",
    "fedi.models.announcements",
    "fedi.models.statistics",
    "fedi.models.media",
    "fedi.models.interactions",
    "fedi.models.polls",
    "fedi.models.quotes",
    "fedi.models.relationships",
    "fedi.models.notifications",
    "fedi.models.preferences",
    "fedi.models.moderation",
    "fedi.models.federation",
    "fedi.models.jobs",
]
_BUSY_TIMEOUT_MS = 10_000
_LOOK_EVERY_SECONDS = 0.001
_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)
# The transaction's own connection: Tortoise's way to it costs as much as a short statement.
_running: ContextVar[InlineConnection | None] = ContextVar("running", default=None)


class ReadRouter:
    """Sends reads outside a transaction to the second connection, all else to the first."""

    def db_for_read(self, model: type[Model]) -> str:
        """Name the connection that a query of `model` reads from."""
        return "read" if _after_commit.get() is None else "default"

    def db_for_write(self, model: type[Model]) -> str:
        """Name the connection that a change of `model` goes to."""
        return "default"


def tortoise_config(file: Path, *, synchronous: str = "FULL", migrating: bool = False) -> dict[str, Any]:
    """Describe the connections for Tortoise. While migrating, foreign keys are off (see fedi/migrate.py)."""
    credentials: dict[str, Any] = {
        "file_path": str(file),
        "busy_timeout": _BUSY_TIMEOUT_MS,
        "synchronous": synchronous,
        "foreign_keys": "OFF" if migrating else "ON",
        "journal_size_limit": 64 * 1024 * 1024,
    }
    connections = {"default": {"engine": "fedi.sqlite", "credentials": credentials}}
    if not migrating:
        read = {**credentials, "query_only": "ON"}
        connections["read"] = {"engine": "fedi.sqlite", "credentials": read}
    return {
        "connections": connections,
        "apps": {"fedi": {"models": MODEL_MODULES, "default_connection": "default"}},
        "routers": [] if migrating else ["fedi.db.ReadRouter"],
        "use_tz": True,
    }


class Database:
    """The open database of one server."""

    def __init__(self, file: Path, *, synchronous: str = "FULL") -> None:
        self._file, self._synchronous = file, synchronous
        self._context = TortoiseContext()
        self._looked_at = 0.0

    async def open(self) -> None:
        """Connect. The schema must be there already (`fedi.migrate`)."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self.activate():
            await self._context.init(config=tortoise_config(self._file, synchronous=self._synchronous))
            reading: Any = get_connection("read")
            async with reading.acquire_connection():
                self._reading: InlineConnection = reading.inline
            self._writing = cast("ImmediateClient", get_connection("default"))
            await self._writing.watch()

    async def close(self) -> None:
        """Close both connections."""
        with self.activate():
            await self._context.connections.close_all()

    @property
    def changes(self) -> Changes:
        """What this server writes, for what is kept in memory."""
        return self._writing.changes

    def keeps(self) -> bool:
        """Say whether what is kept in memory may be used now, having forgotten what others changed.

        Not inside a transaction, which sees what nobody else does yet. What another process wrote is noticed
        a millisecond later, or a commit later while somebody here writes.
        """
        if _after_commit.get() is not None:
            return False
        if self._writing.is_idle and (now := perf_counter()) - self._looked_at > _LOOK_EVERY_SECONDS:
            self._looked_at = now
            self._writing.changes.look()
        return True

    @contextmanager
    def activate(self) -> Iterator[None]:
        """Make this the database of the running task, outside any transaction.

        Tortoise's own context manager keeps its token on the object and so cannot be entered by two
        tasks at once; the context variables are set here instead.
        """
        token, waiting = _current_context.set(self._context), _after_commit.set(None)
        running = _running.set(None)
        try:
            yield
        finally:
            _running.reset(running)
            _after_commit.reset(waiting)
            _current_context.reset(token)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Run a block in one transaction; inside another transaction, join it.

        Nothing but the database may be awaited inside. Raises StorageFull when the disk is full: then
        nothing of the block was written.
        """
        if _after_commit.get() is not None:
            yield
            return
        waiting: list[Callable[[], None]] = []
        token = _after_commit.set(waiting)
        try:
            async with in_transaction("default") as connection:
                running = _running.set(cast("ImmediateTransaction", connection).inline)
                try:
                    yield
                finally:
                    _running.reset(running)
        except (OperationalError, OSError) as error:
            if "disk is full" in str(error) or "No space left" in str(error):
                raise StorageFull from error
            raise
        finally:
            _after_commit.reset(token)
        for call in waiting:
            call()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run `call` once the outermost transaction has committed; at once outside of one."""
        waiting = _after_commit.get()
        if waiting is None:
            call()
        else:
            waiting.append(call)

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a SELECT written by hand (`?` for values) and give its rows: the fast way to read a page."""
        return (_running.get() or self._reading).rows(sql, values)

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a statement that writes; RETURNING's rows come back. Joins the running transaction."""
        if (running := _running.get()) is not None:
            return running.rows(sql, values)
        return await get_connection("default").execute_query_dict(sql, list(values))

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement that writes once for each row of values. Joins the running transaction."""
        await get_connection("default").execute_many(sql, [list(row) for row in rows])
