"""Announcements on the home page, until they are put away; without scripts."""

import pytest

from fedi.actions import announcements

pytestmark = pytest.mark.anyio


async def test_an_announcement_stands_above_home_until_it_is_put_away(site, alices):
    made = await announcements.create(site.server, "Down on monday", by="test")
    assert "Down on monday" in (await alices.get("/home")).text

    answer = await alices.post(f"/announcements/{made.id}/dismiss")

    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert "Down on monday" not in (await alices.get("/home")).text


async def test_one_that_is_not_there_cannot_be_put_away(alices):
    assert (await alices.post("/announcements/4711/dismiss")).status_code == 404
