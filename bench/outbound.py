"""The outbound half of bench.federation: a post to a thousand followers, and one bad host among fifty.

The measured server (publishing, the worker, SQLite with synchronous=FULL) runs in this process; the hosts are
a process of their own, so that CPU-seconds are the server's alone. Beside every figure stands the floor of
the same run: as many RSA-2048 signatures, and as many POSTs by a bare aiohttp client.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import aiohttp
import uvloop
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from bench.process import Result, child, cpu_seconds, free_port, settings_for
from fedi.actions import accounts, publish
from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.jobs import worker
from fedi.migrate import migrate
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.relationships import Follow
from fedi.security.keys import KeyPair, load_private
from fedi.server import Server, open_server
from fedi.worker import TABLE

HOSTS = 200
FOLLOWERS = 1000
BYSTANDERS = 50
POSTS_BESIDE_BAD_HOSTS = 20
_SLOW_SECONDS = 10.0
_BODY = b"x" * 1500
_OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Hosts:
    """What the hosts have received: how many, and when each activity came to each host."""

    wanted: int = 0
    received: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    arrivals: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def arrived(self, address: str) -> None:
        """Count one."""
        self.received += 1
        self.arrivals[address].append(time.time())
        if self.received >= self.wanted:
            self.reached.set()


class Inbox(asyncio.Protocol):
    """One connection to one of the hosts; `temper` is quick, slow or flapping."""

    def __init__(self, hosts: Hosts, address: str, temper: str) -> None:
        self._hosts, self._address, self._temper = hosts, address, temper
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep whom to answer."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of asyncio's

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._answer()

    def _answer(self) -> None:
        if self._temper == "slow":
            asyncio.get_running_loop().call_later(_SLOW_SECONDS, self._write, _OK)
            return
        self._hosts.arrived(self._address)
        flaps = self._temper == "flapping" and len(self._hosts.arrivals[self._address]) % 2
        self._write(_BUSY if flaps else _OK)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def hosts(pipe: Connection, port: int, tempers: dict[str, str]) -> None:
    """Be the hosts at these addresses; a dead one is not there at all."""
    uvloop.run(_hosts(pipe, port, tempers))


async def _hosts(pipe: Connection, port: int, tempers: dict[str, str]) -> None:
    state, loop = Hosts(), asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda a=address, t=temper: Inbox(state, a, t), address, port, backlog=1024)  # type: ignore[misc]
        for address, temper in tempers.items()
        if temper != "dead"
    ]
    pipe.send("ready")
    while (asked := await asyncio.to_thread(pipe.recv)) != "stop":
        state.wanted = int(asked)
        state.reached.clear()
        if state.received < state.wanted:
            await state.reached.wait()
        pipe.send(dict(state.arrivals))
        state.received = 0
        state.arrivals.clear()
    for server in servers:
        server.close()


def addresses(count: int) -> list[str]:
    """Name so many hosts of loopback."""
    return [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(count)]


async def settle(server: Server, author: Account, port: int, count: int, *, shared: bool) -> None:
    """Give an author so many followers, spread over the hosts."""
    now, found = server.clock.now(), addresses(HOSTS)
    people = []
    for number in range(count):
        base = f"http://{found[number % HOSTS]}:{port}"
        name = f"{author.username}s{number}"
        people.append(
            Account(
                id=server.new_id(),
                username=name,
                username_lower=name,
                domain=base.removeprefix("http://"),
                uri=f"{base}/u/{name}",
                inbox_url=f"{base}/u/{name}/inbox",
                shared_inbox_url=f"{base}/inbox" if shared else "",
                created_at=now,
                fetched_at=now,
            )
        )
    async with server.db.transaction():
        await Account.bulk_create(people)
        await Follow.bulk_create(
            [
                Follow(
                    id=server.new_id(),
                    follower_id=each.id,
                    target_id=author.id,
                    state="accepted",
                    uri=f"{each.uri}#follow",
                    created_at=now,
                )
                for each in people
            ]
        )


async def post(server: Server, author: Account, *, extra: tuple[str, ...] = ()) -> None:
    """Publish a note of usual length to the followers."""
    uri = server.uris.new_activity()
    note = Note(id=uri, attributed_to=Uri(author.uri), content="<p>Fox day</p>" * 80, to=(PUBLIC,))
    create = Create(id=uri, actor=Uri(author.uri), object=note, to=(PUBLIC,))
    async with server.db.transaction():
        await publish.activity(
            server, author, create, followers=not extra, extra_inboxes=extra, object_uri=uri
        )


async def fan_out(server: Server, pipe: Connection, author: Account, count: int, name: str) -> Result:
    """Publish one post and wait until every inbox has it and every delivery is recorded as done."""
    stop = asyncio.Event()
    working = asyncio.ensure_future(worker.run(server, TABLE, stop))
    await asyncio.sleep(0.2)
    pipe.send(count)
    begun, used = time.perf_counter(), cpu_seconds()
    await post(server, author)
    await asyncio.to_thread(pipe.recv)
    stop.set()
    await working
    seconds, spent = time.perf_counter() - begun, cpu_seconds() - used
    left = await Job.filter(kind="Deliver").exclude(state="done", error="")
    assert not left, [(job.state, job.attempts, job.error) for job in left[:5]]
    return Result(name, count, seconds, spent)


async def _outbound(folder: Path, pipe: Connection, port: int, pair: KeyPair) -> list[Result]:
    results: list[Result] = []
    async with open_server(settings_for(folder, free_port())) as server:
        with server.db.activate():
            for kind, count in (("personal", FOLLOWERS), ("shared", HOSTS)):
                author = await accounts.create_local(server, kind, keys=pair)
                await settle(server, author, port, FOLLOWERS, shared=kind == "shared")
                where = f"{FOLLOWERS} followers, {HOSTS} hosts, {kind} inboxes"
                results += [
                    await fan_out(server, pipe, author, count, f"{where}, {turn}")
                    for turn in ("first post", "second", "third")
                ]
    return results


def signing(pair: KeyPair, count: int) -> Result:
    """Sign and nothing else."""
    key = load_private(pair.private_pem)
    assert isinstance(key, RSAPrivateKey)
    begun, used = time.perf_counter(), cpu_seconds()
    for _ in range(count):
        key.sign(_BODY[:300], PKCS1v15(), SHA256())
    return Result("floor: signatures alone", count, time.perf_counter() - begun, cpu_seconds() - used)


async def posting(pipe: Connection, port: int, count: int) -> Result:
    """POST to the hosts with nothing but aiohttp, as many at once as the server does."""
    urls = [f"http://{address}:{port}/inbox" for address in addresses(HOSTS)] * (count // HOSTS)
    waiting = iter(urls)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def send() -> None:
            for url in waiting:
                async with session.post(url, data=_BODY, allow_redirects=False) as answer:
                    await answer.read()

        pipe.send(len(urls))
        begun, used = time.perf_counter(), cpu_seconds()
        await asyncio.gather(*(send() for _ in range(64)))
        seconds, spent = time.perf_counter() - begun, cpu_seconds() - used
    await asyncio.to_thread(pipe.recv)
    return Result("floor: POSTs by a bare client", len(urls), seconds, spent)


def outbound(pair: KeyPair) -> list[Result]:
    """Measure the fan-out of a post, and its floor."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(migrate(Path(name) / "data" / "fedi.db"))
        port = free_port()
        with child(hosts, port, dict.fromkeys(addresses(HOSTS), "quick")) as pipe:
            pipe.recv()
            floor = [signing(pair, FOLLOWERS), uvloop.run(posting(pipe, port, FOLLOWERS))]
            return floor + uvloop.run(_outbound(Path(name), pipe, port, pair))


