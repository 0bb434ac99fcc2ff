"""The table of commands.

A command's module is loaded when the command is called: `fedi serve` needs the whole application, `fedi job`
a part of it, and each second of start-up is a second of every command.
"""

import os
from importlib import import_module
from pathlib import Path

import click

COMMANDS = {
    "run": "serve:run",
    "serve": "serve:serve",
    "init": "setup:init",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
    "version": "version:version",
    "check-config": "serve:check_config",
    "account": "account:app",
    "domain": "domain:app",
    "relay": "relay:app",
    "post": "post:app",
    "fed": "fed:app",
    "report": "report:app",
    "announce": "announce:app",
    "emoji": "emoji:app",
    "style": "style:app",
    "prompt": "prompt:app",
    "job": "job:app",
}


class Table(click.Group):
    """A group whose commands are named by module and attribute, and loaded when they are asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Name the commands in the table's order."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load the command; None if there is no such."""
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        found: click.Command = getattr(import_module(f"fedi.cli.{module}"), attribute)
        return found


def build() -> click.Group:
    """Put the command line together."""
    return Table(
        name="fedi",
        help="fedi: a social network anyone can host, with an art studio inside.",
        callback=_configured,
        no_args_is_help=True,
        params=[
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path),
                envvar="FEDI_CONFIG",
                default=Path("config.toml"),
                show_default=True,
                help="The config file of the instance.",
            )
        ],
    )


def main() -> None:
    """Run the command line. Files that commands write are their owner's alone unless they say otherwise."""
    os.umask(0o077)
    build()(prog_name="fedi")


@click.pass_context
def _configured(context: click.Context, config: Path) -> None:
    context.obj = config
