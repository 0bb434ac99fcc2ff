"""What the measurements of federation share: settings, a process of its own, a row of the table."""

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from fedi.config import ServerSettings, Settings


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
            f"{self.name:<60}{self.count:>8}{self.count / self.seconds:>12.0f}"
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


def free_port() -> int:
    """Find a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
