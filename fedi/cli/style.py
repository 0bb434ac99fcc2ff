"""fedi style: list, run."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from fedi.cli.console import AsJson, command, opened, settings_of, show, show_rows
from fedi.errors import FediError, Invalid
from fedi.media import provenance
from fedi.server import catalogue

app = typer.Typer(no_args_is_help=True, help="The studio's styles.")
_FORMATS = {".webp": "webp", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


@app.command("list")
@command
async def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the styles with their licences."""
    rows = [
        {
            "name": style.name,
            "title": style.title,
            "version": style.version,
            "licence": style.licence,
            "author": style.author,
            "description": style.description,
        }
        for style in catalogue(settings_of(context)).list()
    ]
    show_rows(rows, as_json=as_json, empty="No style is installed.")


@app.command()
@command
async def run(
    context: typer.Context,
    picture: Annotated[Path, typer.Argument(metavar="IN", help="The picture to draw anew.")],
    result: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write it: .webp, .png or .jpg.")],
    *,
    style: Annotated[str, typer.Option(help="The name of the style; the default one without it.")] = "",
    size: Annotated[str, typer.Option(help="portrait, picture or full.")] = "portrait",
    as_json: AsJson = False,
) -> None:
    """Run a picture through a style, labelled as what it is."""
    if result.suffix.lower() not in _FORMATS:
        raise Invalid("OUT", "must end in .webp, .png or .jpg")
    data = _contents(picture)
    async with opened(context) as server:
        name = style or server.settings.studio.default_style
        chosen = server.styles.catalogue.get(name)
        with Progress(transient=True, disable=as_json) as bar:
            task = bar.add_task(chosen.title, total=1.0)
            styled = await server.styles.run(
                name,
                data,
                size=size,
                output=_FORMATS[result.suffix.lower()],
                on_progress=lambda share: bar.update(task, completed=share),
                xmp=provenance.style_label(chosen.title, chosen.version),
            )
        await asyncio.to_thread(_write, result, styled.data)
        show(
            {
                "out": str(result),
                "style": name,
                "width": styled.width,
                "height": styled.height,
                "seconds": round(styled.seconds, 3),
            },
            as_json=as_json,
            sentence=f"{result}: {styled.width} x {styled.height}, {styled.seconds:.1f} s",
        )


def _contents(picture: Path) -> bytes:
    try:
        return picture.read_bytes()
    except OSError as error:
        raise FediError(f"{picture}: {error.strerror}") from error


def _write(result: Path, data: bytes) -> None:
    try:
        result.write_bytes(data)
    except OSError as error:
        raise FediError(f"{result}: {error.strerror}") from error
