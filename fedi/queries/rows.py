"""Rows of a table by SQL written by hand, as the same model objects that the ORM gives.

Building a SELECT costs the ORM more than SQLite needs to answer it; here the list of columns is made once.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import orjson
from tortoise import fields
from tortoise.models import Model

from fedi.server import Server

M = TypeVar("M", bound=Model)
V = TypeVar("V")


async def load(
    server: Server, model: type[M], where: str, values: Sequence[Any] = (), *, alias: str = "r"
) -> list[M]:
    """Load the rows of one table, as `alias`, that stand `where` (joins, conditions, order and limit)."""
    table = model._meta.db_table  # noqa: SLF001  the table has no public name
    found = await server.db.rows(f"SELECT {columns(model, alias)} FROM {table} {alias} {where}", values)
    return [made(model, row) for row in found]


async def load_by_id(server: Server, model: type[M], ids: Iterable[int]) -> dict[int, M]:
    """Load rows by their ids; what is not there is left out."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    condition, values = among("r.id", wanted)
    return {row.pk: row for row in await load(server, model, f"WHERE {condition}", values)}


def made(model: type[M], row: dict[str, Any]) -> M:
    """Make a model object of a row that has all of the table's columns; `row` is used up.

    This is the ORM's own `_init_from_db` without its call for each column, four fifths of the cost of a page.
    """
    for column, read in _readers(model):
        if row[column] is not None:
            row[column] = read(row[column])
    made = model.__new__(model)
    made.__dict__ = {**row, **_STATE, "_await_when_save": {}}
    return made


# What the ORM notes of an object that it has read whole from the database.
_STATE = {"_partial": False, "_saved_in_db": True, "_custom_generated_pk": False}
_READERS: dict[type[fields.Field[Any]], Callable[[Any], Any]] = {
    fields.BooleanField: bool,
    fields.DatetimeField: datetime.fromisoformat,
    fields.JSONField: orjson.loads,
}


@cache
def _readers(model: type[Model]) -> list[tuple[str, Callable[[Any], Any]]]:
    """List the columns that SQLite gives in another form than the model's, and what turns them."""
    described = model._meta.fields_map.items()  # noqa: SLF001  nor have its fields
    return [(name, _READERS[type(field)]) for name, field in described if type(field) in _READERS]


@cache
def columns(model: type[Model], alias: str) -> str:
    """Give the columns of a table for a SELECT, each with the table's alias."""
    names = sorted(model._meta.db_fields)  # noqa: SLF001  nor have its columns
    return ", ".join(f"{alias}.{name}" for name in names)


def among(column: str, values: Sequence[V]) -> tuple[str, list[V]]:
    """Give the condition that a column has one of the values (at least one), as SQL and its values.

    The list is filled up to a power of two with its last value: pages of all lengths then share a few
    statements, which SQLite keeps prepared. Preparing costs more than running.
    """
    length = 1 << (len(values) - 1).bit_length()
    filled = [*values, *[values[-1]] * (length - len(values))]
    return f"{column} IN ({marks(filled)})", filled


def marks(values: Sequence[object]) -> str:
    """Give one placeholder for each value."""
    return ", ".join("?" * len(values))
