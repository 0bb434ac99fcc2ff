"""Many who listen: memory of idle sockets, and how long one post takes to reach all of them.

    python -m bench.streaming [--sockets 1000] [--posts 10]

Every socket is of another person, who follows the author. Times run from the author's request to the arrival
of the event at each socket; CPU is the server's, the request included. The client is this process: bytes on
bare connections, so that it takes little of the machine.
"""

import argparse
import asyncio
import base64
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bench.machine import Instance, cpu_seconds, describe, instance, resident_mb
from fedi.config import load
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.models.users import AccessToken, User
from fedi.security.tokens import stored_form
from fedi.server import Server, open_server

SETTLE_SECONDS, PAUSE_SECONDS, LATEST_SECONDS = 2.0, 0.5, 30.0
AT_ONCE = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--posts", type=int, default=10)
    options = parser.parse_args()
    print(describe(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def prepare(_: Path, author_id: int) -> None:
            asyncio.run(_fill(folder / "config.toml", author_id, options.sockets))

        with instance(folder, prepare) as server:
            for stream in ("user", "public"):
                asyncio.run(_measure(server, stream, options.sockets, options.posts))


async def _fill(config: Path, author_id: int, count: int) -> None:
    """Make people with tokens who follow the author."""
    async with open_server(load(config)) as server:
        with server.db.activate():
            async with server.db.transaction():
                for number in range(count):
                    await _person(server, author_id, number)


async def _person(server: Server, author_id: int, number: int) -> None:
    id_, now = server.new_id(), server.clock.now()
    uri, name = str(server.uris.actor(id_)), f"listener{number}"
    await Account.create(
        id=id_, username=name, username_lower=name, uri=uri, key_id=f"{uri}#main-key", created_at=now
    )
    user = await User.create(id=server.new_id(), account_id=id_, created_at=now)
    await AccessToken.create(
        id=server.new_id(), user=user, token_hash=stored_form(_token(number)), scopes="read", created_at=now
    )
    await Follow.create(
        id=server.new_id(),
        follower_id=id_,
        target_id=author_id,
        state="accepted",
        uri=f"{uri}#follow",
        created_at=now,
    )


def _token(number: int) -> str:
    return f"a token of listener {number}".replace(" ", "-")


@dataclass
class Ear(asyncio.Protocol):
    """One socket: whether it was let in, and when it heard something."""

    head: bytes
    transport: asyncio.Transport | None = None
    received: bytes = b""
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    heard_at: list[float] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.head)

    def data_received(self, data: bytes) -> None:
        if not self.opened.is_set():
            self.received += data
            if b"\r\n\r\n" in self.received:
                assert self.received.startswith(b"HTTP/1.1 101"), self.received[:200]
                self.opened.set()
        elif b'"event":"update"' in data:
            self.heard_at.append(time.perf_counter())


async def _measure(server: Instance, stream: str, count: int, posts: int) -> None:
    before = resident_mb(server.pid)
    ears = await _open(server, stream, count)
    await asyncio.sleep(SETTLE_SECONDS)
    print(
        f"{count} sockets on {stream}: {resident_mb(server.pid) - before:.1f} MB more"
        f" than {before:.0f} MB before",
        flush=True,
    )
    firsts, middles, ends, lasts, cpu = [], [], [], [], []
    headers = {"Authorization": f"Bearer {server.token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        for number in range(posts):
            used, begun = cpu_seconds(server.pid), time.perf_counter()
            answer = await client.post("/api/v1/statuses", json={"status": f"post {number} of {stream}"})
            assert answer.status_code == 200, answer.text
            times = await _heard(ears, number + 1, begun)
            await asyncio.sleep(PAUSE_SECONDS)
            cpu.append(cpu_seconds(server.pid) - used)
            firsts.append(times[0])
            middles.append(statistics.median(times))
            ends.append(times[int(len(times) * 0.99) - 1])
            lasts.append(times[-1])
    for ear in ears:
        assert ear.transport is not None
        ear.transport.abort()
    print(
        f"  one post, to {count}: first {_ms(firsts)}, p50 {_ms(middles)}, p99 {_ms(ends)}, last {_ms(lasts)}"
        f" (slowest post {max(lasts) * 1000:.0f} ms); CPU {_ms(cpu)}; {resident_mb(server.pid):.0f} MB",
        flush=True,
    )
    await asyncio.sleep(SETTLE_SECONDS)


async def _open(server: Instance, stream: str, count: int) -> list[Ear]:
    address, turns = urlsplit(server.url), asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Ear:
        ear = Ear(_head(address.netloc, stream, number))
        async with turns:
            await asyncio.get_running_loop().create_connection(lambda: ear, address.hostname, address.port)
            await ear.opened.wait()
        return ear

    return list(await asyncio.gather(*(one(number) for number in range(count))))


def _head(host: str, stream: str, number: int) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /api/v1/streaming?stream={stream}&access_token={_token(number)} HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


async def _heard(ears: list[Ear], times: int, begun: float) -> list[float]:
    """Wait until all have heard so many; give how long the last took to each, the shortest first."""
    async with asyncio.timeout(LATEST_SECONDS):
        while any(len(ear.heard_at) < times for ear in ears):  # noqa: ASYNC110  an event would cost each ear
            await asyncio.sleep(0.005)
    return sorted(ear.heard_at[times - 1] - begun for ear in ears)


def _ms(times: list[float]) -> str:
    return f"{statistics.median(times) * 1000:.0f} ms"


if __name__ == "__main__":
    main()
