"""How every command reads its settings, opens the server, prints and fails.

`--json` prints one JSON document on standard output; without it a table or a sentence for people. Exit
codes: 0 done, 1 an error, 2 wrong usage, 3 nothing to do, 4 done in part.
"""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec

import click
from tortoise.exceptions import BaseORMException

from fedi import logs
from fedi.actions import accounts
from fedi.config import Settings, load
from fedi.errors import FediError
from fedi.migrate import migrate
from fedi.server import Server, open_server

# What SQLite says of a damaged file, in its own words or in Tortoise's.
BROKEN_DATABASE = (sqlite3.Error, BaseORMException)
ERROR, USAGE, NOTHING, PARTIAL = 1, 2, 3, 4
as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of words."
)
P = ParamSpec("P")


def settings_of(context: click.Context) -> Settings:
    """The settings of the config file that the command line names."""
    settings = load(config_file(context))
    logs.configure(settings.logs)
    return settings


def config_file(context: click.Context) -> Path:
    """The config file that the command line, FEDI_CONFIG or the folder names."""
    file: Path = context.obj
    return file


@asynccontextmanager
async def opened(context: click.Context) -> AsyncIterator[Server]:
    """Open the server's parts over its migrated database, active for the block; no face, no worker."""
    settings = settings_of(context)
    await migrate(settings.path(settings.database.file))
    async with open_server(settings) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            yield server


def command(
    function: Callable[Concatenate[click.Context, P], Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """Make a click command of a coroutine; a FediError becomes one line (or JSON) and exit code 1."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            asyncio.run(function(click.get_current_context(), *args, **kwargs))
        except FediError as error:
            fail(str(error), as_json=bool(kwargs.get("as_json")))
        except BROKEN_DATABASE as error:
            fail(f"The database failed: {error}", as_json=bool(kwargs.get("as_json")))

    return run


def fail(message: str, *, as_json: bool = False, code: int = ERROR) -> NoReturn:
    """Say what went wrong on standard error and end with a code other than 0."""
    if as_json:
        print(json.dumps({"error": message}))
    print(f"fedi: {message}", file=sys.stderr)
    raise click.exceptions.Exit(code)


def show(document: Mapping[str, Any], *, as_json: bool, sentence: str) -> None:
    """Print one result."""
    print(json.dumps(document, ensure_ascii=False, default=str) if as_json else sentence)


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print many results, as a JSON list or as a table; exits with 3 when there is none to show."""
    if as_json:
        print(json.dumps(list(rows), ensure_ascii=False, default=str))
    elif rows:
        names = [name.replace("_", " ") for name in rows[0]]
        _print_table([names, *([_cell(value) for value in row.values()] for row in rows)])
    if not rows:
        if not as_json:
            print(empty)
        raise click.exceptions.Exit(NOTHING)


def _print_table(lines: Sequence[Sequence[str]]) -> None:
    """Print lines of cells as columns; the first line are the names. The last column runs on freely."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
