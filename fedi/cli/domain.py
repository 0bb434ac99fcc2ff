"""fedi domain: block, unblock, list."""

from typing import Annotated

import typer

from fedi.actions import moderation
from fedi.cli.account import Reason, Staff
from fedi.cli.console import AsJson, command, opened, show, show_rows
from fedi.models.moderation import DomainRule

app = typer.Typer(no_args_is_help=True, help="What this server does with other hosts.")


@app.command()
@command
async def block(
    context: typer.Context,
    domain: str,
    *,
    severity: Annotated[str, typer.Option(help="suspend or silence.")] = "suspend",
    staff: Staff = "cli",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Refuse a host and its subdomains; suspend also ends every follow with it."""
    async with opened(context) as server:
        rule = await moderation.block_domain(server, domain, by=staff, severity=severity, reason=reason)
        show(
            {"domain": rule.domain, "severity": rule.severity},
            as_json=as_json,
            sentence=f"{rule.domain}: {rule.severity}",
        )


@app.command()
@command
async def unblock(
    context: typer.Context, domain: str, *, staff: Staff = "cli", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Serve a host again. Follows that the block ended do not come back."""
    async with opened(context) as server:
        await moderation.unblock_domain(server, domain, by=staff, reason=reason)
        show({"domain": domain}, as_json=as_json, sentence=f"{domain} is served again.")


@app.command("list")
@command
async def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the rules."""
    async with opened(context):
        rows = [
            {
                "domain": rule.domain,
                "severity": rule.severity,
                "reason": rule.private_comment,
                "since": rule.created_at.isoformat(timespec="seconds"),
            }
            for rule in await DomainRule.all().order_by("domain")
        ]
        show_rows(rows, as_json=as_json, empty="No host is blocked.")
