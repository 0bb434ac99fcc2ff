"""A server in a process of its own to measure, and a line about the machine."""

import asyncio
import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fedi.cli.setup import write_config


def describe() -> str:
    """The machine in one line."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MB."""
    pids, total = [pid], 0.0
    while pids:
        current = pids.pop()
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{current}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    total += int(line.split()[1]) / 1024
            for task in Path(f"/proc/{current}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
    return total


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Instance:
    """A server that answers."""

    url: str
    pid: int
    config: Path
    seconds_to_answer: float
    token: str
    account_id: str

    def run(self, *words: str) -> Any:
        """Run a command of the program on this instance, and give the JSON that it prints."""
        command = [sys.executable, "-m", "fedi", "--config", str(self.config), *words]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


# Whoever measures asks more often than anybody may.
_LIMITS = "\n[limits]\nper_account = 100000000\nper_address = 100000000\nposts_per_three_hours = 10000000\n"


@contextlib.contextmanager
def instance(folder: Path, prepare: Callable[[Path, int], None] | None = None) -> Iterator[Instance]:
    """Serve a fresh instance with one person on it; times the start from the fork to the first 200.

    `prepare` may fill the database before (its file, and the person's id).
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "config.toml"
    write_config(config, domain=f"127.0.0.1:{port}", port=port, development=True)
    with config.open("a") as more:
        more.write(_LIMITS)
    fedi = [sys.executable, "-m", "fedi", "--config", str(config)]
    made = json.loads(
        subprocess.run(
            [*fedi, "account", "create", "alice", "--token", "read write follow", "--json"],
            check=True,
            capture_output=True,
        ).stdout
    )
    if prepare is not None:
        prepare(folder / "data/fedi.db", int(made["id"]))
    url, begun = f"http://127.0.0.1:{port}", time.perf_counter()
    process = subprocess.Popen([*fedi, "serve"], stderr=subprocess.DEVNULL)
    try:
        seconds = asyncio.run(_until_200(url, begun))
        yield Instance(url, process.pid, config, seconds, made["access_token"], made["id"])
    finally:
        process.terminate()
        process.wait()


async def _until_200(url: str, begun: float) -> float:
    async with httpx.AsyncClient() as client:
        while time.perf_counter() - begun < 60:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{url}/api/v2/instance")).status_code == 200:
                    return time.perf_counter() - begun
            await asyncio.sleep(0.01)
    raise RuntimeError("the server did not answer")
