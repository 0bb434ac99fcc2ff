"""What tests of reads share: counting queries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tortoise.backends.sqlite.client import SqliteClient

from fedi.sqlite import InlineConnection


class Queries:
    """Counts the queries that run while `counted` is open; they run all the same."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Collect the SQL of every query of the block."""
        seen: list[str] = []
        run, run_inline = SqliteClient.execute_query, InlineConnection.rows

        async def noted(client: SqliteClient, query: str, values: list | None = None) -> object:
            seen.append(query)
            return await run(client, query, values)

        def noted_inline(connection: InlineConnection, query: str, values: list) -> object:
            seen.append(query)
            return run_inline(connection, query, values)

        with self._patch.context() as patch:
            patch.setattr(SqliteClient, "execute_query", noted)
            patch.setattr(InlineConnection, "rows", noted_inline)
            yield seen


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Queries:
    """A counter of queries."""
    return Queries(monkeypatch)
