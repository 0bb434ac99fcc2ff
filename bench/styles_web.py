"""What the studio costs the web: `python -m bench.styles_web [--seconds 20]`.

A server of its own answers a home timeline and a page, at a steady pace, first at rest, then while photos of
16 megapixels are drawn one after the other and previews are asked for all the time. Prints the latencies.
"""

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx

from bench.machine import Instance, describe, instance
from tests.support.styles import picture_file

PATHS = ("/api/v1/timelines/home", "/about")
PAUSE_SECONDS = 0.02
WARM_REQUESTS = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--style", default="cel")
    asked = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder, instance(Path(folder)) as server:
        measure(server, WARM_REQUESTS * PAUSE_SECONDS)
        idle = measure(server, asked.seconds)
        stop = threading.Event()
        busy = [threading.Thread(target=work, args=(server, asked.style, stop)) for work in (draw, preview)]
        for thread in busy:
            thread.start()
        time.sleep(2)
        loaded = measure(server, asked.seconds)
        stop.set()
        for thread in busy:
            thread.join()
    print(f"{'':<28}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'requests':>10}")
    for path in PATHS:
        for title, found in (("at rest", idle[path]), ("studio at full load", loaded[path])):
            cuts = statistics.quantiles(found, n=100)
            print(f"{path:<24}{title}")
            print(f"{'':<28}{cuts[49]:9.1f}{cuts[94]:9.1f}{cuts[98]:9.1f}{len(found):10}")
        ratio = statistics.quantiles(loaded[path], n=100)[98] / statistics.quantiles(idle[path], n=100)[98]
        print(f"{'':<28}p99 is {ratio:.2f} times that at rest")


def measure(server: Instance, seconds: float) -> dict[str, list[float]]:
    """Milliseconds of each request, by path."""
    found: dict[str, list[float]] = {path: [] for path in PATHS}
    with client(server) as one:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for path in PATHS:
                started = time.perf_counter()
                one.get(path).raise_for_status()
                found[path].append((time.perf_counter() - started) * 1000)
                time.sleep(PAUSE_SECONDS)
    return found


def draw(server: Instance, style: str, stop: threading.Event) -> None:
    """Have a large photo drawn again and again, each time a little differently."""
    photo = picture_file(4899, 3265, kind="JPEG", quality=90)
    with client(server) as one:
        media_id = upload(one, photo)
        turn = 0
        while not stop.is_set():
            turn += 1
            body = {"media_id": media_id, "size": "full", "strength": 1 - turn / 1000}
            answer = one.post(f"/api/fedi/v1/styles/{style}/runs", json=body)
            if answer.status_code == 429:
                time.sleep(1)
                continue
            run = f"/api/fedi/v1/runs/{answer.raise_for_status().json()['id']}"
            while not stop.is_set() and one.get(run).json()["state"] in ("queued", "running"):
                time.sleep(PAUSE_SECONDS * 10)
            one.delete(run)


def preview(server: Instance, style: str, stop: threading.Event) -> None:
    """Ask for previews as somebody does who plays with a slider."""
    photo = picture_file(1200, 900, kind="JPEG", quality=90)
    with client(server) as one:
        media_id, turn, spent = upload(one, photo), 0, []
        while not stop.is_set():
            turn += 1
            started = time.perf_counter()
            body = {"media_id": media_id, "strength": (turn % 20) / 20 + 0.05}
            if one.post(f"/api/fedi/v1/styles/{style}/preview", json=body).status_code == 200:
                spent.append(time.perf_counter() - started)
            time.sleep(0.3)
    if spent:
        print(f"previews beside the runs: median {statistics.median(spent):.2f} s of {len(spent)}")


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
