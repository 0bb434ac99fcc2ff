"""fedi style: list, run; the rest: style_shelf.py, style_reports.py."""

import asyncio
import sys
from pathlib import Path

import click

from fedi.actions import choices
from fedi.actions.styles import label_for
from fedi.cli import style_reports, style_shelf
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.errors import FediError, Invalid
from fedi.media.provenance import read_label, write_packet
from fedi.queries import offers
from fedi.styles.messages import PictureSize, PictureType

_STEPS = 100
_FORMATS: dict[str, PictureType] = {".webp": "webp", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


@click.group(no_args_is_help=True)
def app() -> None:
    """The studio's styles."""


for _command in (
    style_shelf.add, style_reports.verify, style_reports.bench, style_shelf.remove, style_shelf.default,
    style_shelf.enable, style_shelf.disable, style_reports.queue, style_reports.usage,
):  # fmt: skip
    app.add_command(_command)


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
    """List the styles with their licences."""
    async with opened(context) as server:
        rows = [
            {
                "name": offer.style.name,
                "title": offer.style.title,
                "version": offer.style.version,
                "default": offer.is_default,
                "offered": offer.is_enabled,
                "licence": offer.style.licence,
                "commercial_use": offer.style.commercial_use,
                "author": offer.style.author,
                "description": offer.style.description,
            }
            for offer in await offers.everything(server)
        ]
    show_rows(rows, as_json=as_json, empty="No style is installed.")


@app.command()
@click.argument("picture", metavar="IN", type=click.Path(path_type=Path))
@click.argument("result", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--style", default="", help="The name of the style; the default one without it.")
@click.option(
    "--size",
    type=click.Choice(["portrait", "picture", "header", "full"]),
    default="portrait",
    show_default=True,
)
@click.option("--like", type=click.Path(path_type=Path), help="The picture to draw like, for some styles.")
@click.option("--strength", help="From 0, the photo, to 1, the drawing.")
@click.option("--keep-colours", is_flag=True, help="The drawing's light, the photo's colours.")
@click.option("--line-weight", help="From 0, no lines, to 2, bold; for styles that have lines.")
@click.option("--detail", help="From 0.5, broad strokes, to 2, fine ones.")
@click.option("--proportions", help="From 0, the likeness, to 1, a character.")
@click.option("--crop", help="none, or square: around the faces.")
@click.option("--variant", help="One of those that the style's manifest names.")
@as_json_option
@command
async def run(
    context: click.Context,
    /,
    picture: Path,
    result: Path,
    *,
    style: str,
    size: PictureSize,
    like: Path | None,
    as_json: bool,
    **settings: str | bool | None,
) -> None:
    """Run a picture through a style, labelled as what it is."""
    if result.suffix.lower() not in _FORMATS:
        raise Invalid("OUT", "must end in .webp, .png or .jpg")
    controls, data = choices.read_controls(settings), _contents(picture)
    async with opened(context) as server:
        name = style or await offers.default_name(server)
        chosen, claim = server.styles.catalogue.get(name), read_label(data)
        choices.check(chosen, controls)
        with click.progressbar(
            length=_STEPS, label=chosen.title, file=sys.stderr, hidden=as_json or not sys.stderr.isatty()
        ) as bar:
            styled = await server.styles.run(
                name,
                data,
                size=size,
                controls=controls,
                guide=_contents(like) if like is not None else b"",
                output=_FORMATS[result.suffix.lower()],
                xmp=write_packet(label_for(claim.source if claim else None, chosen)),
                on_progress=lambda share: bar.update(round(share * _STEPS) - bar.pos),
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
