"""fedi report: list, show, resolve, reopen."""

from typing import Any

import click

from fedi.actions import reports
from fedi.cli.account import reason_option, staff_option
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.queries import reports as report_queries
from fedi.queries.reports import ReportView
from fedi.text.html import Html, to_text

_SHOWN_CHARACTERS = 60


@click.group(no_args_is_help=True)
def app() -> None:
    """What people here and other servers have reported."""


@app.command("list")
@click.option("--resolved", is_flag=True, help="List those that were dealt with instead of the open ones.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@as_json_option
@command
async def list_(context: click.Context, *, resolved: bool, limit: int, as_json: bool) -> None:
    """List reports, newest first."""
    async with opened(context) as server:
        found = await report_queries.page(server, resolved=resolved, limit=limit)
        rows = [_described(view) for view in found]
        if not as_json:
            rows = [_shortened(row) for row in rows]
        show_rows(rows, as_json=as_json, empty="There is no such report.")


@app.command("show")
@click.argument("number", type=int)
@as_json_option
@command
async def show_(context: click.Context, number: int, *, as_json: bool) -> None:
    """Show one report with the posts it names."""
    async with opened(context) as server:
        view = await report_queries.one(server, number)
        described = _described(view) | {
            "resolved_by": view.report.resolved_by,
            "rules": [
                server.settings.instance.rules[number - 1]
                for number in view.report.rule_ids
                if 0 < number <= len(server.settings.instance.rules)
            ],
            "posts": [
                {"id": str(post.id), "url": post.url or post.uri, "text": to_text(Html(post.content))}
                for post in view.posts
            ],
        }
        lines = [f"{key.replace('_', ' ')}: {value}" for key, value in described.items() if key != "posts"]
        lines += [f"post {post.url or post.uri}: {to_text(Html(post.content))}" for post in view.posts]
        show(described, as_json=as_json, sentence="\n".join(lines))


@app.command()
@click.argument("number", type=int)
@staff_option
@reason_option
@as_json_option
@command
async def resolve(context: click.Context, number: int, *, staff: str, reason: str, as_json: bool) -> None:
    """Take a report as dealt with."""
    async with opened(context) as server:
        view = await report_queries.one(server, number)
        await reports.resolve(server, view.report, by=staff, reason=reason)
        show({"resolved": str(number)}, as_json=as_json, sentence=f"Report {number} is dealt with.")


@app.command()
@click.argument("number", type=int)
@staff_option
@reason_option
@as_json_option
@command
async def reopen(context: click.Context, number: int, *, staff: str, reason: str, as_json: bool) -> None:
    """Take a report as open again."""
    async with opened(context) as server:
        view = await report_queries.one(server, number)
        await reports.reopen(server, view.report, by=staff, reason=reason)
        show({"reopened": str(number)}, as_json=as_json, sentence=f"Report {number} is open again.")


def _described(view: ReportView) -> dict[str, Any]:
    report = view.report
    return {
        "id": str(report.id),
        "about": view.target.acct,
        "by": view.reporter.acct if view.reporter else report.domain,
        "category": report.category,
        "posts": len(view.posts),
        "forwarded": report.forwarded,
        "created_at": report.created_at.isoformat(timespec="seconds"),
        "resolved": report.resolved_at is not None,
        "comment": report.comment,
    }


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    comment = " ".join(str(row["comment"]).split())
    return row | {"comment": comment[:_SHOWN_CHARACTERS]}
