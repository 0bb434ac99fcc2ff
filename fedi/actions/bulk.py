"""Many rows of one table inserted at once, by a statement made once a table."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from tortoise import fields
from tortoise.models import Model

from fedi.server import Server


async def insert(server: Server, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, by column; a column that a row does not name takes its default. In your transaction.

    Raises IntegrityError as the ORM does. Values are the model's own: aware datetimes, lists for JSON.
    """
    if not rows:
        return
    table, readers = model._meta.db_table, _columns(model)  # noqa: SLF001  the table has no public name
    names, marks = ", ".join(readers), ", ".join("?" * len(readers))
    await server.db.execute_many(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608  names of ours
        [[read(row) for read in readers.values()] for row in rows],
    )


@cache
def _columns(model: type[Model]) -> dict[str, Callable[[Mapping[str, Any]], Any]]:
    """Give, for each column, how its value is read from a row."""
    described = model._meta  # noqa: SLF001  nor have its columns
    return {name: _reader(name, described.fields_map[name]) for name in sorted(described.db_fields)}


def _reader(name: str, field: fields.Field[Any]) -> Callable[[Mapping[str, Any]], Any]:
    default = field.default
    is_json = isinstance(field, fields.JSONField)

    def read(row: Mapping[str, Any]) -> Any:
        value = row[name] if name in row else (default() if callable(default) else default)
        return orjson.dumps(value).decode() if is_json and value is not None else value

    return read
