"""Announcements over the API: shown, put away, reacted to."""

from datetime import timedelta

import pytest

from fedi.actions import announcements, news
from fedi.actions.news import News

pytestmark = pytest.mark.anyio


@pytest.fixture
async def made(server):
    return await announcements.create(server, "Down on #monday\nhttps://status.example/", by="test")


async def shown(client, **params):
    answer = await client.get("/api/v1/announcements", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_announcement_is_shown_with_links_and_hashtags(server, as_alice, made):
    (found,) = await shown(as_alice)

    assert found["id"] == str(made.id)
    assert 'href="https://status.example/"' in found["content"]
    assert [tag["name"] for tag in found["tags"]] == ["monday"]
    assert (found["read"], found["all_day"], found["reactions"]) == (False, False, [])


async def test_who_put_it_away_sees_it_only_when_asked_for(as_alice, as_bob, made):
    assert (await as_alice.post(f"/api/v1/announcements/{made.id}/dismiss")).json() == {}
    assert (await as_alice.post(f"/api/v1/announcements/{made.id}/dismiss")).json() == {}

    assert await shown(as_alice) == []
    assert [each["read"] for each in await shown(as_alice, with_dismissed="true")] == [True]
    assert len(await shown(as_bob)) == 1


async def test_reactions_are_counted_once_a_person(as_alice, as_bob, made):
    path = f"/api/v1/announcements/{made.id}/reactions/🎉"
    for client in (as_alice, as_alice, as_bob):
        assert (await client.put(path)).status_code == 200

    assert (await shown(as_alice))[0]["reactions"] == [{"name": "🎉", "count": 2, "me": True}]

    assert (await as_alice.delete(path)).status_code == 200
    assert (await as_alice.delete(path)).status_code == 404
    assert (await shown(as_alice))[0]["reactions"] == [{"name": "🎉", "count": 1, "me": False}]


@pytest.mark.parametrize("name", ["nonsense", "🎉🎉"])
async def test_what_is_no_emoji_is_refused(as_alice, made, name):
    answer = await as_alice.put(f"/api/v1/announcements/{made.id}/reactions/{name}")

    assert answer.status_code == 422


async def test_only_so_many_different_ones_fit(as_alice, made):
    emoji = ["😀", "😁", "😂", "😃", "😄", "😅", "😆", "😇", "😈"]
    answers = [await as_alice.put(f"/api/v1/announcements/{made.id}/reactions/{each}") for each in emoji]

    assert [answer.status_code for answer in answers] == [200] * 8 + [422]


async def test_drafts_and_what_has_ended_are_not_there(server, as_alice, clock):
    draft = await announcements.create(server, "soon", by="test", publish=False)
    ends = clock.now() + timedelta(hours=1)
    ending = await announcements.create(server, "now", by="test", ends_at=ends)
    assert [each["id"] for each in await shown(as_alice)] == [str(ending.id)]

    clock.turn(hours=2)

    assert await shown(as_alice) == []
    for id_ in (draft.id, ending.id, 4711):
        assert (await as_alice.post(f"/api/v1/announcements/{id_}/dismiss")).status_code == 404
        assert (await as_alice.put(f"/api/v1/announcements/{id_}/reactions/🎉")).status_code == 404


async def test_streams_hear_of_it_when_it_comes_and_goes(server, as_alice):
    with server.pubsub.subscribe(news.TOPIC) as heard:
        made = await announcements.create(server, "soon", by="test", publish=False)
        await announcements.publish(server, made.id, by="test")
        await as_alice.put(f"/api/v1/announcements/{made.id}/reactions/🎉")
        await announcements.end(server, made.id, by="test")
        said = [news.read(heard.get_nowait()[1]) for _ in range(heard.qsize())]

    assert said == [
        News(kind="announcement", id=made.id),
        News(kind="announcement_reaction", id=made.id, name="🎉"),
        News(kind="announcement_gone", id=made.id),
    ]
