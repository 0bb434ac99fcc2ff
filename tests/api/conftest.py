"""Real clients against a real server: each runs as its user would run it, over HTTP on loopback."""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
import structlog

from tests.support.servers import PASSWORD, Running, running_server

# masto.js; 8 wants a newer Node than the machines of today have.
_MASTO = "7.7.1"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the log out of what clients print: one of them runs in this process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def site(fresh_folder: Path) -> AsyncIterator[Running]:
    """A whole server, worker inside, with alice and bob on it."""
    async with running_server(fresh_folder) as one:
        await one.person("alice")
        await one.person("bob")
        yield one


@pytest.fixture(scope="session")
def library():
    """Where masto.js lies, fetched if need be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "fedi-tests" / f"masto-{_MASTO}"
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node and npm are not here")
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
        got = subprocess.run([*command, f"masto@{_MASTO}"], capture_output=True, timeout=100, check=False)
        if got.returncode:
            pytest.skip("npm could not fetch masto.js")
        (folder / "done").touch()
    return folder


async def consent(site: Running, username: str, authorize_url: str) -> str:
    """Open the page an app sends a person to, sign in, allow it, and give the code that is shown."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as browser:
        door = await browser.get(authorize_url)
        answer = {**_hidden(door.text), "name": username, "password": PASSWORD}
        page = await browser.post(f"{site.url}/sign-in", data=answer)
        assert page.status_code == 200, page.text
        shown = await browser.post(
            f"{site.url}/oauth/authorize", data={**_hidden(page.text), "decision": "allow"}
        )
        assert shown.url.path == "/oauth/authorize/native", shown.text
        code = shown.url.params["code"]
        assert code in shown.text
        return code


def _hidden(page: str) -> dict[str, str]:
    """Find the fields that a form brings along."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}
