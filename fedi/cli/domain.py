"""fedi domain: block, allow, unblock, list, import, export."""

import csv
import io
from pathlib import Path
from typing import Any

import click

from fedi.actions import moderation
from fedi.cli.account import reason_option, staff_option
from fedi.cli.console import PARTIAL, as_json_option, command, fail, opened, show, show_rows
from fedi.errors import FediError, Invalid
from fedi.models.moderation import DomainRule
from fedi.queries.domains import EVERY_HOST

reject_media_option = click.option("--reject-media", is_flag=True, help="Neither keep nor show its pictures.")
reject_reports_option = click.option("--reject-reports", is_flag=True, help="Drop the reports it sends.")
public_option = click.option("--public-comment", default="", help="Why, for everybody to read.")

_MAX_LIST_BYTES = 10 * 1024 * 1024
# The columns of the lists that Mastodon's administrators exchange.
_COLUMNS = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")
_SEVERITIES = {"suspend": "suspend", "silence": "silence", "limit": "silence", "noop": "none", "none": "none"}


@click.group(no_args_is_help=True)
def app() -> None:
    """What this server does with other hosts."""


@app.command()
@click.argument("domain")
@click.option(
    "--severity", type=click.Choice(["suspend", "silence", "none"]), default="suspend", show_default=True
)
@reject_media_option
@reject_reports_option
@public_option
@staff_option
@reason_option
@as_json_option
@command
async def block(
    context: click.Context,
    domain: str,
    *,
    severity: str,
    reject_media: bool,
    reject_reports: bool,
    public_comment: str,
    staff: str,
    reason: str,
    as_json: bool,
) -> None:
    """Refuse a host and its subdomains, or some of what it sends; suspend also ends every follow with it."""
    async with opened(context) as server:
        rule = await moderation.block_domain(
            server,
            domain,
            by=staff,
            severity=severity,
            reject_media=reject_media,
            reject_reports=reject_reports,
            public_comment=public_comment,
            reason=reason,
        )
        show(_described(rule), as_json=as_json, sentence=f"{rule.domain}: {_said(rule)}")


@app.command()
@click.argument("domain")
@staff_option
@reason_option
@as_json_option
@command
async def allow(context: click.Context, domain: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Deal with a host whatever the rules about hosts above it say, or while `allow_list` is on."""
    async with opened(context) as server:
        rule = await moderation.block_domain(server, domain, by=staff, severity="none", reason=reason)
        show(_described(rule), as_json=as_json, sentence=f"{rule.domain}: allowed")


@app.command()
@click.argument("domain")
@staff_option
@reason_option
@as_json_option
@command
async def unblock(context: click.Context, domain: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Remove the rule about a host. Follows that a block ended do not come back."""
    async with opened(context) as server:
        await moderation.unblock_domain(server, domain, by=staff, reason=reason)
        show({"domain": domain}, as_json=as_json, sentence=f"There is no rule about {domain} any more.")


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
    """List the rules."""
    async with opened(context):
        rules = await DomainRule.all().order_by("domain")
        show_rows([_described(rule) for rule in rules], as_json=as_json, empty="There is no rule.")


@app.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@staff_option
@reason_option
@as_json_option
@command
async def import_(context: click.Context, file: Path, *, staff: str, reason: str, as_json: bool) -> None:
    """Take rules from a list as Mastodon's administrators exchange them (CSV), or one domain a line."""
    async with opened(context) as server:
        taken, refused = 0, []
        for row in _rows(file):
            try:
                await moderation.block_domain(server, **row, by=staff, reason=reason)
                taken += 1
            except FediError as error:
                refused.append({"domain": row["domain"], "error": str(error)})
        lines = [f"{taken} rules taken."] + [f"{each['domain']}: {each['error']}" for each in refused]
        show({"taken": taken, "refused": refused}, as_json=as_json, sentence="\n".join(lines))
        if refused:
            raise click.exceptions.Exit(PARTIAL)


@app.command("export")
@command
async def export(context: click.Context) -> None:
    """Print the rules as a list that other servers can import (CSV)."""
    async with opened(context):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for rule in await DomainRule.exclude(domain=EVERY_HOST).order_by("domain"):
            severity = "noop" if rule.severity == "none" else rule.severity
            flags = (rule.reject_media, rule.reject_reports)
            writer.writerow([rule.domain, severity, *flags, rule.public_comment, False])
        print(out.getvalue(), end="")


def _rows(file: Path) -> list[dict[str, Any]]:
    """Read a list. Raises Invalid for what is none."""
    if file.stat().st_size > _MAX_LIST_BYTES:
        fail(f"{file} is larger than a list of domains should be.")
    try:
        lines = [
            line for line in csv.reader(file.read_text("utf-8-sig").splitlines()) if line and line[0].strip()
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("file", "is not a list of domains") from error
    names = [name.strip().lstrip("#").lower() for name in lines[0]] if lines else []
    if "domain" not in names:
        return [{"domain": line[0].strip()} for line in lines if not line[0].startswith("#")]
    return [_row(dict(zip(names, line, strict=False))) for line in lines[1:]]


def _row(cells: dict[str, str]) -> dict[str, Any]:
    return {
        "domain": cells["domain"].strip(),
        "severity": _SEVERITIES.get(cells.get("severity", "suspend").strip().lower(), "suspend"),
        "reject_media": _is_true(cells.get("reject_media", "")),
        "reject_reports": _is_true(cells.get("reject_reports", "")),
        "public_comment": cells.get("public_comment", "").strip(),
    }


def _is_true(cell: str) -> bool:
    return cell.strip().lower() in {"true", "1", "yes"}


def _described(rule: DomainRule) -> dict[str, object]:
    return {
        "domain": rule.domain,
        "severity": rule.severity,
        "reject_media": rule.reject_media,
        "reject_reports": rule.reject_reports,
        "reason": rule.private_comment,
        "public_comment": rule.public_comment,
        "since": rule.created_at.isoformat(timespec="seconds"),
    }


def _said(rule: DomainRule) -> str:
    words = [rule.severity]
    words += ["its pictures are refused"] if rule.reject_media else []
    words += ["its reports are dropped"] if rule.reject_reports else []
    return ", ".join(words)
