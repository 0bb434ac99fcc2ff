"""fedi announce: create, list, publish, end."""

from datetime import UTC, datetime

import click

from fedi.actions import announcements
from fedi.cli.account import staff_option
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.queries import announcements as announcement_queries

_SHOWN_CHARACTERS = 60
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group(no_args_is_help=True)
def app() -> None:
    """Tell everybody on this server something; apps and pages show it until it is put away or ends."""


@app.command()
@click.argument("text")
@click.option("--starts", type=_MOMENT, help="When what is announced begins (UTC).")
@click.option("--ends", type=_MOMENT, help="When it ends, and the announcement with it (UTC).")
@click.option("--all-day", is_flag=True, help="Show days without times.")
@click.option("--draft", is_flag=True, help="Do not show it yet (`fedi announce publish`).")
@staff_option
@as_json_option
@command
async def create(
    context: click.Context,
    text: str,
    *,
    starts: datetime | None,
    ends: datetime | None,
    all_day: bool,
    draft: bool,
    staff: str,
    as_json: bool,
) -> None:
    """Announce something."""
    async with opened(context) as server:
        row = await announcements.create(
            server,
            text,
            by=staff,
            starts_at=_utc(starts),
            ends_at=_utc(ends),
            all_day=all_day,
            publish=not draft,
        )
        said = "waits" if draft else "is shown to everybody"
        show({"id": str(row.id)}, as_json=as_json, sentence=f"Announcement {row.id} {said}.")


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
    """List all announcements, newest first."""
    async with opened(context) as server:
        now = server.clock.now()
        rows = [
            {
                "id": str(row.id),
                "shown": row.published_at is not None and (row.ends_at is None or row.ends_at > now),
                "ends_at": row.ends_at.isoformat(timespec="seconds") if row.ends_at else "",
                "text": row.text if as_json else " ".join(row.text.split())[:_SHOWN_CHARACTERS],
            }
            for row in await announcement_queries.every()
        ]
        show_rows(rows, as_json=as_json, empty="Nothing is announced.")


@app.command()
@click.argument("number", type=int)
@staff_option
@as_json_option
@command
async def publish(context: click.Context, number: int, *, staff: str, as_json: bool) -> None:
    """Show an announcement that was made as a draft."""
    async with opened(context) as server:
        await announcements.publish(server, number, by=staff)
        show({"id": str(number)}, as_json=as_json, sentence=f"Announcement {number} is shown to everybody.")


@app.command()
@click.argument("number", type=int)
@staff_option
@as_json_option
@command
async def end(context: click.Context, number: int, *, staff: str, as_json: bool) -> None:
    """Take an announcement away for good."""
    async with opened(context) as server:
        await announcements.end(server, number, by=staff)
        show({"id": str(number)}, as_json=as_json, sentence=f"Announcement {number} is gone.")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None
