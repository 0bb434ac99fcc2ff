"""Threads of direct posts as one of their people sees them (Mastodon API: conversations)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.conversations import Conversation
from fedi.models.posts import Post
from fedi.queries import snapshots
from fedi.queries.paging import Page
from fedi.queries.rows import among, load, load_by_id
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import unhidden, visible
from fedi.server import Server

# So far back of whom somebody was named by is looked for the post before one that goes.
_FAR_BACK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    """A conversation with its people but its owner (who stands there when alone), and its last post."""

    conversation: Conversation
    people: Sequence[Account]
    post: PostSnapshot | None


async def page(server: Server, account: Account, page: Page) -> list[ConversationView]:
    """Load conversations by their last posts, newest first; none that end with somebody who is hidden."""
    bounds, values = page.clause("c.last_post_id")
    seen, seen_values = _seen(server, account)
    found = await load(
        server,
        Conversation,
        f"WHERE c.account_id = ? AND c.last_post_id IS NOT NULL AND c.hidden_at IS NULL AND {bounds}"
        f" AND EXISTS (SELECT 1 FROM posts p WHERE p.id = c.last_post_id AND {seen})"
        f" ORDER BY {page.order('c.last_post_id')} LIMIT {page.limit:d}",
        [account.id, *values, *seen_values],
        alias="c",
    )
    return await _views(server, account, page.arrange(found))


async def one(server: Server, account: Account, id_: int) -> ConversationView:
    """Load one conversation of the account that it has not taken away, or raise NotFound."""
    where = "WHERE c.id = ? AND c.account_id = ? AND c.hidden_at IS NULL"
    found = await load(server, Conversation, where, [id_, account.id], alias="c")
    if not found:
        raise NotFound
    return (await _views(server, account, found))[0]


async def direct(server: Server, account: Account, page: Page) -> list[PostSnapshot]:
    """Load the direct posts that an account wrote or is named in, newest first."""
    bounds, values = page.clause("p.id")
    end = f"ORDER BY {page.order('p.id')} LIMIT {page.limit:d}"
    seen, seen_values = _seen(server, account)
    own = f"SELECT p.id FROM posts p WHERE p.author_id = ? AND p.visibility = 'direct' AND {bounds} {end}"
    named_bounds, _ = page.clause("m.post_id")
    named = (
        "SELECT p.id FROM mentions m CROSS JOIN posts p ON p.id = m.post_id"
        f" WHERE m.account_id = ? AND p.visibility = 'direct' AND {named_bounds} AND {seen}"
        f" ORDER BY {page.order('m.post_id')} LIMIT {page.limit:d}"
    )
    rows = await server.db.rows(
        f"SELECT id FROM (SELECT * FROM ({own}) UNION SELECT * FROM ({named}))"
        f" ORDER BY {page.order('id')} LIMIT {page.limit:d}",
        [account.id, *values, account.id, *values, *seen_values],
    )
    return await snapshots.by_ids(server, page.arrange([row["id"] for row in rows]), account)


async def previous_post(server: Server, row: Conversation, post: Post) -> int | None:
    """Find the post before `post`, which ends a conversation; None when it was the first.

    Posts between two people name one of them: they are found by that, and checked to be of the same people.
    """
    if post.in_reply_to_id is None and not post.in_reply_to_uri:
        return None
    others = [int(id_) for id_ in row.participants.split(",") if id_]
    everybody = {row.account_id, *others}
    for found in await server.db.rows(
        _BEFORE,
        [row.account_id, others[0] if others else row.account_id, post.id, row.context_uri, _FAR_BACK],
    ):
        if {found["author_id"], *map(int, (found["named"] or "").split(",") if found["named"] else ())} == (
            everybody
        ):
            return int(found["id"])
    return None


# ?1 whose conversation, ?2 one of the others, ?3 before which post, ?4 the thread, ?5 how far back.
_BEFORE = """
SELECT p.id, p.author_id,
  (SELECT group_concat(account_id) FROM mentions WHERE post_id = p.id) AS named
FROM (
  SELECT * FROM (SELECT post_id FROM mentions WHERE account_id = ?1 AND post_id < ?3
    ORDER BY post_id DESC LIMIT ?5)
  UNION
  SELECT * FROM (SELECT post_id FROM mentions WHERE account_id = ?2 AND post_id < ?3
    ORDER BY post_id DESC LIMIT ?5)
  UNION
  SELECT * FROM (SELECT id FROM posts WHERE author_id = ?1 AND ?1 = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?5)
) near CROSS JOIN posts p ON p.id = near.post_id
WHERE p.visibility = 'direct' AND p.context_uri = ?4 ORDER BY p.id DESC LIMIT 100
"""


def _seen(server: Server, account: Account) -> tuple[str, list[Any]]:
    """The condition that the owner sees the post `p`, and wants to."""
    visible_sql, visible_values = visible(account)
    wanted_sql, wanted_values = unhidden(account, server.clock.now())
    return f"{visible_sql} AND {wanted_sql}", [*visible_values, *wanted_values]


async def _views(server: Server, account: Account, rows: Sequence[Conversation]) -> list[ConversationView]:
    if not rows:
        return []
    named = {row.id: [int(id_) for id_ in row.participants.split(",") if id_] for row in rows}
    people = await load_by_id(server, Account, {id_ for ids in named.values() for id_ in ids})
    condition, values = among("p.id", [row.last_post_id or 0 for row in rows])
    seen, seen_values = visible(account)
    found = await load(server, Post, f"WHERE {condition} AND {seen}", [*values, *seen_values], alias="p")
    posts = {each.post.id: each for each in await snapshots.of_posts(server, found, account)}
    return [
        ConversationView(
            conversation=row,
            people=[people[id_] for id_ in named[row.id] if id_ in people] or [account],
            post=posts.get(row.last_post_id or 0),
        )
        for row in rows
    ]
