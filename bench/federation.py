"""How many signed activities are taken in and applied, and how many deliveries go out, a second.

    python -m bench.federation [--activities 5000] [--deliveries 2000] [--only in|out] [--profile]

Inbound: bench/inbound.py. Deliveries go from this process to a sink that answers 202.
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from bench.inbound import inbound
from bench.process import Result, child, cpu_seconds, free_port, settings_for
from fedi.actions import accounts, publish
from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.jobs import worker
from fedi.migrate import migrate
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.security.keys import KeyPair, make_rsa_pair
from fedi.server import Server, open_server
from fedi.worker import TABLE

KEYS = 5


def sink(pipe: Connection, port: int, hosts: int) -> None:
    """Be many hosts that answer 202 to everything."""
    asyncio.run(_sink(pipe, port, hosts))


async def _sink(pipe: Connection, port: int, hosts: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    servers = [await asyncio.start_server(answer, address, port) for address in _addresses(hosts)]
    pipe.send("ready")
    await asyncio.to_thread(pipe.recv)
    for server in servers:
        server.close()


def _addresses(hosts: int) -> list[str]:
    return [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(hosts)]


async def deliver(folder: Path, port: int, pair: KeyPair, hosts: int, count: int) -> Result:
    """Publish activities to `hosts` shared inboxes and wait until all `count` deliveries are done."""
    async with open_server(settings_for(folder, port)) as server:
        with server.db.activate():
            author = await Account.get_or_none(username_lower="author")
            author = author or await accounts.create_local(server, "author", keys=pair)
            inboxes = [f"http://{address}:{port}/inbox" for address in _addresses(hosts)]
            before = await Job.filter(kind="Deliver", state="done").count()
            for _ in range(count // hosts):
                await _publish(server, author, inboxes)
            stop = asyncio.Event()
            begun, used = time.perf_counter(), cpu_seconds()
            working = asyncio.ensure_future(worker.run(server, TABLE, stop))
            wanted = before + count // hosts * hosts
            while await Job.filter(kind="Deliver", state="done").count() < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            seconds, spent = time.perf_counter() - begun, cpu_seconds() - used
            stop.set()
            await working
    return Result(f"deliveries to {hosts} host{'s' * (hosts > 1)}", count // hosts * hosts, seconds, spent)


async def _publish(server: Server, author: Account, inboxes: list[str]) -> None:
    uri = server.uris.new_activity()
    note = Note(id=uri, attributed_to=Uri(author.uri), content="<p>Fox day</p>" * 20, to=(PUBLIC,))
    create = Create(id=uri, actor=Uri(author.uri), object=note, to=(PUBLIC,))
    async with server.db.transaction():
        await publish.activity(server, author, create, extra_inboxes=inboxes, object_uri=uri)


def outbound(count: int, pair: KeyPair) -> list[Result]:
    """Measure deliveries."""
    results = []
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(migrate(Path(name) / "data" / "fedi.db"))
        port = free_port()
        with child(sink, port, 200) as pipe:
            pipe.recv()
            for hosts in (1, 50, 200):
                share = count if hosts > 1 else count // 4
                results.append(uvloop.run(deliver(Path(name), port, pair, hosts, share)))
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--activities", type=int, default=5000)
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--only", choices=["in", "out"])
    parser.add_argument("--profile", action="store_true", help="say where the inbound time goes")
    asked = parser.parse_args()
    pairs = [make_rsa_pair() for _ in range(KEYS)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':<44}{'count':>8}{'per second':>12}{'CPU-s / 1000':>14}")
    for result in (
        *(inbound(asked.activities, pairs, profile=asked.profile) if asked.only != "out" else []),
        *(outbound(asked.deliveries, pairs[0]) if asked.only != "in" else []),
    ):
        print(result)


if __name__ == "__main__":
    main()
