"""Hashtags: shown, followed, and on profiles."""

import pytest

from fedi.models.tags import FeaturedTag, FollowedTag
from tests.support.factories import make_post, make_tag

pytestmark = pytest.mark.anyio


async def test_a_hashtag_is_shown_with_a_week_of_numbers_as_texts(as_alice, nobody, server, alice, bob):
    for author in (alice, alice, bob):
        await make_tag(server, await make_post(server, author), "Katzen")

    shown = (await as_alice.get("/api/v1/tags/katzen")).json()

    assert (shown["name"], shown["url"]) == ("Katzen", server.uris.tag_page("katzen"))
    assert [(day["uses"], day["accounts"]) for day in shown["history"]] == [("3", "2")] + [("0", "0")] * 6
    assert int(shown["history"][0]["day"]) % 86_400 == 0
    assert (shown["following"], shown["featuring"]) == (False, False)
    assert {"following", "featuring"}.isdisjoint((await nobody.get("/api/v1/tags/katzen")).json())


@pytest.mark.parametrize("name", ["12", "no%20tag", "a-b", "x%2Fy", "%23"])
async def test_what_cannot_be_a_hashtag_is_not_there(as_alice, name):
    assert (await as_alice.get(f"/api/v1/tags/{name}")).status_code == 404
    for act in ("follow", "unfollow", "feature", "unfeature"):
        assert (await as_alice.post(f"/api/v1/tags/{name}/{act}")).status_code == 404


@pytest.mark.parametrize("path", ["B%C3%BCcher", "%23B%C3%BCcher", "b%C3%BCcher/"])
async def test_a_hashtag_that_nobody_has_used_is_followed_in_any_spelling(as_alice, alice, path):
    before = (await as_alice.get(f"/api/v1/tags/{path}")).json()
    path = path.removesuffix("/")
    first = (await as_alice.post(f"/api/v1/tags/{path}/follow")).json()
    again = (await as_alice.post(f"/api/v1/tags/{path}/follow")).json()

    assert (before["following"], first["following"], again["following"]) == (False, True, True)
    assert first["id"] == again["id"] != "0"
    assert await FollowedTag.filter(account=alice).count() == 1
    for _ in range(2):
        assert (await as_alice.post(f"/api/v1/tags/{path}/unfollow")).json()["following"] is False
    assert (await as_alice.get("/api/v1/followed_tags")).json() == []


async def test_followed_hashtags_are_paged_by_when_they_were_followed(as_alice, as_bob):
    for name in ("one", "two", "three"):
        await as_alice.post(f"/api/v1/tags/{name}/follow")

    first = await as_alice.get("/api/v1/followed_tags", params={"limit": 2})
    second = await as_alice.get(first.links["next"]["url"])
    back = await as_alice.get(second.links["prev"]["url"])

    assert [each["name"] for each in first.json()] == ["three", "two"]
    assert all(each["following"] and len(each["history"]) == 7 for each in first.json())
    assert [each["name"] for each in second.json()] == ["one"]
    assert "next" not in second.links
    assert back.json() == first.json()
    assert (await as_bob.get("/api/v1/followed_tags")).json() == []


async def test_public_posts_with_a_followed_hashtag_stand_at_home(as_alice, server, bob):
    post = await make_post(server, bob)
    await make_tag(server, post, "cats")
    assert (await as_alice.get("/api/v1/timelines/home")).json() == []

    await as_alice.post("/api/v1/tags/cats/follow")

    assert [each["id"] for each in (await as_alice.get("/api/v1/timelines/home")).json()] == [str(post.id)]


async def test_a_hashtag_is_featured_by_name_shown_to_all_and_removed(as_alice, nobody, server, alice, bob):
    for visibility in ("public", "unlisted", "followers"):
        await make_tag(server, await make_post(server, alice, visibility=visibility), "art")
    await make_tag(server, await make_post(server, bob), "art")
    path = "/api/v1/featured_tags"

    made = (await as_alice.post(path, data={"name": "#Art"})).json()
    again = (await as_alice.post(path, json={"name": "ART"})).json()

    today = server.clock.now().date().isoformat()
    assert (
        made
        == again
        == {
            "id": made["id"],
            "name": "Art",
            "url": server.uris.tag_page("art"),
            "statuses_count": "2",
            "last_status_at": today,
        }
    )
    assert (await as_alice.get(path)).json() == [made]
    assert (await nobody.get(f"/api/v1/accounts/{alice.id}/featured_tags")).json() == [made]
    assert (await as_alice.get("/api/v1/tags/art")).json()["featuring"] is True
    gone = await as_alice.delete(f"{path}/{made['id']}")
    assert (gone.status_code, gone.json()) == (200, {})
    assert (await as_alice.delete(f"{path}/{made['id']}")).status_code == 404


async def test_another_persons_featured_hashtag_is_not_there(as_alice, as_bob, alice):
    made = (await as_alice.post("/api/v1/featured_tags", json={"name": "art"})).json()

    assert made["last_status_at"] is None
    assert (await as_bob.delete(f"/api/v1/featured_tags/{made['id']}")).status_code == 404
    assert await FeaturedTag.filter(account=alice).count() == 1


@pytest.mark.parametrize("name", ["", " ", "no tag", "12", "x" * 300])
async def test_nonsense_is_not_featured(as_alice, name):
    assert (await as_alice.post("/api/v1/featured_tags", json={"name": name})).status_code == 422


async def test_ten_hashtags_are_featured_at_most(as_alice):
    for number in range(10):
        assert (await as_alice.post("/api/v1/featured_tags", json={"name": f"t{number}"})).status_code == 200

    assert (await as_alice.post("/api/v1/featured_tags", json={"name": "eleven"})).status_code == 422
    assert (await as_alice.post("/api/v1/tags/t1/feature")).status_code == 200


async def test_a_hashtag_is_featured_by_its_path_and_the_most_used_are_suggested(as_alice, server, alice):
    for name, times in (("rare", 1), ("often", 3), ("some", 2)):
        for _ in range(times):
            await make_tag(server, await make_post(server, alice), name)

    featured = (await as_alice.post("/api/v1/tags/some/feature")).json()

    suggested = (await as_alice.get("/api/v1/featured_tags/suggestions")).json()
    assert featured["featuring"] is True
    assert [each["name"] for each in suggested] == ["often", "rare"]
    assert (await as_alice.post("/api/v1/tags/some/unfeature")).json()["featuring"] is False
    suggested = (await as_alice.get("/api/v1/featured_tags/suggestions")).json()
    assert [each["name"] for each in suggested] == ["often", "some", "rare"]
