"""The table of commands."""

import os
from pathlib import Path
from typing import Annotated

import typer

from fedi.cli import account, demo, doctor, domain, job, serve, setup, style
from fedi.server import VERSION


def build() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="fedi: a social network anyone can host, with an art studio inside.",
    )
    app.callback()(configured)
    app.command()(serve.run)
    app.command()(serve.serve)
    app.command()(setup.init)
    app.command()(doctor.doctor)
    app.command()(demo.demo)
    app.command()(version)
    app.command("check-config")(serve.check_config)
    app.add_typer(account.app, name="account")
    app.add_typer(domain.app, name="domain")
    app.add_typer(style.app, name="style")
    app.add_typer(job.app, name="job")
    return app


def configured(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="FEDI_CONFIG", help="The config file of the instance.")
    ] = Path("config.toml"),
) -> None:
    """Remember which config file the command is about."""
    context.obj = config


def version() -> None:
    """Print the version."""
    print(VERSION)


def main() -> None:
    """Run the command line. Files that commands write are their owner's alone unless they say otherwise."""
    os.umask(0o077)
    build()()
