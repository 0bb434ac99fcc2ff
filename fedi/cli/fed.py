"""fedi fed: lookup, fetch, verify, test, deliver, failures, peers, stats.

Why something does or does not come through, step by step, and how it stands between us and other hosts.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from fedi.actions import deliveries as delivery_actions
from fedi.actions import publish
from fedi.activitypub.signatures.message import SignedMessage
from fedi.cli.account import named
from fedi.cli.console import ERROR, PARTIAL, as_json_option, command, opened, show, show_rows
from fedi.cli.post import described, object_of
from fedi.errors import Invalid, NotFound
from fedi.federation import explain
from fedi.federation.explain import Step, Trail
from fedi.jobs import queue, worker
from fedi.models.federation import Instance, OutgoingActivity
from fedi.queries import deliveries
from fedi.queries.deliveries import DeliveryState
from fedi.server import Server
from fedi.worker import TABLE

_MAX_REQUEST_BYTES = 2 * 1024 * 1024


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


@app.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--at", "moment", default="", help="Check as of this time (ISO 8601) instead of now.")
@as_json_option
@command
async def verify(context: click.Context, file: Path, *, moment: str, as_json: bool) -> None:
    """Check the signature of a captured request as an inbox does, and say each step.

    FILE holds the request as it came: request line, headers, an empty line, the body ("-": standard input).
    """
    async with opened(context) as server:
        at = _moment(moment) if moment else server.clock.now()
        _show(await explain.verify(server, _request(_read(file)), at=at), as_json=as_json)


@app.command()
@click.argument("post")
@click.option("--to", "inbox", default="", help="Also send it to this inbox, if it never was.")
@as_json_option
@command
async def deliver(context: click.Context, post: str, *, inbox: str, as_json: bool) -> None:
    """Try what waits of a post's deliveries, or was given up, now; and say what the hosts answer.

    POST is its number, its page or its id.
    """
    async with opened(context) as server:
        uri = await object_of(server, post)
        if inbox:
            await _add(server, uri, inbox)
        open_ = [view for view in await deliveries.of_object(server, uri) if _is_open(view)]
        for job in await queue.claim_these(server, [view.job_id for view in open_]):
            await worker.run_one(server, TABLE, job)
        tried = {view.job_id for view in open_}
        views = [view for view in await deliveries.of_object(server, uri) if view.job_id in tried]
        show_rows(described(views), as_json=as_json, empty="Nothing of it waits to be delivered.")
        if any(view.state is not DeliveryState.DELIVERED for view in views):
            raise click.exceptions.Exit(PARTIAL)


@app.command()
@click.option("--domain", default="", help="Only of this host.")
@click.option("--limit", type=click.IntRange(1, 5000), default=100, show_default=True)
@as_json_option
@command
async def failures(context: click.Context, *, domain: str, limit: int, as_json: bool) -> None:
    """List deliveries that were refused or given up, the newest first, with what was answered."""
    async with opened(context) as server:
        views = await deliveries.failures(server, limit)
        views = [view for view in views if domain in {"", view.host}]
        show_rows(described(views), as_json=as_json, empty="Nothing failed.")


@app.command()
@as_json_option
@command
async def peers(context: click.Context, *, as_json: bool) -> None:
    """List the hosts that we deliver to and how they answer: those that fail first."""
    async with opened(context) as server:
        schemes = {row.host: row.scheme for row in await Instance.all()}
        rows = [
            {
                "host": peer.host,
                "standing": _standing(peer),
                "waiting": peer.waiting,
                "failures": peer.failures,
                "failing_days": peer.failing_days,
                "next_try": peer.retry_at.isoformat(timespec="seconds") if peer.retry_at else None,
                "last_success": _day(peer.last_success_at),
                "last_failure": _day(peer.last_failure_at),
                "signatures": schemes.get(peer.host, ""),
            }
            for peer in await deliveries.peers(server)
        ]
        show_rows(rows, as_json=as_json, empty="Nothing was delivered yet.")


@app.command()
@as_json_option
@command
async def stats(context: click.Context, *, as_json: bool) -> None:
    """Count jobs by lane and state, hosts by standing, and what came and went."""
    async with opened(context) as server:
        jobs = await server.db.rows(
            "SELECT lane, kind, state, count(*) AS count, sum(error <> '') AS failed FROM jobs"
            " GROUP BY lane, kind, state ORDER BY lane, kind, state"
        )
        peers = await deliveries.peers(server)
        counted: dict[str, Any] = {
            "jobs": [dict(row) for row in jobs],
            "hosts": {
                "well": sum(_standing(peer) == "well" for peer in peers),
                "failing": sum(_standing(peer) == "failing" for peer in peers),
                "dead": sum(_standing(peer) == "dead" for peer in peers),
            },
            "remote_accounts": await _count(server, "accounts WHERE domain <> ''"),
            "remote_posts": await _count(server, "posts WHERE NOT local"),
            "sent_activities": await _count(server, "outgoing_activities"),
        }
        lines = [
            f"{row['lane']:<14}{row['kind']:<22}{row['state']:<10}{row['count']:>8}"
            f"{row['failed'] or 0:>8} failed"
            for row in jobs
        ]
        lines += [f"hosts: {', '.join(f'{count} {name}' for name, count in counted['hosts'].items())}"]
        lines += [
            f"{name.replace('_', ' ')}: {counted[name]}"
            for name in ("remote_accounts", "remote_posts", "sent_activities")
        ]
        show(counted, as_json=as_json, sentence="\n".join(lines))


def _is_open(view: deliveries.DeliveryView) -> bool:
    return view.state in {DeliveryState.PENDING, DeliveryState.GIVEN_UP}


async def _add(server: Server, object_uri: str, inbox: str) -> None:
    """Have the newest activity about a post sent to one more inbox."""
    stored = await OutgoingActivity.filter(object_uri=object_uri).order_by("-id").first()
    if stored is None:
        raise NotFound("Nothing of this post is kept to be sent.")
    async with server.db.transaction():
        await delivery_actions.send(server, stored, {inbox: publish.PROMPT})


async def _count(server: Server, what: str) -> int:
    rows = await server.db.rows(f"SELECT count(*) AS count FROM {what}")  # noqa: S608  words of ours
    return int(rows[0]["count"])


def _standing(peer: deliveries.PeerView) -> str:
    return "dead" if peer.dead else "failing" if peer.failures else "well"


def _day(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("at", "is no time like 2026-11-22T10:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read(file: Path) -> bytes:
    return sys.stdin.buffer.read(_MAX_REQUEST_BYTES) if str(file) == "-" else file.read_bytes()


def _request(data: bytes) -> SignedMessage:
    """Read a captured request. Raises Invalid for what is none."""
    head, _, body = data.replace(b"\r\n", b"\n", 1).partition(b"\n")
    lines, separator, content = body.partition(b"\r\n\r\n")
    if not separator:
        lines, _, content = body.partition(b"\n\n")
    words = head.decode("latin-1").split()
    if len(words) < 2 or not words[1].startswith("/"):
        raise Invalid("file", "does not begin with a request line like POST /ap/inbox HTTP/1.1")
    headers = [line.partition(":")[::2] for line in lines.decode("latin-1").splitlines() if ":" in line]
    return SignedMessage.of(words[0], words[1], headers, content)


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
