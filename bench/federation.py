"""How many signed activities are taken in and applied, and how many deliveries go out, a second.

    python -m bench.federation [--activities 2000] [--deliveries 2000]

The server runs in a process of its own (federation's routes, the worker, SQLite with synchronous=FULL); the
peers are this process: requests are signed before the clock starts, and deliveries end in a sink that answers
202. CPU-seconds are those of the server's process.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.middleware import Middleware

from fedi.actions import accounts, publish
from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.activitypub.signatures import cavage
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import ACTIVITY_JSON, PUBLIC, Uri
from fedi.config import ServerSettings, Settings
from fedi.federation.routes import ROUTES
from fedi.jobs import worker
from fedi.middleware import BodyLimit, DatabaseContext
from fedi.migrate import migrate
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.relationships import Follow
from fedi.security.keys import KeyPair, load_private, make_rsa_pair
from fedi.server import Server, open_server
from fedi.worker import TABLE

SENDERS = 50
KEYS = 5
CONNECTIONS = 16
PEER = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    name: str
    count: int
    seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        """Give the row as text."""
        return (
            f"{self.name:<44}{self.count:>8}{self.count / self.seconds:>12.0f}"
            f"{self.cpu_seconds * 1000 / self.count:>14.2f}"
        )


def settings_for(folder: Path, port: int) -> Settings:
    """Give the settings of the measured server."""
    return Settings(
        server=ServerSettings(
            domain=f"127.0.0.1:{port}", port=port, development=True, secret="of the bench alone, long enough"
        ),
        root=str(folder),
    )


def cpu_seconds() -> float:
    """Give what this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def child(target: Callable[..., None], *arguments: object) -> Iterator[Connection]:
    """Run a function in a process of its own, with a pipe to it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        ours.send("stop")
        process.join(10)


def receiver(pipe: Connection, folder: str, port: int, pairs: list[KeyPair]) -> None:
    """Be the server that activities are sent to; says how long it took once all are applied."""
    uvloop.run(_receive(pipe, Path(folder), port, pairs))


async def _receive(pipe: Connection, folder: Path, port: int, pairs: list[KeyPair]) -> None:
    async with open_server(settings_for(folder, port)) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            alice = await accounts.create_local(server, "alice", keys=pairs[0])
            for number in range(SENDERS):
                await _followed(server, alice, number, pairs[number % KEYS])
        app = Starlette(
            routes=ROUTES,
            middleware=[Middleware(BodyLimit, upload_bytes=0), Middleware(DatabaseContext)],
        )
        app.state.server = server
        web = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off", loop="uvloop"))
        stop = asyncio.Event()
        serving = asyncio.ensure_future(web.serve())
        working = asyncio.ensure_future(worker.run(server, TABLE, stop))
        while not web.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        pipe.send(("ready", alice.uri))
        while (asked := await asyncio.to_thread(pipe.recv)) != "stop":
            begun, used = time.perf_counter(), cpu_seconds()
            await _until_applied(server, int(asked))
            pipe.send((time.perf_counter() - begun, cpu_seconds() - used))
        stop.set()
        web.should_exit = True
        await asyncio.gather(serving, working)


async def _followed(server: Server, alice: Account, number: int, pair: KeyPair) -> None:
    uri = f"{PEER}/u/{number}"
    async with server.db.transaction():
        account = await Account.create(
            id=server.new_id(),
            username=f"peer{number}",
            username_lower=f"peer{number}",
            domain="127.0.0.1:9",
            uri=uri,
            inbox_url=f"{uri}/inbox",
            followers_url=f"{uri}/followers",
            key_id=f"{uri}#main-key",
            public_key_pem=pair.public_pem,
            created_at=server.clock.now(),
            fetched_at=server.clock.now(),
        )
        await Follow.create(
            id=server.new_id(),
            follower_id=alice.id,
            target_id=account.id,
            state="accepted",
            uri=f"{uri}#follow",
            created_at=server.clock.now(),
        )


async def _until_applied(server: Server, count: int) -> None:
    with server.db.activate():
        while await Job.filter(kind="ApplyActivity", state="done").count() < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def signed_requests(port: int, count: int, pairs: list[KeyPair], *, start: int) -> list[bytes]:
    """Give requests as they go over the wire: Creates of notes, each by one of the followed peers."""
    now, requests = datetime.now(UTC), []
    for number in range(start, start + count):
        peer = number % SENDERS
        uri = Uri(f"{PEER}/u/{peer}")
        note = Note(
            id=Uri(f"{PEER}/o/{number}"),
            attributed_to=uri,
            content=f"<p>Number {number}, <em>said a fox</em> to nobody in particular.</p>",
            published=now,
            to=(PUBLIC,),
            cc=(Uri(f"{uri}/followers"),),
        )
        create = Create(id=Uri(f"{note.id}/activity"), actor=uri, object=note, to=note.to, cc=note.cc)
        body = json.dumps(create.to_json()).encode()
        headers = {"Host": f"127.0.0.1:{port}", "Content-Type": ACTIVITY_JSON}
        message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
        key = load_private(pairs[peer % KEYS].private_pem)
        assert isinstance(key, RSAPrivateKey)
        headers |= cavage.sign(message, key=key, key_id=f"{uri}#main-key", now=now)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        requests.append(
            f"POST /ap/inbox HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )
    return requests


async def post_all(port: int, requests: list[bytes]) -> float:
    """Send the requests over a few connections; gives how long it took. Fails unless all are answered 202."""
    waiting = iter(requests)

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 202 " not in head[:20]:
                raise RuntimeError(head + await reader.read(200))
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return time.perf_counter() - begun


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


def free_port() -> int:
    """Find a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def inbound(count: int, pairs: list[KeyPair]) -> list[Result]:
    """Measure taking in and applying."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(migrate(Path(name) / "data" / "fedi.db"))
        port = free_port()
        with child(receiver, name, port, pairs) as pipe:
            pipe.recv()
            warm_up = signed_requests(port, 100, pairs, start=0)
            asyncio.run(post_all(port, warm_up))
            pipe.send(len(warm_up))
            pipe.recv()
            requests = signed_requests(port, count, pairs, start=len(warm_up))
            pipe.send(len(warm_up) + count)
            accepted = asyncio.run(post_all(port, requests))
            seconds, used = pipe.recv()
    return [
        Result("activities accepted (202)", count, accepted, used),
        Result("activities accepted and applied", count, seconds, used),
    ]


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
    parser.add_argument("--activities", type=int, default=2000)
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--only", choices=["in", "out"])
    asked = parser.parse_args()
    pairs = [make_rsa_pair() for _ in range(KEYS)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':<44}{'count':>8}{'per second':>12}{'CPU-s / 1000':>14}")
    for result in (
        *(inbound(asked.activities, pairs) if asked.only != "out" else []),
        *(outbound(asked.deliveries, pairs[0]) if asked.only != "in" else []),
    ):
        print(result)


if __name__ == "__main__":
    main()
