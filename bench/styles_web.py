"""What the studio costs the web: `python -m bench.styles_web [--seconds 20]`.

A server of its own answers a home timeline and a page, at a steady pace, at rest and, in turns, while photos
of 16 megapixels are drawn one after the other and previews are asked for all the time. Prints the latencies.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.machine import Instance, describe, instance
from tests.support.styles import picture_file

PATHS = ("/api/v1/timelines/home", "/about")
PAUSE_SECONDS = 0.02
TURNS = 5
WARM_REQUESTS = 50

# By path, in milliseconds.
Latencies = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--style", default="cel")
    asked = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder, instance(Path(folder)) as server:
        warming, idle, loaded = (Latencies({path: [] for path in PATHS}) for _ in range(3))
        measure(server, WARM_REQUESTS * PAUSE_SECONDS, warming)
        with client(server) as one:
            photo = upload(one, picture_file(4899, 3265, kind="JPEG", quality=90))
            small = upload(one, picture_file(1200, 900, kind="JPEG", quality=90))
        studio = Studio(server, asked.style, photo, small)
        for _ in range(TURNS):
            measure(server, asked.seconds / TURNS, idle)
            with studio.at_work():
                measure(server, asked.seconds / TURNS, loaded)
    previews = studio.preview_seconds
    print(f"meanwhile {studio.drawn} photos drawn, {len(previews)} previews")
    print(f"a preview takes {statistics.median(previews):.2f} s (median)")
    print(f"{'':<28}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'requests':>10}")
    for path in PATHS:
        for title, found in (("at rest", idle[path]), ("studio at full load", loaded[path])):
            cuts = statistics.quantiles(found, n=100)
            print(f"{path:<24}{title}")
            print(f"{'':<28}{cuts[49]:9.1f}{cuts[94]:9.1f}{cuts[98]:9.1f}{len(found):10}")
        ratio = statistics.quantiles(loaded[path], n=100)[98] / statistics.quantiles(idle[path], n=100)[98]
        print(f"{'':<28}p99 is {ratio:.2f} times that at rest")


@dataclass
class Studio:
    """Work without end for the studio: a large photo, and a small one that is previewed."""

    server: Instance
    style: str
    photo: str
    small: str
    drawn: int = 0
    asked: int = 0
    preview_seconds: list[float] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Keep the studio at full load."""
        stop = threading.Event()
        busy = [threading.Thread(target=work, args=(stop,)) for work in (self._draw, self._preview)]
        for thread in busy:
            thread.start()
        try:
            time.sleep(2)
            yield
        finally:
            stop.set()
            for thread in busy:
                thread.join()

    def _draw(self, stop: threading.Event) -> None:
        """Have the photo drawn again and again, each time a little differently."""
        with client(self.server) as one:
            while not stop.is_set():
                self.asked += 1
                body = {"media_id": self.photo, "size": "full", "strength": 1 - self.asked / 1000}
                answer = one.post(f"/api/fedi/v1/styles/{self.style}/runs", json=body)
                run = f"/api/fedi/v1/runs/{answer.raise_for_status().json()['id']}"
                while not stop.is_set() and one.get(run).json()["state"] in ("queued", "running"):
                    time.sleep(PAUSE_SECONDS * 10)
                self.drawn += one.get(run).json()["state"] == "done"
                one.delete(run)

    def _preview(self, stop: threading.Event) -> None:
        """Ask for previews as somebody does who plays with a slider."""
        with client(self.server) as one:
            while not stop.is_set():
                self.asked += 1
                body = {"media_id": self.small, "strength": 1 - self.asked / 1000}
                started = time.perf_counter()
                one.post(f"/api/fedi/v1/styles/{self.style}/preview", json=body).raise_for_status()
                self.preview_seconds.append(time.perf_counter() - started)
                time.sleep(0.3)


def measure(server: Instance, seconds: float, found: Latencies) -> None:
    """Add the milliseconds of each request to `found`."""
    with client(server) as one:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for path in PATHS:
                started = time.perf_counter()
                one.get(path).raise_for_status()
                found[path].append((time.perf_counter() - started) * 1000)
                time.sleep(PAUSE_SECONDS)


def upload(one: httpx.Client, photo: bytes) -> str:
    answer = one.post("/api/v2/media", files={"file": ("p.jpg", photo, "image/jpeg")})
    media_id = str(answer.raise_for_status().json()["id"])
    while one.get(f"/api/v1/media/{media_id}").status_code != 200:
        time.sleep(PAUSE_SECONDS * 10)
    return media_id


def client(server: Instance) -> httpx.Client:
    return httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=120.0
    )


if __name__ == "__main__":
    main()
