"""Migrations: they lead to the models' own schema, once, and a rebuilt table keeps its rows and indexes."""

import re
import sqlite3

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, _current_context
from tortoise.migrations.autodetector import MigrationAutodetector

from fedi.db import tortoise_config
from fedi.migrate import GuardedSchemaEditor, migrate
from fedi.models.accounts import Account
from fedi.models.posts import Post, PostTag

pytestmark = pytest.mark.anyio


async def test_the_migrations_lead_to_the_models(tmp_path):
    config = tortoise_config(tmp_path / "x.db", migrating=True)
    config["apps"]["fedi"]["migrations"] = "migrations"
    context = TortoiseContext()
    token = _current_context.set(context)
    try:
        await context.init(config=config, init_connections=False)
        missing = await MigrationAutodetector(context.apps, config["apps"]).changes()
    finally:
        _current_context.reset(token)

    assert [writer.name for writer in missing] == []


async def test_migrating_twice_changes_nothing(tmp_path):
    file = tmp_path / "deep" / "fedi.db"

    first, second = await migrate(file), await migrate(file)

    assert first
    assert second == []


async def test_the_migrated_schema_has_the_tables_columns_and_indexes_of_the_models(tmp_path, migrated_file):
    fresh = tmp_path / "generated.db"
    context = TortoiseContext()
    token = _current_context.set(context)
    try:
        await context.init(config=tortoise_config(fresh, migrating=True))
        await context.generate_schemas()
        await context.connections.close_all()
    finally:
        _current_context.reset(token)

    assert schema(migrated_file) == schema(fresh)


async def test_a_rebuilt_table_keeps_its_indexes_and_its_children(tmp_path, migrated_file):
    file = tmp_path / "fedi.db"
    file.write_bytes(migrated_file.read_bytes())
    with sqlite3.connect(file) as raw:
        raw.execute("INSERT INTO tags (id, name, display, created_at) VALUES (1, 'a', 'a', '2026-01-01')")
    before = schema(file)
    context = TortoiseContext()
    token = _current_context.set(context)
    try:
        await context.init(config=tortoise_config(file, migrating=True))
        await GuardedSchemaEditor(get_connection("default"))._remake_table(PostTag)
        await context.connections.close_all()
    finally:
        _current_context.reset(token)

    assert before["post_tags"] <= schema(file)["post_tags"]
    with sqlite3.connect(file) as raw:
        assert raw.execute("SELECT COUNT(*) FROM tags").fetchone() == (1,)


async def test_a_rebuilt_table_keeps_the_triggers_on_it_and_of_others(tmp_path, migrated_file):
    file = tmp_path / "fedi.db"
    file.write_bytes(migrated_file.read_bytes())
    before = triggers(file)
    context = TortoiseContext()
    token = _current_context.set(context)
    try:
        await context.init(config=tortoise_config(file, migrating=True))
        for model in (Post, Account):
            await GuardedSchemaEditor(get_connection("default"))._remake_table(model)
        await context.connections.close_all()
    finally:
        _current_context.reset(token)

    assert len(before) >= 10
    assert triggers(file) == before


async def test_what_is_there_already_is_noted_for_the_search_index(tmp_path, monkeypatch):
    file = tmp_path / "fedi.db"
    monkeypatch.setattr("fedi.migrate.migrations_module", lambda: "tests.first_migration")
    await migrate(file)
    monkeypatch.undo()
    with sqlite3.connect(file) as raw:
        for table in ("accounts", "posts"):
            _put_one_row(raw, table)

    await migrate(file)

    with sqlite3.connect(file) as raw:
        assert raw.execute("SELECT id FROM search_stale_posts").fetchall() == [(1,)]
        assert raw.execute("SELECT id FROM search_stale_accounts").fetchall() == [(1,)]


async def test_a_filled_database_of_an_earlier_version_is_brought_up_to_date(tmp_path, monkeypatch):
    file = tmp_path / "fedi.db"
    monkeypatch.setattr("fedi.migrate.migrations_module", lambda: "tests.first_migration")
    (only,) = await migrate(file)
    monkeypatch.undo()
    with sqlite3.connect(file) as raw:
        for table in ("accounts", "posts", "jobs", "instances", "outgoing_activities"):
            _put_one_row(raw, table)

    later = await migrate(file)

    assert only not in later
    with sqlite3.connect(file) as raw:
        assert raw.execute("SELECT attribution_domains, ed25519_key_id FROM accounts").fetchall() == [
            ("[]", "")
        ]
        assert raw.execute("SELECT quote_policy, quotes_count FROM posts").fetchall() == [("public", 0)]


def triggers(file) -> set[tuple[str, str]]:
    with sqlite3.connect(file) as raw:
        return set(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))


def _put_one_row(raw: sqlite3.Connection, table: str) -> None:
    """Fill every column that must not be null with something of its kind."""
    values = {}
    for _, name, kind, not_null, *_ in raw.execute(f"PRAGMA table_info({table})"):
        if not_null:
            some = {"JSON": "[]", "TIMESTAMP": "2026-01-01 00:00:00+00:00", "TEXT": ""}
            values[name] = 1 if "INT" in kind.upper() else some.get(kind.upper(), "")
    marks = ", ".join("?" * len(values))
    raw.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def schema(file) -> dict[str, set[tuple[str, str]]]:
    """Table -> its columns and its indexes by the columns they cover."""
    found: dict[str, set[tuple[str, str]]] = {}
    with sqlite3.connect(file) as raw:
        tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table.startswith(("sqlite_", "tortoise_", "search_")):
                continue
            marks = found.setdefault(table, set())
            for _, name, kind, not_null, _, key in raw.execute(f'PRAGMA table_info("{table}")'):
                squeezed = re.sub(r"\s", "", kind)
                marks.add(("column", f"{name} {squeezed} {not_null} {key}"))
            for _, index, unique, *_ in raw.execute(f'PRAGMA index_list("{table}")').fetchall():
                columns = ",".join(row[2] for row in raw.execute(f'PRAGMA index_info("{index}")'))
                marks.add(("index", f"{columns} {unique}"))
    return found
