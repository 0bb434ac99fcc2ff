"""What is talked about, as apps ask for it."""

from dataclasses import replace

import msgspec
import pytest

from fedi.app import create_app
from fedi.config import ReadingSettings
from fedi.models.cards import PreviewCard
from fedi.models.trends import Trend
from fedi.server import Server
from tests.support.factories import make_account, make_block, make_post, make_tag

pytestmark = pytest.mark.anyio

HISTORY = [{"day": 86_400 * (20_000 - ago), "uses": 5 - ago, "accounts": 2} for ago in range(5)]


async def trending(server: Server, kind: str, target_id: int, score: float = 1.0) -> None:
    await Trend.create(
        id=server.new_id(),
        kind=kind,
        target_id=target_id,
        score=score,
        history=HISTORY,
        computed_at=server.clock.now(),
    )


@pytest.mark.parametrize("path", ["/api/v1/trends/tags", "/api/v1/trends"])
async def test_hashtags_trend_with_a_history_in_texts(nobody, as_alice, server, alice, path):
    post = await make_post(server, alice)
    for score, name in enumerate(("dogs", "cats")):
        await trending(server, "tag", (await make_tag(server, post, name)).id, score)

    shown = (await nobody.get(path)).json()

    assert [each["name"] for each in shown] == ["cats", "dogs"]
    assert shown[0]["history"][0] == {"day": str(86_400 * 20_000), "uses": "5", "accounts": "2"}
    assert "following" not in shown[0]
    assert (await as_alice.get(path)).json()[0]["following"] is False


async def test_links_are_cards_with_a_history(nobody, server):
    card = await PreviewCard.create(
        id=server.new_id(),
        url_hash="0",
        url="https://c.example/",
        title="C",
        state="ready",
        created_at=server.clock.now(),
    )
    await trending(server, "link", card.id)

    (shown,) = (await nobody.get("/api/v1/trends/links")).json()

    assert (shown["url"], shown["title"], shown["type"]) == ("https://c.example/", "C", "link")
    assert shown["history"][1]["uses"] == "4"


async def test_posts_trend_for_those_who_may_see_them(nobody, as_alice, server, alice):
    bob, eve = [await make_account(server, name, domain="b.example") for name in ("bob", "eve")]
    good, evil = await make_post(server, bob), await make_post(server, eve)
    # Was public when it was computed, which cannot change; its author may have become silent.
    await trending(server, "post", good.id)
    await trending(server, "post", evil.id, 2.0)
    await trending(server, "post", 1, 3.0)
    await make_block(server, alice, eve)

    def ids(answer):
        return [each["id"] for each in answer.json()]

    assert ids(await nobody.get("/api/v1/trends/statuses")) == [str(evil.id), str(good.id)]
    assert ids(await as_alice.get("/api/v1/trends/statuses")) == [str(good.id)]


async def test_trends_are_paged_by_their_place(nobody, server, alice):
    post = await make_post(server, alice)
    for number in range(3):
        tag = await make_tag(server, post, f"tag{number}")
        await trending(server, "tag", tag.id, -number)
    base = f"{server.uris.base_url}/api/v1/trends/tags"

    first = await nobody.get("/api/v1/trends/tags", params={"limit": 2})
    last = await nobody.get("/api/v1/trends/tags", params={"limit": 2, "offset": 2})
    beyond = await nobody.get("/api/v1/trends/tags", params={"offset": 99})

    assert [each["name"] for each in first.json()] == ["tag0", "tag1"]
    assert first.headers["link"] == f'<{base}?limit=2&offset=2>; rel="next"'
    assert [each["name"] for each in last.json()] == ["tag2"]
    assert last.headers["link"] == f'<{base}?limit=2&offset=0>; rel="prev"'
    assert beyond.json() == []
    assert (await nobody.get("/api/v1/trends/tags", params={"limit": -1})).status_code == 400


async def test_the_owner_may_do_without_trends(server, alice):
    await trending(server, "tag", (await make_tag(server, await make_post(server, alice), "cats")).id)
    settings = msgspec.structs.replace(server.settings, reading=ReadingSettings(trends=False))
    app = create_app(settings)
    app.state.server = replace(server, settings=settings)
    import httpx

    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url=server.uris.base_url) as client:
        for path in ("tags", "statuses", "links"):
            assert (await client.get(f"/api/v1/trends/{path}")).json() == []
