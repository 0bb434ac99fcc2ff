"""An instance in a folder, and its command line: in this process (fast), or in one of its own (true)."""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from fedi.cli.main import build
from fedi.cli.setup import write_config

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Instance:
    """A config file and what stands beside it."""

    config: Path
    port: int
    said: str = ""

    @property
    def folder(self) -> Path:
        """Where the instance lives."""
        return self.config.parent

    def fedi(self, *words: str, expect: int = 0) -> Result:
        """Run a command in this process and check its exit code."""
        result = CliRunner().invoke(build(), ["--config", str(self.config), *words], prog_name="fedi")
        told = f"{words}: {result.exit_code}\n{result.output}\n{result.exception!r}"
        assert result.exit_code == expect, told
        assert result.exception is None or isinstance(result.exception, SystemExit), told
        assert "Traceback" not in result.output
        return result

    def json(self, *words: str, expect: int = 0) -> Any:
        """Run a command with --json and give what it printed."""
        return json.loads(self.fedi(*words, "--json", expect=expect).stdout)

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "fedi", "--config", str(self.config), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment},
        )

    def append(self, text: str) -> None:
        """Add a line to the config file."""
        with self.config.open("a") as file:
            file.write(f"\n{text}\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def instance(tmp_path: Path, migrated_file: Path) -> Instance:
    """A development instance with its database migrated and nobody on it."""
    port = free_port()
    config = tmp_path / "instance" / "config.toml"
    write_config(config, domain=f"127.0.0.1:{port}", port=port, development=True)
    (config.parent / "data").mkdir()
    shutil.copy(migrated_file, config.parent / "data" / "fedi.db")
    return Instance(config, port)


@pytest.fixture
def empty(tmp_path: Path) -> Instance:
    """A folder without a config file or a database."""
    (tmp_path / "empty").mkdir()
    return Instance(tmp_path / "empty" / "config.toml", free_port())


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Commands set up logging to the standard error that they ran with; put it back."""
    before, handlers = structlog.get_config(), list(logging.getLogger().handlers)
    yield
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers
