"""fedi relay: add, list, remove."""

import click

from fedi.actions import relays
from fedi.cli.account import staff_option
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.federation import resolve
from fedi.federation.fetch import check_host
from fedi.models.federation import Relay
from fedi.server import Server


@click.group(no_args_is_help=True)
def app() -> None:
    """Relays that pass public posts on between servers."""


@app.command()
@click.argument("address")
@staff_option
@as_json_option
@command
async def add(context: click.Context, address: str, *, staff: str, as_json: bool) -> None:
    """Ask a relay to serve this server: its inbox (https://relay.example/inbox), or its actor (…/relay)."""
    async with opened(context) as server:
        inbox_url, actor_uri = await _found(server, address)
        relay = await relays.add(server, inbox_url, actor_uri=actor_uri, by=staff)
        show(
            _described(relay),
            as_json=as_json,
            sentence=f"{relay.inbox_url} was asked; `fedi relay list` says when it has answered.",
        )


@app.command()
@click.argument("address")
@staff_option
@as_json_option
@command
async def remove(context: click.Context, address: str, *, staff: str, as_json: bool) -> None:
    """Leave a relay."""
    async with opened(context) as server:
        relay = await Relay.get_or_none(actor_uri=address)
        await relays.remove(server, relay.inbox_url if relay else address, by=staff)
        show({"removed": address}, as_json=as_json, sentence=f"{address} is left.")


@app.command("list")
@as_json_option
@command
async def list_(context: click.Context, *, as_json: bool) -> None:
    """List the relays and what they answered."""
    async with opened(context):
        rows = [_described(relay) for relay in await Relay.all().order_by("id")]
        show_rows(rows, as_json=as_json, empty="There is no relay.")


async def _found(server: Server, address: str) -> tuple[str, str]:
    """Give the inbox of a relay, and its actor if it was named by that."""
    await check_host(server, address)
    if address.rstrip("/").endswith("/inbox"):
        return address, ""
    actor = await resolve.account_by_uri(server, address)
    return actor.inbox_url, actor.uri


def _described(relay: Relay) -> dict[str, object]:
    return {
        "inbox": relay.inbox_url,
        "actor": relay.actor_uri,
        "state": relay.state,
        "since": relay.created_at.isoformat(timespec="seconds"),
    }
