"""fedi prompt: add, list, end."""

from datetime import UTC, datetime

import click

from fedi.actions import prompts
from fedi.cli.account import staff_option
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.queries import prompts as queries

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group(no_args_is_help=True)
def app() -> None:
    """Give members something to draw, and a hashtag to answer with."""


@app.command()
@click.argument("title")
@click.option("--tag", required=True, help="The hashtag of the answers.")
@click.option("--text", default="", help="A few words more.")
@click.option("--starts", type=_MOMENT, help="When it begins (UTC); now, unless said.")
@click.option("--days", type=int, default=prompts.USUAL_DAYS, show_default=True, help="How long it runs.")
@staff_option
@as_json_option
@command
async def add(
    context: click.Context,
    title: str,
    *,
    tag: str,
    text: str,
    starts: datetime | None,
    days: int,
    staff: str,
    as_json: bool,
) -> None:
    """Make a prompt."""
    async with opened(context) as server:
        begin = starts.replace(tzinfo=UTC) if starts is not None else None
        row = await prompts.add(server, title, tag, by=staff, text=text, starts_at=begin, days=days)
        until = row.ends_at.isoformat(timespec="minutes")
        hidden = "" if queries.is_on(server) else " Nobody sees it: switch on studio.prompts in the config."
        show(
            {"id": str(row.id), "ends_at": row.ends_at.isoformat(timespec="seconds")},
            as_json=as_json,
            sentence=f"Prompt {row.id} runs until {until}; answers carry #{row.tag}.{hidden}",
        )


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
    """List all prompts, the last to begin first."""
    async with opened(context) as server:
        now = server.clock.now()
        rows = [
            {
                "id": str(row.id),
                "state": "waits" if row.starts_at > now else "runs" if row.ends_at > now else "ended",
                "tag": row.tag,
                "starts_at": row.starts_at.isoformat(timespec="seconds"),
                "ends_at": row.ends_at.isoformat(timespec="seconds"),
                "title": row.title,
            }
            for row in await queries.every(server)
        ]
        show_rows(rows, as_json=as_json, empty="There was no prompt yet.")


@app.command()
@click.argument("number", type=int)
@staff_option
@as_json_option
@command
async def end(context: click.Context, number: int, *, staff: str, as_json: bool) -> None:
    """End a prompt now; one that has not begun is taken away."""
    async with opened(context) as server:
        await prompts.end(server, number, by=staff)
        show({"id": str(number)}, as_json=as_json, sentence=f"Prompt {number} has ended.")
