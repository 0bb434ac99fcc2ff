"""The home timeline: requests a second at concurrency 16, p50, p99 and CPU of the server, with 10 000 posts.

    python -m bench.timeline [--posts 10000] [--requests 600]

The reader follows 200 accounts. `/api/v2/instance` is asked in the same run, as the cost of a request that
reads next to nothing: the ratio to it says more than the figures on a machine of changing load.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.machine import Instance, cpu_seconds, describe, instance
from fedi.ids import IdMaker

FOLLOWED, OTHERS, AT_ONCE = 200, 800, 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=600)
    options = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder, instance(Path(folder)) as served:
        fill(Path(folder) / "data/fedi.db", int(served.account_id), options.posts)
        print(
            f"{options.posts} posts, {FOLLOWED} of {FOLLOWED + OTHERS} accounts followed, {AT_ONCE} at once"
        )
        print(f"{'':24}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'ratio':>7}")
        floor = 0.0
        for name, path in (
            ("instance", "/api/v2/instance"),
            ("home timeline", "/api/v1/timelines/home?limit=20"),
            ("public timeline", "/api/v1/timelines/public?limit=20"),
        ):
            figures = asyncio.run(measure(served, path, options.requests))
            floor = floor or figures[3]
            print(
                f"{name:24}" + "".join(f"{figure:9.2f}" for figure in figures) + f"{figures[3] / floor:7.1f}"
            )


async def measure(served: Instance, path: str, count: int) -> tuple[float, float, float, float]:
    """Ask a path `count` times: per second, p50 and p99 in ms, CPU-ms of the server a request."""
    headers = {"Authorization": f"Bearer {served.token}"}
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=served.url, headers=headers, limits=limits, timeout=60) as client:
        times: list[float] = []

        async def ask(share: int) -> None:
            for _ in range(share):
                begun = time.perf_counter()
                answer = await client.get(path)
                answer.raise_for_status()
                times.append(time.perf_counter() - begun)

        await ask(20)
        times.clear()
        cpu, begun = cpu_seconds(served.pid), time.perf_counter()
        await asyncio.gather(*(ask(count // AT_ONCE) for _ in range(AT_ONCE)))
        spent = time.perf_counter() - begun
        done = len(times)
        centiles = statistics.quantiles(times, n=100)
        return (
            done / spent,
            centiles[49] * 1e3,
            centiles[98] * 1e3,
            (cpu_seconds(served.pid) - cpu) / done * 1e3,
        )


def fill(file: Path, reader: int, posts: int) -> None:
    """Put accounts, follows and posts of remote people straight into the tables."""
    ids, now, everybody = IdMaker(), datetime.now(UTC), FOLLOWED + OTHERS
    with sqlite3.connect(file, timeout=30) as raw:
        template = dict(zip(*_row(raw, "accounts", reader), strict=True))
        joined = now - timedelta(days=400)
        people = [_person(raw, template, ids.at(joined + timedelta(seconds=n)), n) for n in range(everybody)]
        for number, person in enumerate(people[:FOLLOWED]):
            _insert(raw, "follows", _follow(ids.at(now), reader, person, number, now))
        for number in range(posts):
            moment = now - timedelta(minutes=posts - number)
            author = people[number * 7 % len(people)]
            _insert(raw, "posts", _post(ids.past(moment), author, number, moment))


def _person(raw: sqlite3.Connection, template: dict[str, object], id_: int, number: int) -> int:
    host, name = f"peer{number % 50}.example", f"p{number}"
    uri = f"https://{host}/u/{number}"
    own = {"id": id_, "username": name, "username_lower": name, "display_name": name, "domain": host}
    own |= {"uri": uri, "url": uri, "inbox_url": f"{uri}/inbox", "key_id": uri, "private_key_pem": ""}
    _insert(raw, "accounts", template | own)
    return id_


def _follow(id_: int, reader: int, target: int, number: int, now: datetime) -> dict[str, object]:
    uri = f"https://bench.example/f/{number}"
    return {
        "id": id_,
        "follower_id": reader,
        "target_id": target,
        "state": "accepted",
        "notify": 0,
        "uri": uri,
        "show_boosts": 1,
        "languages": "[]",
        "created_at": str(now),
    }


def _post(id_: int, author: int, number: int, moment: datetime) -> dict[str, object]:
    uri = f"https://bench.example/o/{number}"
    counts = {"replies_count": 0, "boosts_count": 0, "favourites_count": 0, "sensitive": 0, "local": 0}
    empty = dict.fromkeys(("text", "summary", "in_reply_to_uri"), "")
    return {
        **counts,
        **empty,
        "id": id_,
        "uri": uri,
        "url": uri,
        "author_id": author,
        "kind": "Note",
        "context_uri": uri,
        "visibility": "public",
        "content": f"<p>Post {number}: {'words and more words ' * 8}</p>",
        "language": "en",
        "emojis": "[]",
        "published_at": str(moment),
    }


def _row(raw: sqlite3.Connection, table: str, id_: int) -> tuple[list[str], tuple[object, ...]]:
    cursor = raw.execute(f"SELECT * FROM {table} WHERE id = ?", [id_])
    return [column[0] for column in cursor.description], cursor.fetchone()


def _insert(raw: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    marks = ", ".join("?" * len(values))
    raw.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


if __name__ == "__main__":
    main()
