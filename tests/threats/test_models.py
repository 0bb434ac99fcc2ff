"""T130, T131: what a model's file, and whoever has pictures drawn, can do to the server."""

import asyncio
import shutil
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from fedi.actions.style_turns import MOST_WAITING
from fedi.config import StudioSettings
from fedi.models.accounts import Account
from tests.actions import small_style
from tests.support.hostile import MODELS, install_all
from tests.support.servers import Running, running_server, token_for
from tests.support.styles import convolutions, picture_file, write_style
from tests.threats.conftest import PEOPLE, server_settings

pytestmark = pytest.mark.anyio

# Of a hostile model; of a slow one, whose drawing takes a tenth of a second on a free machine.
SECONDS, PATIENT_SECONDS = 3, 60
ROUNDS = 10
ASKED = 50
FAIR_SECONDS = 30.0


class House(SimpleNamespace):
    """A running server, and a client for each of its people."""

    running: Running
    people: dict[str, httpx.AsyncClient]
    styles: Path

    async def picture(self, name: str) -> str:
        """Upload a picture and wait until it is ready; gives its id."""
        file = {"file": ("a.png", picture_file(256, 192), "image/png")}
        id_ = str((await self.people[name].post("/api/v2/media", files=file)).json()["id"])
        async with asyncio.timeout(60):
            while (await self.people[name].get(f"/api/v1/media/{id_}")).status_code != 200:
                await asyncio.sleep(0.05)
        return id_

    async def ask(self, name: str, style: str, picture: str) -> httpx.Response:
        """Have a picture drawn."""
        return await self.people[name].post(
            f"/api/fedi/v1/styles/{style}/runs", json={"media_id": picture}, timeout=60
        )

    async def ended(self, name: str, run: str) -> dict[str, str]:
        """Wait for the end of a run."""
        async with asyncio.timeout(120):
            while True:
                answer = await self.people[name].get(f"/api/fedi/v1/runs/{run}")
                if (found := answer.json())["state"] not in ("queued", "running"):
                    return dict(found)
                await asyncio.sleep(0.05)


@pytest.fixture
def seconds() -> int:
    """What a picture may take; a test says otherwise by its parameters."""
    return PATIENT_SECONDS


@pytest.fixture
async def house(tmp_path: Path, peopled_file: Path, seconds: int) -> AsyncIterator[House]:
    """A whole server with its worker."""
    (tmp_path / "data").mkdir()
    shutil.copy(peopled_file, tmp_path / "data" / "fedi.db")
    studio = StudioSettings(seconds=seconds)
    async with running_server(tmp_path, server=server_settings(), studio=studio) as running:
        people = {}
        with running.server.db.activate():
            for name in PEOPLE:
                token = await token_for(running.server, await Account.get(username=name, domain=""))
                people[name] = httpx.AsyncClient(
                    base_url=running.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
                )
        yield House(running=running, people=people, styles=tmp_path / "data" / "styles")
        for client in people.values():
            await client.aclose()


def resident_mb() -> int:
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in each)
    return int(line.split()[1]) // 1024


async def latencies(client: httpx.AsyncClient, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        assert (await client.get("/api/v1/timelines/home")).status_code == 200
        taken.append(time.perf_counter() - started)
        await asyncio.sleep(0.02)
    return taken


@pytest.mark.parametrize("seconds", [SECONDS])
async def test_t130_no_model_does_harm_and_each_is_refused_in_words(house: House):
    told = install_all(house.styles)
    write_style(house.styles, "good", convolutions())
    picture, before, longest = await house.picture("alice"), resident_mb(), 0.0

    reasons = {}
    for name in told:
        asked = await house.ask("alice", name, picture)
        assert asked.status_code == 202, (name, asked.text)
        run = asked.json()
        while (shown := (await house.people["alice"].get(f"/api/fedi/v1/runs/{run['id']}")).json())[
            "state"
        ] in ("queued", "running"):
            longest = max(longest, *(await latencies(house.people["bob"], 2)))
        reasons[name] = (shown["state"], shown["reason"])
    good = await house.ended("alice", (await house.ask("alice", "good", picture)).json()["id"])

    wrong = {
        name: found for name, found in reasons.items() if found[0] != "failed" or told[name] not in found[1]
    }
    assert not wrong
    assert "root:" not in str(reasons)
    assert good["state"] == "done"
    assert resident_mb() - before < 200
    assert longest < 2


@pytest.mark.parametrize("seconds", [SECONDS])
async def test_t130_no_such_model_is_installed(house: House, tmp_path: Path):
    """What the owner is handed is tried before it is let in: the catalogue stays as it was."""
    from fedi.actions import style_shelf
    from fedi.errors import FediError
    from fedi.queries import offers

    server, told = house.running.server, {"author": "E", "licence": "X", "licence_text": "y", "name": "evil"}
    with server.db.activate():
        for name in ("elsewhere", "not-numbers", "gluttonous", "growing"):
            with pytest.raises(FediError):
                await style_shelf.offer(server, MODELS[name][0](), file=f"{name}.onnx", told=told)
        found = await offers.everything(server)

    assert [offer.style.name for offer in found] == ["cel", "ink", "sky", "soft"]
    assert not house.styles.exists() or list(house.styles.iterdir()) == []


async def test_t131_fifty_runs_at_once_of_one_member_hold_up_nobody_else(house: House):
    small_style.install(house.running.server, "slow", rounds=ROUNDS)
    pictures = {name: await house.picture(name) for name in PEOPLE}
    idle = await latencies(house.people["bob"], 20)
    alone = await house.ended("bob", (await house.ask("bob", "slow", pictures["bob"])).json()["id"])

    answers = await asyncio.gather(*(house.ask("alice", "slow", pictures["alice"]) for _ in range(ASKED)))
    started = time.perf_counter()
    run = (await house.ask("bob", "slow", pictures["bob"])).json()["id"]
    busy = await latencies(house.people["bob"], 40)
    mine = await house.ended("bob", run)
    waited = time.perf_counter() - started

    refused = [answer for answer in answers if answer.status_code == 429]
    assert alone["state"] == mine["state"] == "done"
    assert len(refused) == ASKED - MOST_WAITING
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {answer.status_code for answer in answers} == {202, 429}
    # Behind the one that was being drawn, and one of hers whose turn it was: not behind twenty. The others
    # may all be done: the same picture in the same style is not drawn twice.
    assert waited < FAIR_SECONDS
    p95 = [statistics.quantiles(each, n=20)[-1] for each in (idle, busy)]
    assert p95[1] < 3 * p95[0] + 0.25
    for each in (await house.people["alice"].get("/api/fedi/v1/runs?limit=40")).json():
        await house.people["alice"].delete(f"/api/fedi/v1/runs/{each['id']}")


async def test_t131_asking_and_cancelling_for_ever_is_bounded(house: House):
    small_style.install(house.running.server, "slow", rounds=ROUNDS)
    picture, statuses = await house.picture("alice"), []
    for _ in range(MOST_WAITING + 10):
        answer = await house.ask("alice", "slow", picture)
        statuses.append(answer.status_code)
        await house.people["alice"].delete(f"/api/fedi/v1/runs/{answer.json()['id']}")
    theirs = await house.ended(
        "bob", (await house.ask("bob", "slow", await house.picture("bob"))).json()["id"]
    )

    assert set(statuses) == {202}
    assert theirs["state"] == "done"
