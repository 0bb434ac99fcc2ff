"""fedi emoji: add, list, remove, disable, enable."""

from pathlib import Path

import click

from fedi.actions import emojis
from fedi.cli.console import as_json_option, command, opened, show_rows
from fedi.errors import Invalid
from fedi.media.prepared import EMOJI_BYTES
from fedi.models.emoji import CustomEmoji


@click.group(no_args_is_help=True)
def app() -> None:
    """Custom emoji of this server."""


@app.command()
@click.argument("shortcode")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--category", default="", help="Where apps list it.")
@command
async def add(context: click.Context, shortcode: str, file: Path, *, category: str) -> None:
    """Add a PNG, GIF or WebP picture of 256 KiB at most as :SHORTCODE:."""
    try:
        with file.open("rb") as source:
            data = source.read(EMOJI_BYTES + 1)
    except OSError as error:
        raise Invalid("FILE", f"cannot be read: {error.strerror}") from error
    async with opened(context) as server:
        row = await emojis.add(server, shortcode.strip(":"), data, category=category)
    click.echo(f":{row.shortcode}: is there.")


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
    """List the custom emoji."""
    async with opened(context):
        rows = [
            {
                "shortcode": row.shortcode,
                "category": row.category,
                "media_type": row.media_type,
                "disabled": row.disabled_at is not None,
            }
            for row in await CustomEmoji.all().order_by("category", "shortcode")
        ]
    show_rows(rows, as_json=as_json, empty="There are no custom emoji.")


@app.command()
@click.argument("shortcode")
@command
async def remove(context: click.Context, shortcode: str) -> None:
    """Remove an emoji; texts that have it show its name."""
    async with opened(context) as server:
        await emojis.remove(server, shortcode.strip(":"))
    click.echo(f":{shortcode.strip(':')}: is gone.")


@app.command()
@click.argument("shortcode")
@command
async def disable(context: click.Context, shortcode: str) -> None:
    """Have texts that come use it no more."""
    async with opened(context) as server:
        await emojis.set_disabled(server, shortcode.strip(":"), disabled=True)
    click.echo(f":{shortcode.strip(':')}: is switched off.")


@app.command()
@click.argument("shortcode")
@command
async def enable(context: click.Context, shortcode: str) -> None:
    """Have texts that come use it again."""
    async with opened(context) as server:
        await emojis.set_disabled(server, shortcode.strip(":"), disabled=False)
    click.echo(f":{shortcode.strip(':')}: may be used.")
