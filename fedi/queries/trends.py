"""What is talked about: what the days say (for `fedi.actions.trends`, in a thread), and what was computed.

Only what everybody may come across counts: public posts without a warning, of authors who want to be found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.models.posts import Tag
from fedi.queries import aside, snapshots
from fedi.queries.presence import present, unsilenced
from fedi.queries.rows import among, load_by_id
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import every, unhidden, visible
from fedi.queries.visibility import unsilenced as unsilenced_post
from fedi.server import Server

HISTORY_DAYS = 7
_DAY_SECONDS = 86_400
_MS_SHIFT = 16
_MOST_CANDIDATES = 2000
# For one of the three: a server with a million posts in two days needs a tenth of it.
_COMPUTING_SECONDS = 30.0
_READING_SECONDS = 1.0

# `{"day" (Unix seconds), "uses", "accounts"}`, the newest day first.
History = list[dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How many accounts used a hashtag or link in the last day, and in the day before; when the last did."""

    id: int
    today: int
    yesterday: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Liked:
    """A post of the last two days, and how often it was favourited or boosted, as far as we know."""

    id: int
    author_id: int
    count: int
    posted_ms: int


async def talked(server: Server, kind: Literal["tag", "link"], *, accounts: int) -> list[Talk]:
    """Count who used which hashtags or links, boosts included; those that at least so many `accounts` did."""
    named = {
        "tag": ("pt.tag_id", "CROSS JOIN post_tags pt ON pt.post_id = o.id"),
        "link": ("o.card_id", "CROSS JOIN preview_cards c ON c.id = o.card_id AND c.state = 'ready'"),
    }
    target, join = named[kind]
    now_ms = int(server.clock.now().timestamp() * 1000)
    day, two_days = (_before(now_ms, days) for days in (1, 2))
    rows = await aside.rows(
        server,
        f"SELECT {target} AS id, count(DISTINCT CASE WHEN p.id > ? THEN p.author_id END) AS today,"
        " count(DISTINCT CASE WHEN p.id <= ? THEN p.author_id END) AS yesterday, max(p.id) AS last"
        " FROM posts p CROSS JOIN posts o ON o.id = coalesce(p.boost_of_id, p.id)"
        f" {join} CROSS JOIN accounts a ON a.id = p.author_id CROSS JOIN accounts oa ON oa.id = o.author_id"
        f" WHERE p.visibility = 'public' AND p.local IN (0, 1) AND p.id > ? AND {_open('o')}"
        f" AND {_wants_to_be_found('a')} AND {_wants_to_be_found('oa')}"
        " GROUP BY 1 HAVING today >= ? ORDER BY today DESC LIMIT ?",
        [day, day, two_days, accounts, _MOST_CANDIDATES],
        seconds=_COMPUTING_SECONDS,
    )
    return [
        Talk(id=row["id"], today=row["today"], yesterday=row["yesterday"], last_ms=row["last"] >> _MS_SHIFT)
        for row in rows
    ]


async def liked(server: Server, *, at_least: int) -> list[Liked]:
    """List the posts of the last two days that were favourited and boosted so often; no answers."""
    now_ms = int(server.clock.now().timestamp() * 1000)
    rows = await aside.rows(
        server,
        "SELECT p.id, p.author_id, p.favourites_count + p.boosts_count AS count"
        " FROM posts p CROSS JOIN accounts a ON a.id = p.author_id"
        " WHERE p.visibility = 'public' AND p.local IN (0, 1) AND p.id > ? AND p.boost_of_id IS NULL"
        " AND p.favourites_count + p.boosts_count >= ? AND p.in_reply_to_id IS NULL"
        f" AND p.in_reply_to_uri = '' AND {_open('p')} AND {_wants_to_be_found('a')}"
        " ORDER BY count DESC LIMIT ?",
        [_before(now_ms, 2), at_least, _MOST_CANDIDATES],
        seconds=_COMPUTING_SECONDS,
    )
    return [
        Liked(id=row["id"], author_id=row["author_id"], count=row["count"], posted_ms=row["id"] >> _MS_SHIFT)
        for row in rows
    ]


