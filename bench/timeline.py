"""What people and peers read most: requests a second, p50, p99, CPU and queries, with 10 000 and 1 M posts.

    python -m bench.timeline [--posts 10000 1000000] [--requests 1600]

Sixteen ask at once, the same again and again (warm); the first of them is measured by itself (cold). The home
is measured again while somebody whom the reader follows posts every 50 ms: what the posts cost by themselves
is measured before and taken off. `/api/v2/instance` is a request that reads next to nothing.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.machine import Instance, cpu_seconds, describe, instance, resident_mb
from bench.worlds import Filled, fill, iter_paths
from fedi.app import create_app
from fedi.config import load
from fedi.server import open_server

AT_ONCE, WRITE_SECONDS, WARM_UP = 16, 0.05, 32


@dataclass
class Figures:
    """Of one kind of request: times in ms, CPU-ms of the server, queries."""

    per_second: float
    cold: float
    p50: float
    p99: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--requests", type=int, default=1600)
    options = parser.parse_args()
    print(describe(), flush=True)
    slowest: dict[str, list[float]] = {}
    for posts in options.posts:
        for name, figures in of_size(posts, options.requests):
            slowest.setdefault(name, []).append(figures.p99)
    for name, found in slowest.items():
        if len(found) > 1:
            print(f"p99 of {name}: {found[-1] / found[0]:.1f} times that of the smaller database")


def of_size(posts: int, requests: int) -> list[tuple[str, Figures]]:
    """Measure with one number of posts."""
    filled = Filled()

    def prepare(file: Path, reader: int) -> None:
        begun = time.perf_counter()
        filled.__dict__.update(fill(file, reader, posts).__dict__)
        size = file.stat().st_size / 1e6
        print(f"\n{posts} posts: {size:.0f} MB, written in {time.perf_counter() - begun:.0f} s", flush=True)

    with tempfile.TemporaryDirectory() as name, instance(Path(name), prepare) as served:
        reader = int(served.account_id)
        paths = list(iter_paths(reader, filled))
        print(f"{'':16}{'per s':>8}{'cold ms':>9}{'p50 ms':>8}{'p99 ms':>8}{'CPU ms':>8}", flush=True)
        found = []
        for what, path in paths:
            figures = asyncio.run(measure(served, path, requests))
            found.append((what, figures))
            show(what, figures)
        figures = asyncio.run(while_writing(served, Path(name), dict(paths)["home"], requests))
        found.append(("home, written to", figures))
        show("home, written to", figures)
        print(f"memory of the server: {resident_mb(served.pid):.0f} MB")
        queries(served, paths)
        return found


def show(name: str, figures: Figures) -> None:
    shown = (figures.per_second, figures.cold, figures.p50, figures.p99, figures.cpu)
    print(f"{name:16}{shown[0]:8.0f}" + "".join(f"{each:9.2f}" for each in shown[1:]), flush=True)


async def measure(served: Instance, path: str, count: int) -> Figures:
    """Ask a path `count` times."""
    clients = [await Client.to(served) for _ in range(AT_ONCE)]
    cold = await clients[0].get(path)
    for _ in range(WARM_UP):
        await clients[0].get(path)
    cpu, begun = cpu_seconds(served.pid), time.perf_counter()
    times = await asked(clients, path, count)
    spent, used = time.perf_counter() - begun, cpu_seconds(served.pid) - cpu
    for client in clients:
        client.close()
    return _figures(times, spent, used, cold)


async def while_writing(served: Instance, folder: Path, path: str, count: int) -> Figures:
    """Ask while somebody posts every 50 ms; the CPU that posting takes by itself is taken off."""
    friend = _friend(served, folder)
    clients = [await Client.to(served) for _ in range(AT_ONCE)]
    cpu = cpu_seconds(served.pid)
    alone = await _posting(served, friend, lambda: asyncio.sleep(3))
    each = (cpu_seconds(served.pid) - cpu) / alone
    times: list[float] = []

    async def ask() -> None:
        times.extend(await asked(clients, path, 4 * count))

    cold = await clients[0].get(path)
    cpu, begun = cpu_seconds(served.pid), time.perf_counter()
    written = await _posting(served, friend, ask)
    spent, used = time.perf_counter() - begun, cpu_seconds(served.pid) - cpu
    print(f"  {written} posts meanwhile, {each * 1e3:.1f} CPU-ms each")
    for client in clients:
        client.close()
    return _figures(times, spent, used - written * each, cold)


async def asked(clients: list["Client"], path: str, count: int) -> list[float]:
    times: list[float] = []

    async def ask(client: Client) -> None:
        times.extend([await client.get(path) for _ in range(count // AT_ONCE)])

    await asyncio.gather(*(ask(client) for client in clients))
    return times


async def _posting(served: Instance, token: str, meanwhile: Callable[[], object]) -> int:
    """Post every 50 ms for as long as something else takes; gives how often."""
    client, count = await Client.to(served, token), 0
    task = asyncio.ensure_future(meanwhile())  # type: ignore[arg-type]
    while not task.done():
        count += 1
        body = json.dumps({"status": f"Post {time.time_ns()} while others read"}).encode()
        await client.ask(b"POST", "/api/v1/statuses", body)
        await asyncio.sleep(WRITE_SECONDS)
    task.result()
    client.close()
    return count


def _friend(served: Instance, folder: Path) -> str:
    """Make somebody whom the reader follows; gives their token."""
    made = served.run("account", "create", "bob", "--token", "read write follow", "--json")
    with sqlite3.connect(folder / "data/fedi.db", timeout=30) as raw:
        (id_,) = raw.execute("SELECT max(id) + 1 FROM follows").fetchone()
        raw.execute(
            "INSERT INTO follows (id, follower_id, target_id, state, uri, show_boosts, notify, languages,"
            " created_at) SELECT ?, ?, ?, 'accepted', 'https://bench.example/f/bob', 1, 0, '[]', created_at"
            " FROM follows LIMIT 1",
            [id_, int(served.account_id), int(made["id"])],
        )
    return str(made["access_token"])


def _figures(times: list[float], spent: float, used: float, cold: float) -> Figures:
    centiles = statistics.quantiles(times, n=100)
    return Figures(
        per_second=len(times) / spent,
        cold=cold * 1e3,
        p50=centiles[49] * 1e3,
        p99=centiles[98] * 1e3,
        cpu=used / len(times) * 1e3,
    )


def queries(served: Instance, paths: list[tuple[str, str]]) -> None:
    """Print how many statements each kind of request runs, cold and warm, in this process."""
    counts = asyncio.run(_counted(served, paths))
    print("queries, cold and warm: " + ", ".join(f"{name} {a}/{b}" for name, a, b in counts), flush=True)


async def _counted(served: Instance, paths: list[tuple[str, str]]) -> list[tuple[str, int, int]]:
    settings, found = load(served.config), []
    app = create_app(settings)
    async with open_server(settings) as server:
        app.state.server = server
        seen: list[str] = []
        server.db._reading._raw.set_trace_callback(seen.append)
        headers = [(b"host", b"bench"), (b"accept", b"application/activity+json")]
        bearer = (b"authorization", f"Bearer {served.token}".encode())
        for name, path in paths:
            counts = []
            for _ in range(2):
                seen.clear()
                own = headers if path.startswith("/ap/") else [*headers, bearer]
                await _call(app, path, own)
                counts.append(sum(not sql.startswith("PRAGMA") for sql in seen))
            found.append((name, counts[0], counts[1]))
    return found


async def _call(app: object, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    parts = urlsplit(path)
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": ""}
    scope |= {"path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode()}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        assert message.get("status", 200) == 200, (path, message)

    await app(scope, receive, send)  # type: ignore[operator]


class Client:
    """One kept connection that asks and reads as little as is needed: it runs on the server's own cores."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str) -> None:
        self.reader, self.writer, self.head = reader, writer, head

    @classmethod
    async def to(cls, served: Instance, token: str = "") -> "Client":
        host = urlsplit(served.url).netloc
        reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
        return cls(reader, writer, f"Host: {host}\r\nAuthorization: Bearer {token or served.token}\r\n")

    async def get(self, path: str) -> float:
        """Ask and read the answer; gives the seconds it took. Documents are asked for without a token."""
        begun = time.perf_counter()
        await self.ask(b"GET", path)
        return time.perf_counter() - begun

    async def ask(self, method: bytes, path: str, body: bytes = b"") -> None:
        """Ask, and raise unless the answer is 200."""
        head = self.head
        if path.startswith("/ap/"):
            head = f"{head.partition('Authorization')[0]}Accept: application/activity+json\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(method + f" {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(lines.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await self.reader.readexactly(length)
        if b" 200 " not in lines[:15]:
            raise RuntimeError(f"{path}: {lines[:40]!r} {answer[:200]!r}")

    def close(self) -> None:
        self.writer.close()


if __name__ == "__main__":
    main()
