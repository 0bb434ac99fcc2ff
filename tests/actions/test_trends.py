"""What trends: by several people, lately, and of authors who want to be found."""

from dataclasses import replace

import msgspec
import pytest

from fedi.actions import trends
from fedi.clock import TurnableClock
from fedi.config import ReadingSettings
from fedi.jobs.kinds import ComputeTrends
from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.models.posts import Post
from fedi.models.trends import Trend
from fedi.queries.trends import Liked, Talk
from fedi.server import Server
from tests.support.factories import make_account, make_boost, make_post, make_tag

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


@pytest.fixture
async def crowd(server: Server) -> list[Account]:
    """Four people of other servers who want to be found."""
    return [
        await make_account(server, f"p{number}", domain="b.example", discoverable=True) for number in range(4)
    ]


async def computed(server: Server, kind: str) -> list[int]:
    await trends.compute(server, ComputeTrends())
    return await Trend.filter(kind=kind).order_by("-score").values_list("target_id", flat=True)


async def tagged(server: Server, author: Account, name: str, **columns: object) -> int:
    return (await make_tag(server, await make_post(server, author, **columns), name)).id


async def test_a_hashtag_of_several_people_trends_with_its_history(server: Server, crowd: list[Account]):
    for person in crowd[:3]:
        tag_id = await tagged(server, person, "cats")
    await tagged(server, crowd[0], "cats")
    for _ in range(9):
        await tagged(server, crowd[0], "mine")

    assert await computed(server, "tag") == [tag_id]
    history = (await Trend.get()).history
    assert len(history) == 7
    assert sum(day["uses"] for day in history) == 4
    assert history[0]["day"] % 86_400 == 0
    assert history[0]["day"] - history[1]["day"] == 86_400


async def test_boosts_count_as_use(server: Server, crowd: list[Account]):
    post = await make_post(server, crowd[0])
    tag = await make_tag(server, post, "cats")
    for person in crowd[1:3]:
        await make_boost(server, person, post)

    assert await computed(server, "tag") == [tag.id]


@pytest.mark.parametrize(
    "columns",
    [{"visibility": "unlisted"}, {"sensitive": True}, {"summary": "cw"}, {"local_only": True}],
)
async def test_posts_that_are_not_for_everybody_make_no_trend(
    server: Server, crowd: list[Account], columns: dict[str, object]
):
    for person in crowd:
        await tagged(server, person, "cats", favourites_count=9, **columns)

    assert await computed(server, "tag") == []
    assert await computed(server, "post") == []


@pytest.mark.parametrize("column", ["discoverable", "silenced_at", "suspended_at", "gone_at"])
async def test_authors_who_are_not_to_be_found_make_no_trend(
    server: Server, crowd: list[Account], column: str
):
    for person in crowd:
        await tagged(server, person, "cats", favourites_count=9)
    await Account.filter(domain="b.example").update(
        **{column: False if column == "discoverable" else server.clock.now()}
    )

    assert await computed(server, "tag") == []
    assert await computed(server, "post") == []


async def test_what_is_over_trends_no_more(server: Server, clock: TurnableClock, crowd: list[Account]):
    for person in crowd:
        await tagged(server, person, "cats", favourites_count=9)
    assert len(await computed(server, "tag")) == 1
    assert len(await computed(server, "post")) == 4

    clock.turn(days=2, hours=1)

    assert await computed(server, "tag") == []
    assert await computed(server, "post") == []


async def test_a_link_of_two_people_trends_once_it_was_read(server: Server, crowd: list[Account]):
    card = await PreviewCard.create(
        id=server.new_id(), url_hash="0", url="https://c.example/", created_at=server.clock.now()
    )
    for person in crowd[:2]:
        await make_post(server, person, card=card)
    assert await computed(server, "link") == []

    await PreviewCard.filter(id=card.id).update(state="ready")

    assert await computed(server, "link") == [card.id]


async def test_the_most_liked_posts_trend_but_no_answers(server: Server, crowd: list[Account]):
    much = await make_post(server, crowd[0], favourites_count=4, boosts_count=3)
    await make_post(server, crowd[0], favourites_count=5)
    some = await make_post(server, crowd[1], favourites_count=3)
    await make_post(server, crowd[2], favourites_count=1, boosts_count=1)
    await make_post(server, crowd[3], favourites_count=9, in_reply_to=much)

    assert await computed(server, "post") == [much.id, some.id]
    assert await Post.all().count() == 5


def test_talk_scores_grow_with_surprise_and_fade():
    talk = [
        Talk(id=1, today=9, yesterday=2, last_ms=0),
        Talk(id=2, today=9, yesterday=8, last_ms=0),
        Talk(id=3, today=5, yesterday=9, last_ms=0),
        Talk(id=4, today=9, yesterday=2, last_ms=-6 * HOUR_MS),
    ]

    scores = trends.talk_scores(talk, 0)

    assert list(scores) == [1, 4, 2]
    assert scores[1] == 2 * scores[4] == 24.5


def test_post_scores_fade_and_nobody_has_two():
    posts = [
        Liked(id=1, author_id=1, count=8, posted_ms=0),
        Liked(id=2, author_id=1, count=9, posted_ms=-12 * HOUR_MS),
        Liked(id=3, author_id=2, count=10, posted_ms=-12 * HOUR_MS),
        # Dated in the future.
        Liked(id=4, author_id=3, count=6, posted_ms=12 * HOUR_MS),
    ]

    assert trends.post_scores(posts, 0) == {1: 8.0, 4: 6.0, 3: 5.0}


async def test_without_trends_nothing_stays(server: Server):
    await Trend.create(id=1, kind="tag", target_id=1, score=1.0, computed_at=server.clock.now())
    without = msgspec.structs.replace(server.settings, reading=ReadingSettings(trends=False))

    await trends.compute(replace(server, settings=without), ComputeTrends())

    assert await Trend.all().count() == 0
