"""fedi domain: block, unblock, list."""

import click

from fedi.actions import moderation
from fedi.cli.account import reason_option, staff_option
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.models.moderation import DomainRule


@click.group(no_args_is_help=True)
def app() -> None:
    """What this server does with other hosts."""


@app.command()
@click.argument("domain")
@click.option("--severity", type=click.Choice(["suspend", "silence"]), default="suspend", show_default=True)
@staff_option
@reason_option
@as_json_option
@command
async def block(
    context: click.Context, domain: str, *, severity: str, staff: str, reason: str, as_json: bool
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
@click.argument("domain")
@staff_option
@reason_option
@as_json_option
@command
async def unblock(context: click.Context, domain: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Serve a host again. Follows that the block ended do not come back."""
    async with opened(context) as server:
        await moderation.unblock_domain(server, domain, by=staff, reason=reason)
        show({"domain": domain}, as_json=as_json, sentence=f"{domain} is served again.")


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
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
