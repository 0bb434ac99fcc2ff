"""Many plain remote posts stored at once: what `posts.receive` does for each, in a few statements for all.

Plain is a post that brings nothing but text, names and hashtags, and that nothing here waits for. A test
holds the rows that come of it to those of `posts.receive`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fedi.actions import bulk, contents, conversations, counters, news, notify, posts
from fedi.models.accounts import Account
from fedi.models.posts import Mention, Post, PostTag, Tag
from fedi.queries.rows import load_by_id
from fedi.server import Server
from fedi.translate.notes import ReceivedPost

_OPEN = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A post to be stored, with what `posts.receive` is given for it."""

    author: Account
    received: ReceivedPost
    mentions: Sequence[Account]
    parent: Post | None


@dataclass(frozen=True, slots=True)
class _Stored:
    arrival: Arrival
    id: int
    named: dict[int, tuple[Account, bool]]


async def keep(server: Server, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Store posts and tell those whom they name, in one transaction; gives those that were stored.

    Left for `posts.receive` are posts that are known, deleted or awaited, those of authors whose every post
    somebody wants to hear of or whom somebody blocks, and all but the first of one id.
    """
    async with server.db.transaction():
        taken = await _without_history(server, arrivals)
        ids = await _free_ids(server, [each.received for each in taken])
        stored = [
            _Stored(each, id_, contents.named_in(each.received, each.mentions))
            for each, id_ in zip(taken, ids, strict=True)
        ]
        await bulk.insert(
            server,
            Post,
            [
                {"id": each.id, **posts.columns_of(of.author, of.received, of.parent)}
                for each in stored
                for of in (each.arrival,)
            ],
        )
        await bulk.insert(server, Mention, [row for each in stored for row in _mentions(server, each)])
        await _tag(server, stored)
        await _count(server, stored)
        await news.added(server, [each.id for each in stored])
        await _tell(server, [each for each in stored if each.named])
    return taken


async def _without_history(server: Server, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Leave out the posts whose storing depends on what is here already."""
    by_uri: dict[str, Arrival] = {}
    for each in arrivals:
        by_uri.setdefault(each.received.uri, each)
    uris, authors = orjson.dumps(list(by_uri)).decode(), _listed({each.author.id for each in arrivals})
    found = await server.db.rows(
        "SELECT uri, NULL AS id FROM posts WHERE uri IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT uri, NULL FROM tombstones WHERE uri IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT in_reply_to_uri, NULL FROM posts"
        " WHERE in_reply_to_uri IN (SELECT value FROM json_each(?1)) AND in_reply_to_id IS NULL"
        " UNION ALL SELECT NULL, target_id FROM follows"
        " WHERE target_id IN (SELECT value FROM json_each(?2)) AND state = 'accepted' AND notify"
        " UNION ALL SELECT NULL, target_id FROM blocks"
        " WHERE target_id IN (SELECT value FROM json_each(?2))",
        [uris, authors],
    )
    with_history = {row["uri"] for row in found}
    heard = {row["id"] for row in found}
    return [each for uri, each in by_uri.items() if uri not in with_history and each.author.id not in heard]


async def _free_ids(server: Server, received: Sequence[ReceivedPost]) -> list[int]:
    """Give each post an unused id of its time of publication."""
    ids: dict[int, None] = {}
    for each in received:
        while (id_ := server.ids.past(each.published_at)) in ids:
            pass
        ids[id_] = None
    used = await server.db.rows(
        "SELECT id FROM posts WHERE id IN (SELECT value FROM json_each(?))", [_listed(ids)]
    )
    if used:
        return await _free_ids(server, received)
    return list(ids)


def _mentions(server: Server, post: _Stored) -> list[dict[str, Any]]:
    return [
        {"id": server.new_id(), "post_id": post.id, "account_id": id_, "silent": silent}
        for id_, (_, silent) in post.named.items()
    ]


async def _tag(server: Server, stored: Sequence[_Stored]) -> None:
    wanted = {
        each.id: contents.spelt(each.arrival.received.tags) for each in stored if each.arrival.received.tags
    }
    if not wanted:
        return
    spelt = {name: display for names in reversed(wanted.values()) for name, display in names.items()}
    names = orjson.dumps(list(spelt)).decode()
    rows = await server.db.rows(
        "SELECT name, id FROM tags WHERE name IN (SELECT value FROM json_each(?))", [names]
    )
    tags = {row["name"]: row["id"] for row in rows}
    new = {name: server.new_id() for name in spelt if name not in tags}
    now = server.clock.now()
    await bulk.insert(
        server,
        Tag,
        [{"id": id_, "name": name, "display": spelt[name], "created_at": now} for name, id_ in new.items()],
    )
    tags |= new
    await bulk.insert(
        server,
        PostTag,
        [
            {"id": server.new_id(), "post_id": post_id, "tag_id": tags[name]}
            for post_id, names in wanted.items()
            for name in names
        ],
    )


async def _count(server: Server, stored: Sequence[_Stored]) -> None:
    arrivals = [each.arrival for each in stored]
    await counters.posts_added(
        server,
        [
            (each.author.id, each.received.published_at)
            for each in arrivals
            if each.received.visibility != "direct"
        ],
        [
            each.parent.id
            for each in arrivals
            if each.parent is not None and each.received.visibility in _OPEN
        ],
    )


async def _tell(server: Server, naming: Sequence[_Stored]) -> None:
    rows = await load_by_id(server, Post, [each.id for each in naming])
    for each in naming:
        await conversations.added(server, each.arrival.author, rows[each.id])
        for account, silent in each.named.values():
            if not silent:
                await notify.about(server, account, "mention", each.arrival.author, rows[each.id])


def _listed(ids: Iterable[int]) -> str:
    return orjson.dumps(list(ids)).decode()