async def history(server: Server, kind: Literal["tag", "link"], ids: Sequence[int]) -> dict[int, History]:
    """Count in how many public posts, of how many accounts, each was used on the last seven days (UTC)."""
    if not ids:
        return {}
    now = server.clock.now()
    today = int(now.timestamp()) // _DAY_SECONDS
    first = (today - HISTORY_DAYS + 1) * _DAY_SECONDS * 1000 << _MS_SHIFT
    condition, values = among("pt.tag_id" if kind == "tag" else "p.card_id", ids)
    source = (
        "pt.tag_id AS id, p.id AS post, p.author_id"
        " FROM post_tags pt CROSS JOIN posts p ON p.id = pt.post_id"
        f" WHERE {condition} AND pt.post_id >= ?"
        if kind == "tag"
        else f"p.card_id AS id, p.id AS post, p.author_id FROM posts p WHERE {condition} AND p.id >= ?"
    )
    rows = await aside.rows(
        server,
        f"SELECT id, (post >> {_MS_SHIFT}) / {_DAY_SECONDS * 1000} AS day, count(*) AS uses,"
        f" count(DISTINCT author_id) AS accounts FROM (SELECT {source} AND p.visibility = 'public')"
        " GROUP BY 1, 2",
        [*values, first],
        seconds=_READING_SECONDS,
    )
    counted = {(row["id"], row["day"]): (row["uses"], row["accounts"]) for row in rows}
    return {id_: [_day(counted, id_, today - ago) for ago in range(HISTORY_DAYS)] for id_ in ids}


async def tags(server: Server, *, limit: int, offset: int) -> list[tuple[Tag, History]]:
    """Load the hashtags that trend, the strongest first."""
    rows = await _computed(server, "tag", limit, offset)
    found = await load_by_id(server, Tag, [row["target_id"] for row in rows])
    return [
        (found[row["target_id"]], orjson.loads(row["history"])) for row in rows if row["target_id"] in found
    ]


async def links(server: Server, *, limit: int, offset: int) -> list[tuple[PreviewCard, History]]:
    """Load the links that trend, the strongest first."""
    rows = await _computed(server, "link", limit, offset)
    found = await load_by_id(server, PreviewCard, [row["target_id"] for row in rows])
    return [
        (found[row["target_id"]], orjson.loads(row["history"])) for row in rows if row["target_id"] in found
    ]


async def posts(server: Server, viewer: Account | None, *, limit: int, offset: int) -> list[PostSnapshot]:
    """Load the posts that trend, the strongest first, without those that `viewer` does not come across."""
    where, values = every(
        [visible(viewer), unhidden(viewer, server.clock.now()), unsilenced_post(viewer), (_open("p"), [])]
    )
    rows = await server.db.rows(
        "SELECT p.id FROM trends r CROSS JOIN posts p ON p.id = r.target_id"
        f" WHERE r.kind = 'post' AND {where} ORDER BY r.score DESC, p.id DESC LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    return await snapshots.by_ids(server, [row["id"] for row in rows], viewer)


async def _computed(server: Server, kind: str, limit: int, offset: int) -> list[dict[str, Any]]:
    return await server.db.rows(
        "SELECT target_id, history FROM trends WHERE kind = ? ORDER BY score DESC, target_id DESC"
        " LIMIT ? OFFSET ?",
        [kind, limit, offset],
    )


def _before(now_ms: int, days: int) -> int:
    """Give the smallest id of the last so many days."""
    return (now_ms - days * _DAY_SECONDS * 1000) << _MS_SHIFT


def _day(counted: dict[tuple[int, int], tuple[int, int]], id_: int, day: int) -> dict[str, int]:
    uses, accounts = counted.get((id_, day), (0, 0))
    return {"day": day * _DAY_SECONDS, "uses": uses, "accounts": accounts}


def _open(alias: str) -> str:
    return (
        f"{alias}.visibility = 'public' AND NOT {alias}.sensitive AND NOT {alias}.local_only"
        f" AND {alias}.summary = ''"
    )


def _wants_to_be_found(alias: str) -> str:
    return f"{alias}.discoverable AND {present(alias)} AND {unsilenced(alias)}"
