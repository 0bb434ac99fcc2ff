"""fedi init: a config file with fresh secrets, and the first owner."""

import asyncio
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from fedi.actions import accounts, signup
from fedi.cli.console import config_file, fail
from fedi.config import Settings, fresh_secret, load
from fedi.errors import ConfigError, FediError
from fedi.migrate import migrate
from fedi.models.users import User
from fedi.server import open_server

LOCAL_PORT = 8000
_OWNER = "owner"
_PASSWORD_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The account that was made, and its password, which is kept nowhere else."""

    name: str
    password: str


@click.command()
@click.option("--domain", required=True, help="The name that handles end in, such as example.social.")
@click.option("--owner", default=_OWNER, show_default=True, help="The owner's user name.")
@click.option(
    "--development",
    is_flag=True,
    help="Plain http, ports in handles and loopback peers; never on the open network.",
)
@click.pass_context
def init(context: click.Context, *, domain: str, owner: str, development: bool) -> None:
    """Write config.toml for a domain, create the database and make the owner's account."""
    file = config_file(context)
    try:
        write_config(file, domain=domain, port=LOCAL_PORT, development=development)
        settings = load(file)
        try:
            asyncio.run(migrate(settings.path(settings.database.file)))
            made = asyncio.run(first_owner(settings, owner))
        except FediError:
            # Nobody has seen its secret yet: `fedi init` can be called again.
            file.unlink()
            raise
    except FediError as error:
        fail(str(error))
    print(f"wrote {file} and {settings.database.file}", file=sys.stderr)
    if made is not None:
        print(f"owner: {made.name}\npassword: {made.password}   (shown this once)")
    print("next: put a proxy with TLS in front of 127.0.0.1:8000, then `fedi serve`", file=sys.stderr)


def write_config(file: Path, *, domain: str, port: int, development: bool) -> None:
    """Write a config file readable by its owner alone. Raises ConfigError if there is one already."""
    text = (
        "# config.example.toml lists every setting.\n"
        "[server]\n"
        f'domain = "{domain}"\n'
        f"port = {port}\n"
        + (
            "development = true  # plain http and loopback peers: for this machine only\n"
            if development
            else ""
        )
        + f'secret = "{fresh_secret()}"\n'
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "x", encoding="utf-8", opener=_private) as out:
            out.write(text)
        load(file)
    except FileExistsError as error:
        raise ConfigError(f"{file} is there already; it is not overwritten.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    except ConfigError:
        file.unlink()
        raise


async def first_owner(settings: Settings, name: str = _OWNER) -> Owner | None:
    """Make the owner's account if nobody signs in here yet; the database is migrated already."""
    async with open_server(settings) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            if await User.all().exists():
                return None
            password = secrets.token_urlsafe(_PASSWORD_BYTES)
            await signup.register(server, username=name, password=password, role="owner")
            return Owner(name=name, password=password)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
