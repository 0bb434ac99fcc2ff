"""Bring a database's schema up to date with the migrations that ship with the program.

Tortoise rebuilds a SQLite table to alter a column; with foreign keys on, that deletes the rows that point
at it, and it always loses the table's indexes and unique columns. Here foreign keys are off while migrating,
indexes and uniqueness are put back after each rebuild, and the keys are checked before the schema is used.
"""

import asyncio
import importlib.util
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, _current_context
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from fedi.db import tortoise_config
from fedi.errors import FediError


def migrations_module() -> str:
    """Name the package of migrations: beside `fedi` in a checkout, inside it in an installed wheel."""
    return "fedi.migrations" if importlib.util.find_spec("fedi.migrations") else "migrations"


async def migrate(file: Path, *, report: Callable[[str], None] | None = None) -> list[str]:
    """Apply every migration that is missing, and give their names; nothing to do is an empty list.

    Raises FediError when the file cannot be used: no database, not writable, or of a newer version.
    """
    await asyncio.to_thread(_check_file, file)
    config = tortoise_config(file, migrating=True)
    config["apps"]["fedi"]["migrations"] = migrations_module()
    context = TortoiseContext()
    token = _current_context.set(context)
    try:
        await context.init(config=config, init_connections=False)
        executor = GuardedExecutor(get_connection("default"), config["apps"])
        names = [step.migration.name for step in await executor.plan(None)]
        if names:
            await executor.migrate(None, progress=_progress(report))
            await _check_keys()
    finally:
        await context.connections.close_all()
        _current_context.reset(token)
    return names


class GuardedSchemaEditor(SqliteSchemaEditor):
    """Tortoise's editor: its table rebuilds keep what hangs on a table, its new columns suit old rows."""

    async def add_field(self, model: Any, field_name: str) -> None:
        """Add a column; rows that are there get the model's default, which SQLite demands of NOT NULL."""
        field = model._meta.fields_map[field_name]  # noqa: SLF001  Tortoise keeps fields nowhere else
        before = field.db_default
        if not field.null and not field.has_db_default():
            field.db_default = field.default() if callable(field.default) else field.default
        try:
            await super().add_field(model, field_name)
        finally:
            field.db_default = before

    def _get_table_comment_sql(self, table: str, comment: str) -> str:
        # The stock editor writes the model's docstring into the statement and then cuts that at each ";".
        return ""

    async def _remake_table(self, model: Any, *args: Any, **kwargs: Any) -> None:
        table = model._meta.db_table  # noqa: SLF001  Tortoise names a model's table nowhere else
        _, keys = await self.client.execute_query("PRAGMA foreign_keys")
        if keys[0][0]:
            raise FediError("A table cannot be rebuilt with foreign keys on: its children would be deleted.")
        _, indexes = await self.client.execute_query(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
            [table],
        )
        # Triggers of other tables may name this one, and SQLite renames nothing while they name what is not.
        _, triggers = await self.client.execute_query(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
        for trigger in triggers:
            await self.client.execute_query(f'DROP TRIGGER "{trigger["name"]}"')
        unique_before = await self._unique_columns(table)
        await super()._remake_table(model, *args, **kwargs)
        for index in indexes:
            await self.client.execute_query(index[0])
        for trigger in triggers:
            await self.client.execute_query(trigger["sql"])
        _, columns = await self.client.execute_query(f'PRAGMA table_info("{table}")')
        names = {column["name"] for column in columns}
        for unique in unique_before - await self._unique_columns(table):
            if names.issuperset(unique):
                listed = ", ".join(f'"{name}"' for name in unique)
                await self.client.execute_query(
                    f'CREATE UNIQUE INDEX "uid_{table}_{"_".join(unique)}" ON "{table}" ({listed})'
                )

    async def _unique_columns(self, table: str) -> set[tuple[str, ...]]:
        """The sets of columns that are unique; a rebuild forgets those that the table itself declares."""
        found = set()
        _, indexes = await self.client.execute_query(f'PRAGMA index_list("{table}")')
        for index in indexes:
            if index["unique"]:
                _, columns = await self.client.execute_query(f'PRAGMA index_info("{index["name"]}")')
                found.add(tuple(column["name"] for column in columns))
        return found


class GuardedExecutor(MigrationExecutor):
    """Tortoise's executor with the guarded editor, and without building models that no step looks at.

    It renders all models anew before and after each step: 12 s for a new database instead of 2.
    """

    async def _project_state(self, *args: Any, **kwargs: Any) -> State:
        state = await super()._project_state(*args, **kwargs)
        state.apps.__class__ = OnceBuilt
        return LateState(models=state.models, apps=state.apps)

    def _schema_editor(self, *args: Any, **kwargs: Any) -> Any:
        editor = super()._schema_editor(*args, **kwargs)
        if type(editor) is SqliteSchemaEditor:
            editor.__class__ = GuardedSchemaEditor
        return editor


class OnceBuilt(StateApps):
    """Models of a state of the schema; what a model's queries need is made once for each class."""

    def _build_initial_querysets(self) -> None:
        built = [
            (app, name, model)
            for app, models in self.apps.items()
            for name, model in models.items()
            if model._meta.filters  # noqa: SLF001  empty until then
        ]
        for app, name, _ in built:
            del self.apps[app][name]
        super()._build_initial_querysets()
        for app, name, model in built:
            self.apps[app][name] = model


class LateState(State):
    """A state of the schema; the copy that is taken before each step renders its models when asked for."""

    def clone(self) -> State:
        """Copy what the models are made of, now."""
        return _Before({key: model.clone() for key, model in self.models.items()}, self.apps)


class _Before(State):
    def __init__(self, models: Any, like: StateApps) -> None:
        self.models, self._like = models, like

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        return self._like.clone(model_states=self.models)


def _progress(report: Callable[[str], None] | None) -> Callable[[str, str, str], object] | None:
    if report is None:
        return None
    return lambda action, app, name: (
        report(f"updated the database: {name}") if action == "apply_done" else None
    )


def _check_file(file: Path) -> None:
    """Look at the file with the plain driver: the asynchronous one waits for ever on what is no database."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            # Asks for the right to write, and reads the header.
            database.execute("BEGIN IMMEDIATE")
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            names = set()
            if "tortoise_migrations" in tables:
                names = {name for (name,) in database.execute("SELECT name FROM tortoise_migrations")}
            database.execute("ROLLBACK")
    except (OSError, sqlite3.Error) as error:
        raise FediError(f"The database {file} cannot be used: {error}") from error
    if unknown := names - _shipped():
        newest = max(unknown)
        raise FediError(f"The database {file} was used by a newer version of fedi: it has {newest}.")


def _shipped() -> set[str]:
    """The names of the migrations that ship with this version."""
    return {entry.name.removesuffix(".py") for entry in files(migrations_module()).iterdir()}


async def _check_keys() -> None:
    _, broken = await get_connection("default").execute_query("PRAGMA foreign_key_check")
    if broken:
        raise FediError(f"The migrated database has {len(broken)} rows that point nowhere.")
