"""How every command reads its settings, opens the server, prints and fails.

`--json` prints one JSON document on standard output; without it a table or a sentence for people. Exit
codes: 0 done, 1 an error, 2 wrong usage, 3 nothing to do, 4 done in part.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from fedi import logs
from fedi.actions import accounts
from fedi.config import Settings, load
from fedi.errors import FediError
from fedi.migrate import migrate
from fedi.server import Server, open_server

ERROR, USAGE, NOTHING, PARTIAL = 1, 2, 3, 4
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]
P = ParamSpec("P")


def settings_of(context: typer.Context) -> Settings:
    """The settings of the config file that the command line names."""
    settings = load(config_file(context))
    logs.configure(settings.logs)
    return settings


def config_file(context: typer.Context) -> Path:
    """The config file that the command line, FEDI_CONFIG or the folder names."""
    file: Path = context.obj
    return file


@asynccontextmanager
async def opened(context: typer.Context) -> AsyncIterator[Server]:
    """Open the server's parts over its migrated database, active for the block; no face, no worker."""
    settings = settings_of(context)
    await migrate(settings.path(settings.database.file))
    async with open_server(settings) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            yield server


def command(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a Typer command of a coroutine; a FediError becomes one line (or JSON) and exit code 1."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            asyncio.run(function(*args, **kwargs))
        except FediError as error:
            fail(str(error), as_json=bool(kwargs.get("as_json")))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None

    return run


def fail(message: str, *, as_json: bool = False, code: int = ERROR) -> None:
    """Say what went wrong on standard error and end with a code other than 0."""
    if as_json:
        print(json.dumps({"error": message}))
    print(f"fedi: {message}", file=sys.stderr)
    raise typer.Exit(code)


def show(document: Mapping[str, Any], *, as_json: bool, sentence: str) -> None:
    """Print one result."""
    print(json.dumps(document, ensure_ascii=False, default=str) if as_json else sentence)


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print many results, as a JSON list or as a table; exits with 3 when there is none to show."""
    if as_json:
        print(json.dumps(list(rows), ensure_ascii=False, default=str))
    elif rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in rows[0]:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        Console(soft_wrap=not sys.stdout.isatty()).print(table)
    if not rows:
        if not as_json:
            print(empty)
        raise typer.Exit(NOTHING)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
