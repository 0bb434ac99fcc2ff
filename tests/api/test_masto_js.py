"""A day with masto.js, the library of Elk and Phanpy, in Node against a running server.

The library comes from npm, once, into the user's cache folder; without Node or npm the test skips.
"""

import asyncio
import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from fedi.queries.accounts import local_by_username
from tests.mastodon.pictures import png
from tests.support.servers import token_for

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).with_name("masto_day.mjs")


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
