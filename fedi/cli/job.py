"""fedi job: list, retry."""

from datetime import UTC, datetime
from typing import Any

import click

from fedi.cli.console import NOTHING, as_json_option, command, opened, show, show_rows
from fedi.jobs import queue
from fedi.jobs.kinds import Lane
from fedi.models.jobs import Job


@click.group(no_args_is_help=True)
def app() -> None:
    """Work that waits, runs or was given up."""


@app.command("list")
@click.option(
    "--state",
    type=click.Choice(["ready", "running", "done", "buried"]),
    help="Only jobs in this state; all but done without it.",
)
@click.option("--lane", type=click.Choice([lane.value for lane in Lane]))
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@as_json_option
@command
async def list_(
    context: click.Context, *, state: str | None, lane: str | None, limit: int, as_json: bool
) -> None:
    """List jobs, the next to run first."""
    async with opened(context):
        jobs = Job.filter(state=state) if state else Job.exclude(state="done")
        if lane:
            jobs = jobs.filter(lane=lane)
        rows = [_described(job) for job in await jobs.order_by("run_at", "id").limit(limit)]
        show_rows(rows, as_json=as_json, empty="No job waits.")


@app.command()
@click.argument("ids", type=int, nargs=-1)
@as_json_option
@command
async def retry(context: click.Context, ids: tuple[int, ...], *, as_json: bool) -> None:
    """Make the jobs with these IDS due now, given up or not; without ids, all that wait."""
    async with opened(context) as server:
        count = await queue.revive(server, *ids)
        show({"revived": count}, as_json=as_json, sentence=f"{count} jobs are due now.")
        if not count:
            raise click.exceptions.Exit(NOTHING)


def _described(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "kind": job.kind,
        "state": job.state,
        "attempts": job.attempts,
        "due": datetime.fromtimestamp(job.run_at / 1000, UTC).isoformat(timespec="seconds"),
        "for": job.group_key,
        "error": job.error.strip().splitlines()[-1] if job.error.strip() else "",
    }
