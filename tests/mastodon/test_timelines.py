"""Lists of posts, their pages, and how far they were read."""

from datetime import UTC, datetime, timedelta

import pytest

from fedi.mastodon import rendered
from fedi.queries import timelines
from tests.support.factories import make_account, make_follow, make_post, make_tag

pytestmark = pytest.mark.anyio


async def ids(client, path, **params):
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()]


async def test_home_has_what_one_follows(as_alice, server, alice, bob):
    await make_post(server, await make_account(server, "carol"))
    await make_follow(server, alice, bob)
    theirs, own = await make_post(server, bob, visibility="followers"), await make_post(server, alice)

    assert await ids(as_alice, "/api/v1/timelines/home") == [str(own.id), str(theirs.id)]


async def test_pages_lead_to_their_neighbours_with_the_filters_kept(as_alice, server, alice):
    posts = [str((await make_post(server, alice, f"n {n}")).id) for n in range(5)]
    newest = posts[::-1]

    first = await as_alice.get("/api/v1/timelines/public", params={"limit": 2, "local": "true"})
    second = await as_alice.get(first.links["next"]["url"])
    third = await as_alice.get(second.links["next"]["url"])
    back = await as_alice.get(third.links["prev"]["url"])

    assert [each["id"] for each in first.json()] == newest[:2]
    assert [each["id"] for each in second.json()] == newest[2:4]
    assert [each["id"] for each in third.json()] == newest[4:]
    assert "next" not in third.links
    assert [each["id"] for each in back.json()] == newest[2:4]
    assert first.links["next"]["url"] == (
        f"{server.uris.base_url}/api/v1/timelines/public?local=true&limit=2&max_id={newest[1]}"
    )


async def test_an_empty_page_has_no_neighbours(as_alice):
    answer = await as_alice.get("/api/v1/timelines/home")

    assert (answer.json(), "Link" in answer.headers) == ([], False)


async def test_home_leads_on_even_when_a_page_is_short(as_alice, server, alice):
    await make_post(server, alice)

    first = await as_alice.get("/api/v1/timelines/home")
    last = await as_alice.get(first.links["next"]["url"])

    assert (last.json(), last.links) == ([], {})


async def test_newer_posts_are_asked_for_in_both_ways(as_alice, server, alice):
    posts = [str((await make_post(server, alice)).id) for _ in range(4)]

    assert await ids(as_alice, "/api/v1/timelines/home", since_id=posts[0], limit=2) == [posts[3], posts[2]]
    assert await ids(as_alice, "/api/v1/timelines/home", min_id=posts[0], limit=2) == [posts[2], posts[1]]


async def test_public_is_local_remote_or_both(nobody, server, alice):
    far = await make_account(server, "eve", domain="far.example")
    here, there = await make_post(server, alice), await make_post(server, far)
    await make_post(server, alice, visibility="unlisted")
    path = "/api/v1/timelines/public"

    assert await ids(nobody, path) == [str(there.id), str(here.id)]
    assert await ids(nobody, path, local="true") == [str(here.id)]
    assert await ids(nobody, path, remote="1") == [str(there.id)]
    assert await ids(nobody, path, only_media="true") == []


async def test_hashtags_are_found_in_any_spelling(nobody, server, alice):
    cats, both = await make_post(server, alice), await make_post(server, alice)
    for post, name in ((cats, "Katzen"), (both, "Katzen"), (both, "Bücher")):
        await make_tag(server, post, name)
    path = "/api/v1/timelines/tag"

    assert await ids(nobody, f"{path}/katzen") == [str(both.id), str(cats.id)]
    assert await ids(nobody, f"{path}/B%C3%BCcher/") == [str(both.id)]
    assert await ids(nobody, f"{path}/katzen", **{"none[]": "bücher"}) == [str(cats.id)]
    assert await ids(nobody, f"{path}/katzen", **{"all[]": "bücher"}) == [str(both.id)]
    assert await ids(nobody, f"{path}/nothing") == []


@pytest.mark.parametrize(("what", "path"), [("favourite", "favourites"), ("bookmark", "bookmarks")])
async def test_marks_are_paged_by_when_they_were_made(as_bob, server, alice, what, path):
    posts = [await make_post(server, alice) for _ in range(3)]
    for post in (posts[1], posts[2], posts[0]):
        await as_bob.post(f"/api/v1/statuses/{post.id}/{what}")

    first = await as_bob.get(f"/api/v1/{path}", params={"limit": 2})
    second = await as_bob.get(first.links["next"]["url"])

    assert [each["id"] for each in first.json()] == [str(posts[0].id), str(posts[2].id)]
    assert [each["id"] for each in second.json()] == [str(posts[1].id)]


async def test_how_far_one_has_read_is_remembered(as_alice, as_bob, server):
    path = "/api/v1/markers"

    saved = (await as_alice.post(path, json={"home": {"last_read_id": "12"}})).json()
    again = (
        await as_alice.post(path, data={"home[last_read_id]": 13, "notifications[last_read_id]": "4"})
    ).json()
    read = (await as_alice.get(path, params={"timeline[]": ["home", "notifications", "odd"]})).json()

    assert (saved["home"]["last_read_id"], saved["home"]["version"]) == ("12", 1)
    assert (again["home"]["version"], again["notifications"]["version"]) == (2, 1)
    assert {name: each["last_read_id"] for name, each in read.items()} == {"home": "13", "notifications": "4"}
    assert (await as_bob.get(path, params={"timeline[]": "home"})).json() == {}
    assert (await as_alice.get(path)).json() == {}


async def test_a_home_costs_the_same_few_queries_however_long_it_is(as_alice, server, alice, monkeypatch):
    asked = []
    rows = type(server.db).rows

    async def counted(self, sql, values=()):
        asked.append(sql)
        return await rows(self, sql, values)

    monkeypatch.setattr(type(server.db), "rows", counted)

    async def cost():
        rendered.of(server).forget_all()
        asked.clear()
        await as_alice.get("/api/v1/timelines/home", params={"limit": 40})
        return len(asked)

    await cost()
    await make_post(server, alice, "one")
    short = await cost()
    for number in range(30):
        await make_post(server, alice, f"number {number}")

    assert await cost() <= short
    assert short < 12


async def test_a_remote_posts_place_is_by_its_time(as_alice, server, alice):
    far = await make_account(server, "eve", domain="far.example")
    await make_follow(server, alice, far)
    now = await make_post(server, alice)
    then = datetime.now(UTC) - timedelta(days=1)
    old = await make_post(server, far, id=server.ids.past(then), published_at=then)

    assert await ids(as_alice, "/api/v1/timelines/home") == [str(now.id), str(old.id)]
    assert [each.post.id for each in await timelines.public(server, None, _all())] == [now.id, old.id]


def _all():
    from fedi.queries.paging import Page

    return Page(limit=40)
