"""Every list that is paged, walked by its links from one end to the other and back, nothing twice or lost."""

import re

import pytest

from fedi.models.interactions import Bookmark
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_favourite,
    make_follow,
    make_mute,
    make_notification,
    make_post,
    make_tag,
)
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio

MANY = 5
# Path → how many it holds; the crowd below is what they hold.
LISTS = {
    "/api/v1/timelines/home": MANY,
    "/api/v1/timelines/public?local=true": MANY,
    "/api/v1/timelines/tag/violet": MANY,
    "/api/v1/timelines/list/{list}": MANY,
    "/api/v1/accounts/{bob}/statuses": MANY,
    "/api/v1/accounts/{bob}/followers": MANY,
    "/api/v1/accounts/{bob}/following": MANY,
    "/api/v1/follow_requests": MANY,
    "/api/v1/favourites": MANY,
    "/api/v1/bookmarks": MANY,
    "/api/v1/blocks": MANY,
    "/api/v1/mutes": MANY,
    "/api/v1/domain_blocks": MANY,
    "/api/v1/followed_tags": MANY,
    "/api/v1/lists/{list}/accounts": 1,
    "/api/v1/scheduled_statuses": MANY,
    "/api/v1/notifications": MANY,
    "/api/v1/conversations": MANY,
    "/api/v1/statuses/{post}/favourited_by": MANY + 1,
    "/api/v1/statuses/{post}/reblogged_by": MANY,
}


@pytest.fixture
async def names(server, as_alice, alice, bob):
    found = {"bob": str(bob.id)}
    crowd = [await make_account(server, f"p{n}", domain="far.example") for n in range(MANY)]
    bad = [await make_account(server, f"b{n}", domain="far.example") for n in range(MANY)]
    await as_alice.post(f"/api/v1/accounts/{bob.id}/follow")
    found["list"] = (await as_alice.post("/api/v1/lists", json={"title": "x"})).json()["id"]
    await as_alice.post(f"/api/v1/lists/{found['list']}/accounts", json={"account_ids": [str(bob.id)]})
    posts = [await make_post(server, bob, f"number {n}") for n in range(MANY)]
    found["post"] = str(posts[0].id)
    for n, (post, each, foe) in enumerate(zip(posts, crowd, bad, strict=True)):
        await make_tag(server, post, "violet")
        await make_favourite(server, alice, post)
        await make_favourite(server, each, posts[0])
        await make_boost(server, each, posts[0])
        await Bookmark.create(id=server.new_id(), account=alice, post=post, created_at=server.clock.now())
        if n:
            await make_follow(server, each, bob)
        await make_follow(server, bob, each)
        await make_follow(server, each, alice, state="pending")
        await make_block(server, alice, foe)
        await make_mute(server, alice, await make_account(server, f"m{n}", domain="far.example"))
        await make_notification(server, alice, each, "follow")
        await as_alice.post("/api/v1/domain_blocks", json={"domain": f"loud{n}.example"})
        await as_alice.post(f"/api/v1/tags/tag{n}/follow")
        later = {"status": "later", "scheduled_at": f"2126-01-0{n + 1}T00:00:00Z"}
        await as_alice.post("/api/v1/statuses", json=later)
        friend = await make_person(server, f"friend{n}")
        said = {"status": f"@{friend.username} psst", "visibility": "direct"}
        await as_alice.post("/api/v1/statuses", json=said)
    return found


async def test_every_list_is_walked_by_its_links(as_alice, names):
    wrong = {}
    for path, count in LISTS.items():
        first = path.format_map(names)
        forth, last = await walked(as_alice, first + ("&" if "?" in first else "?") + "limit=2", "next")
        keys = [key(each) for page in forth for each in page]
        back, _ = await walked(as_alice, last, "prev")
        again = [key(each) for page in reversed(back) for each in page]
        # alice's own direct posts stand in her home too.
        if "home" in path:
            keys = [each for each in keys if each in await of_bob(as_alice, names)]
            again = [each for each in again if each in await of_bob(as_alice, names)]
        if len(keys) != count or len(set(keys)) != count:
            wrong[path] = f"forth: {len(keys)} of {count}, {len(set(keys))} different"
        elif again != keys:
            wrong[path] = f"back: {again} instead of {keys}"

    assert not wrong, "\n" + "\n".join(f"{path}: {what}" for path, what in wrong.items())


async def of_bob(client, names):
    return {each["id"] for each in (await client.get(f"/api/v1/accounts/{names['bob']}/statuses")).json()}


def key(each):
    return each if isinstance(each, str) else each.get("id") or each["name"]


async def walked(client, path, way):
    """Follow one link from page to page; give the pages that hold anything, and where the last one lies."""
    pages, last = [], path
    for _ in range(30):
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        if answer.json():
            pages.append(answer.json())
            last = path
        link = re.search(rf'<([^>]+)>; rel="{way}"', answer.headers.get("Link", ""))
        if link is None:
            return pages, last
        path = link[1]
    raise AssertionError(f"{path}: no end")
