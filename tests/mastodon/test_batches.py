"""Several pictures at once, over the API; and the places of those who wait."""

import pytest

from fedi.actions import styles
from fedi.jobs.kinds import RunStyle
from fedi.jobs.worker import drain
from tests.actions import small_style
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio


@pytest.fixture
async def album(as_alice, server):
    """Three pictures of alice's, and a style to draw them in."""
    small_style.install(server)
    return [
        (await as_alice.post("/api/v2/media", files={"file": ("a.png", png(64 + n, 64), "image/png")})).json()
        for n in range(3)
    ]


async def test_a_batch_is_asked_for_and_shown(as_alice, as_bob, server, album):
    body = {"media_ids": [each["id"] for each in album], "style": "negative", "size": "portrait"}
    asked = await as_alice.post("/api/fedi/v1/batches", json=body)
    batch = asked.json()

    assert (asked.status_code, batch["open"]) == (202, 3)
    assert [(run["place"], run["batch"], run["kind"]) for run in batch["runs"]] == [
        (1, batch["id"], "image"),
        (2, batch["id"], "image"),
        (3, batch["id"], "image"),
    ]
    lefts = [run["seconds_left"] for run in batch["runs"]]
    assert 0 < lefts[0] < lefts[1] < lefts[2] == batch["seconds_left"]
    assert (await as_bob.get(f"/api/fedi/v1/batches/{batch['id']}")).status_code == 404

    await drain(server, {RunStyle: styles.run})

    done = (await as_alice.get(f"/api/fedi/v1/batches/{batch['id']}")).json()
    assert (done["open"], done["seconds_left"]) == (0, None)
    assert {(run["state"], run["place"], run["seconds_left"]) for run in done["runs"]} == {
        ("done", None, None)
    }


async def test_a_batch_is_cancelled_by_its_owner(as_alice, as_bob, album):
    body = {"media_ids[]": [each["id"] for each in album], "style": "negative"}
    batch = (await as_alice.post("/api/fedi/v1/batches", data=body)).json()

    assert (await as_bob.delete(f"/api/fedi/v1/batches/{batch['id']}")).status_code == 404
    ended = (await as_alice.delete(f"/api/fedi/v1/batches/{batch['id']}")).json()

    assert [run["state"] for run in ended["runs"]] == ["cancelled"] * 3


async def test_more_than_one_may_have_waiting_is_refused_with_a_time_to_come_again(as_alice, album):
    path = "/api/fedi/v1/styles/negative/runs"
    answers = [await as_alice.post(path, json={"media_id": album[0]["id"]}) for _ in range(50)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 30
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
