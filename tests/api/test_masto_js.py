"""A day with masto.js, the library of Elk and Phanpy, in Node against a running server.

The library comes from npm, once, into the user's cache folder; without Node or npm the test skips.
"""

import asyncio
import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fedi.queries.accounts import local_by_username
from tests.mastodon.pictures import png
from tests.support.servers import token_for

pytestmark = pytest.mark.anyio

# 8 wants a newer Node than the machines of today have.
VERSION = "7.7.1"
SCRIPT = Path(__file__).with_name("masto_day.mjs")


@pytest.fixture(scope="session")
def library():
    """Where masto.js lies, fetched if need be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "fedi-tests" / f"masto-{VERSION}"
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node and npm are not here")
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
        got = subprocess.run([*command, f"masto@{VERSION}"], capture_output=True, timeout=100, check=False)
        if got.returncode:
            pytest.skip("npm could not fetch masto.js")
        (folder / "done").touch()
    return folder


async def test_a_day_with_masto_js(site, library):
    tokens = {}
    with site.server.db.activate():
        for name in ("alice", "bob"):
            tokens[name] = await token_for(site.server, await local_by_username(name))
    # Node looks for libraries beside the script.
    script = library / "day.mjs"
    await asyncio.to_thread(shutil.copy, SCRIPT, script)
    day = await asyncio.create_subprocess_exec(
        "node",
        str(script),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "FEDI_URL": site.url,
            "FEDI_ALICE": tokens["alice"],
            "FEDI_BOB": tokens["bob"],
            "FEDI_PICTURE": base64.b64encode(png()).decode(),
        },
    )
    out, err = await asyncio.wait_for(day.communicate(), 100)

    assert day.returncode == 0, err.decode()
    told = json.loads(out)
    assert told["failed"] == {}
    assert told["steps"] > 90
