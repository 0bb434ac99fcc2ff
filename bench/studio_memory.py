"""What the studio costs in memory: `python -m bench.studio_memory [--pictures 20]`.

A server of its own is sent photos of 12 megapixels; each is previewed in all styles and drawn. Memory of the
server and of each of its processes, in MB: resident, and as a proportional share (pages that several
processes map are counted in parts). At rest, at work, and once the processes have gone.
"""

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

import httpx

from bench.machine import describe, instance
from bench.styles_web import client, upload
from tests.support.styles import picture_file

WIDTH, HEIGHT = 4000, 3000
# The processes go when nobody has asked anything of them for two minutes.
IDLE_SECONDS = 130
SETTLE_SECONDS = 2.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--style", default="cel")
    asked = parser.parse_args()
    print(describe())
    photo = picture_file(WIDTH, HEIGHT, kind="JPEG", quality=90)
    print(f"{'':<34}{'server':>14}{'its processes, resident (share)':>50}")
    with tempfile.TemporaryDirectory() as folder, instance(Path(folder)) as server:
        time.sleep(SETTLE_SECONDS)
        report("at rest", server.pid)
        with client(server) as one:
            for number in range(1, asked.pictures + 1):
                draw(one, photo, asked.style, number)
                if number in {1, asked.pictures // 2, asked.pictures}:
                    report(f"after {number} photos of 12 MP", server.pid)
        time.sleep(IDLE_SECONDS)
        report("once idle", server.pid)


def report(title: str, pid: int) -> None:
    """Print a line: the server, then each process that it keeps."""
    cells = [f"{resident:.0f} ({share:.0f})" for resident, share in (memory(each) for each in family(pid))]
    print(f"{title:<34}{cells[0]:>14}{'  '.join(cells[1:]):>50}", flush=True)


def family(pid: int) -> list[int]:
    """The process, then those it started, the oldest first."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            children += [int(child) for child in (task / "children").read_text().split()]
    return [pid, *sorted(children)]


def memory(pid: int) -> tuple[float, float]:
    """Resident memory and proportional share of a process, in MB."""
    found = {"Rss": 0.0, "Pss": 0.0}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0]) / 1024
    return found["Rss"], found["Pss"]


def draw(one: httpx.Client, photo: bytes, style: str, number: int) -> None:
    """Send the photo, look at it in every style, and have it drawn."""
    media_id = upload(one, photo)
    one.post("/api/fedi/v1/previews", json={"media_id": media_id}).raise_for_status()
    body = {"media_id": media_id, "size": "picture", "strength": 1 - number / 1000}
    run = one.post(f"/api/fedi/v1/styles/{style}/runs", json=body).raise_for_status().json()
    while run["state"] in {"queued", "running"}:
        time.sleep(0.05)
        run = one.get(f"/api/fedi/v1/runs/{run['id']}").raise_for_status().json()
    if run["state"] != "done":
        raise RuntimeError(run["reason"])


if __name__ == "__main__":
    main()
