"""What happened, told after the commit to whoever listens: streams in this process and in others.

One topic for all; a message is a `News` as JSON. It is told at most once and may be lost: nothing but what
people see at once hangs on it. What must not be lost is a job, or a row of `fresh_posts` (`fedi.digest`).
"""

from collections.abc import Iterable
from functools import partial
from typing import Literal

import msgspec

from fedi.models.posts import Post
from fedi.server import Server

TOPIC = "news"

Kind = Literal[
    "post",
    "edit",
    "gone",
    "notification",
    "notifications_merged",
    "filters",
    "conversation",
    "announcement",
    "announcement_reaction",
    "announcement_gone",
]


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of news. `id` is of the post, notification, conversation or announcement.

    `account_id` is whose it is: the author of a post, who is told, whose filters changed. Of a post that is
    gone all is said that is needed to know who may have seen it: nothing of it can be looked up any more.
    `name` is the emoji of a reaction.
    """

    kind: Kind
    id: int = 0
    account_id: int = 0
    visibility: str = ""
    local: bool = False
    local_only: bool = False
    boost_of: int = 0
    has_media: bool = False
    tags: tuple[str, ...] = ()
    named: tuple[int, ...] = ()
    name: str = ""


def read(message: str) -> News:
    """Read a message of the topic back."""
    return msgspec.json.decode(message, type=News)


def tell(server: Server, news: News) -> None:
    """Tell a piece of news once the running transaction has committed."""
    message = msgspec.json.encode(news).decode()
    server.db.after_commit(partial(server.pubsub.publish, TOPIC, message))


async def added(server: Server, ids: Iterable[int]) -> None:
    """Tell of new posts, and have them digested; in the transaction that stores them."""
    listed = list(ids)
    await _freshen(server, listed)
    for id_ in listed:
        tell(server, News(kind="post", id=id_))


def boosted(server: Server, boost: Post) -> None:
    """Tell of a new boost: there is nothing in it to digest."""
    tell(server, News(kind="post", id=boost.id))


async def edited(server: Server, post: Post) -> None:
    """Tell of a changed post, and have it digested anew; in the transaction that changes it."""
    await _freshen(server, [post.id])
    tell(server, News(kind="edit", id=post.id))


async def going(server: Server, post: Post) -> None:
    """Tell of a post that goes, while its rows are still there; in the transaction that deletes it."""
    rows = await server.db.rows(
        "SELECT 'tag' AS kind, t.name AS name, 0 AS id FROM post_tags pt JOIN tags t ON t.id = pt.tag_id"
        " WHERE pt.post_id = ?1 UNION ALL SELECT 'named', '', account_id FROM mentions WHERE post_id = ?1"
        " UNION ALL SELECT 'media', '', id FROM media_attachments WHERE post_id = ?1",
        [post.id],
    )
    tell(
        server,
        News(
            kind="gone",
            id=post.id,
            account_id=post.author_id,
            visibility=post.visibility,
            local=post.local,
            local_only=post.local_only,
            boost_of=post.boost_of_id or 0,
            has_media=any(row["kind"] == "media" for row in rows),
            tags=tuple(row["name"] for row in rows if row["kind"] == "tag"),
            named=tuple(row["id"] for row in rows if row["kind"] == "named"),
        ),
    )


async def _freshen(server: Server, ids: list[int]) -> None:
    await server.db.execute_many("INSERT OR IGNORE INTO fresh_posts (id) VALUES (?)", [[id_] for id_ in ids])
