"""Compute what trends, a few times an hour: hashtags, links and posts of the last two days.

Hashtags and links: how many more accounts used them than the day before lets expect, the more the better,
halved for each quarter of a day without another use. Posts: favourites and boosts, halved for each half day
of age; one post an author. Nothing that one person does alone makes a trend.
"""

from collections.abc import Mapping, Sequence

from fedi.jobs.kinds import ComputeTrends
from fedi.models.trends import Trend
from fedi.queries import trends
from fedi.queries.trends import History, Liked, Talk
from fedi.server import Server

KEPT = 100
_TAG_ACCOUNTS, _LINK_ACCOUNTS, _POST_MARKS = 3, 2, 3
_TALK_HALF_LIFE_MS = 6 * 3_600_000
_POST_HALF_LIFE_MS = 12 * 3_600_000

_Scores = Mapping[int, float]


async def compute(server: Server, job: ComputeTrends) -> None:
    """Compute all trends anew (job ComputeTrends). Safe to run at any time, and twice."""
    del job
    if not server.settings.reading.trends:
        await server.db.execute("DELETE FROM trends")
        return
    now_ms = int(server.clock.now().timestamp() * 1000)
    tags = talk_scores(await trends.talked(server, "tag", accounts=_TAG_ACCOUNTS), now_ms)
    links = talk_scores(await trends.talked(server, "link", accounts=_LINK_ACCOUNTS), now_ms)
    posts = post_scores(await trends.liked(server, at_least=_POST_MARKS), now_ms)
    histories: dict[str, Mapping[int, History]] = {
        "tag": await trends.history(server, "tag", list(tags)),
        "link": await trends.history(server, "link", list(links)),
    }
    async with server.db.transaction():
        await server.db.execute("DELETE FROM trends")
        for kind, scores in (("tag", tags), ("link", links), ("post", posts)):
            await Trend.bulk_create(_rows(server, kind, scores, histories.get(kind, {})))


def talk_scores(talk: Sequence[Talk], now_ms: int) -> _Scores:
    """Score hashtags or links; those that are talked about no more than expected are left out."""
    scores = {}
    for each in talk:
        expected = max(each.yesterday, 1)
        if each.today > expected:
            strength = (each.today - expected) ** 2 / expected
            scores[each.id] = strength * _faded(now_ms - each.last_ms, _TALK_HALF_LIFE_MS)
    return _strongest(scores)


def post_scores(posts: Sequence[Liked], now_ms: int) -> _Scores:
    """Score posts, the best of each author."""
    best: dict[int, tuple[float, int]] = {}
    for post in posts:
        scored = post.count * _faded(now_ms - post.posted_ms, _POST_HALF_LIFE_MS), post.id
        best[post.author_id] = max(best.get(post.author_id, scored), scored)
    return _strongest({id_: score for score, id_ in best.values()})


def _faded(age_ms: int, half_life_ms: int) -> float:
    # What is dated in the future is not the better for it.
    return float(0.5 ** (max(age_ms, 0) / half_life_ms))


def _strongest(scores: Mapping[int, float]) -> _Scores:
    return dict(sorted(scores.items(), key=lambda scored: -scored[1])[:KEPT])


def _rows(server: Server, kind: str, scores: _Scores, histories: Mapping[int, History]) -> list[Trend]:
    now = server.clock.now()
    return [
        Trend(
            id=server.new_id(),
            kind=kind,
            target_id=id_,
            score=score,
            history=histories.get(id_, []),
            computed_at=now,
        )
        for id_, score in scores.items()
    ]