def beside_bad_hosts(pair: KeyPair) -> list[str]:
    """Measure how long a delivery takes to the well ones of fifty hosts, alone and beside a bad one."""
    lines = []
    for temper in ("quick", "dead", "slow", "flapping"):
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(migrate(Path(name) / "data" / "fedi.db"))
            port = free_port()
            found = addresses(BYSTANDERS)
            tempers = dict.fromkeys(found, "quick") | {found[0]: temper}
            with child(hosts, port, tempers) as pipe:
                pipe.recv()
                waits = uvloop.run(_beside(Path(name), pipe, port, pair, found))
        high = statistics.quantiles(waits, n=20)[-1]
        lines.append(
            f"{BYSTANDERS} hosts, one of them {temper:<9} others: median"
            f" {statistics.median(waits) * 1000:6.0f} ms, p95 {high * 1000:6.0f} ms,"
            f" load {os.getloadavg()[0]:.1f}"
        )
    return lines


async def _beside(folder: Path, pipe: Connection, port: int, pair: KeyPair, found: list[str]) -> list[float]:
    inboxes = tuple(f"http://{address}:{port}/inbox" for address in found)
    published = []
    async with open_server(settings_for(folder, free_port())) as server:
        with server.db.activate():
            author = await accounts.create_local(server, "author", keys=pair)
            stop = asyncio.Event()
            working = asyncio.ensure_future(worker.run(server, TABLE, stop))
            await asyncio.sleep(0.2)
            for _ in range(POSTS_BESIDE_BAD_HOSTS):
                published.append(time.time())
                await post(server, author, extra=inboxes)
                await asyncio.sleep(0.25)
            await asyncio.sleep(2)
            pipe.send(0)
            arrivals: dict[str, list[float]] = await asyncio.to_thread(pipe.recv)
            stop.set()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    missing = Counter({address: len(published) - len(arrivals.get(address, [])) for address in found[1:]})
    assert not +missing, f"not delivered to hosts that are well: {+missing}"
    return [
        arrived - sent
        for address in found[1:]
        for sent, arrived in zip(published, sorted(arrivals[address]), strict=True)
    ]
