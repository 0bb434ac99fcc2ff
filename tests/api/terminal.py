"""toot, a client for the terminal, with a configuration of its own, for tests."""

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

from anyio import to_thread
from click.testing import CliRunner, Result
from toot.cli import cli

from tests.api.conftest import consent
from tests.support.servers import Running


class Toot:
    """The program, and what was said to it."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"XDG_CONFIG_HOME": str(folder), "NO_COLOR": "1"}
        self.said: list[tuple[str, ...]] = []

    async def begin(self, *words: str) -> Process:
        """Start it as a process, to type into."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "toot", *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},
        )

    async def invoke(self, *words: str, typed: str = "") -> Result:
        """Run one command, however it ends; a process of its own for each would take a second longer."""
        self.said.append(words)
        runner = CliRunner(env=self.environment)
        return await to_thread.run_sync(lambda: runner.invoke(cli, words, input=typed))

    async def run(self, *words: str, typed: str = "") -> str:
        """Run one command that must succeed and give what it prints."""
        done = await self.invoke(*words, typed=typed)
        assert done.exit_code == 0, f"toot {words}: {done.output} {done.exception!r}"
        return done.stdout

    async def json(self, *words: str) -> Any:
        """Run one command that must succeed and give the JSON that it prints."""
        return json.loads(await self.run(*words, "--json"))

    async def login(self, site: Running, username: str) -> str:
        """Sign in by the page of consent, as `toot login` asks; give what it prints at the end."""
        stopped = await self.invoke("login", "--instance", site.url, typed="n\n")
        url = re.search(r"^http\S+", stopped.output, re.MULTILINE)
        assert url, stopped.output
        code = await consent(site, username, url.group())
        return await self.run("login", "--instance", site.url, typed=f"n\n{code}\n")
