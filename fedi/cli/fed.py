"""fedi fed: lookup, fetch, test. Why something does or does not come through, step by step."""

import json

import click

from fedi.cli.account import named
from fedi.cli.console import ERROR, as_json_option, command, opened
from fedi.federation import explain
from fedi.federation.explain import Step, Trail


@click.group(no_args_is_help=True)
def app() -> None:
    """Between this server and others: look up, fetch, try, and say why."""


@app.command()
@click.argument("handle")
@as_json_option
@command
async def lookup(context: click.Context, handle: str, *, as_json: bool) -> None:
    """Look up a handle (name@host) or an actor's address, as the server does, and say each step."""
    async with opened(context) as server:
        _show(await explain.lookup(server, handle), as_json=as_json)


@app.command()
@click.argument("url")
@click.option("--as", "name", default="", help="Sign as this local account instead of as the server.")
@click.option("--raw", is_flag=True, help="Print the document, too.")
@as_json_option
@command
async def fetch(context: click.Context, url: str, *, name: str, raw: bool, as_json: bool) -> None:
    """Fetch a document of another server and say each step."""
    async with opened(context) as server:
        signer = await named(server, name) if name else None
        _show(await explain.fetch(server, url, as_account=signer), as_json=as_json, document=raw)


@app.command("test")
@click.argument("domain")
@as_json_option
@command
async def test(context: click.Context, domain: str, *, as_json: bool) -> None:
    """Try one server: our rules, what we remember of it, its NodeInfo, its WebFinger."""
    async with opened(context) as server:
        _show(await explain.test(server, domain), as_json=as_json)


def _show(trail: Trail, *, as_json: bool, document: bool = False) -> None:
    """Print a trail; one that ended early is an error."""
    if as_json:
        said = {"ok": trail.ok, "steps": [_described(step) for step in trail.steps]}
        print(json.dumps(said | ({"document": trail.found} if document else {}), ensure_ascii=False))
    else:
        width = max(len(step.name) for step in trail.steps)
        for step in trail.steps:
            mark = "ok  " if step.ok else "FAIL"
            print(f"{mark}  {step.name.ljust(width)}  {step.said}  ({step.seconds:.2f} s)")
        if document and trail.found is not None:
            print(json.dumps(trail.found, indent=2, ensure_ascii=False))
    if not trail.ok:
        raise click.exceptions.Exit(ERROR)


def _described(step: Step) -> dict[str, object]:
    return {"name": step.name, "ok": step.ok, "said": step.said, "seconds": step.seconds}
