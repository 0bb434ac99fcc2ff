"""fedi job: list, retry."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from fedi.cli.console import NOTHING, AsJson, command, opened, show, show_rows
from fedi.jobs import queue
from fedi.models.jobs import Job

app = typer.Typer(no_args_is_help=True, help="Work that waits, runs or was given up.")


@app.command("list")
@command
async def list_(
    context: typer.Context,
    *,
    state: Annotated[str, typer.Option(help="ready, running, done or buried; all but done by default.")] = "",
    lane: Annotated[str, typer.Option(help="inbox, deliver, style or housekeeping.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List jobs, the next to run first."""
    async with opened(context):
        jobs = Job.filter(state=state) if state else Job.exclude(state="done")
        if lane:
            jobs = jobs.filter(lane=lane)
        rows = [_described(job) for job in await jobs.order_by("run_at", "id").limit(limit)]
        show_rows(rows, as_json=as_json, empty="No job waits.")


@app.command()
@command
async def retry(
    context: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(help="Job ids; without them, all that wait.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make jobs due now, those that were given up as well."""
    async with opened(context) as server:
        count = await queue.revive(server, *(ids or []))
        show({"revived": count}, as_json=as_json, sentence=f"{count} jobs are due now.")
        if not count:
            raise typer.Exit(NOTHING)


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
