"""The posts above and below a post in its conversation (Mastodon API: statuses, context)."""

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import snapshots
from fedi.queries.rows import among, load
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import every, unhidden, unsilenced, visible
from fedi.server import Server

# What Mastodon gives to those who are not signed in, and to those who are.
_ANCESTORS, _DESCENDANTS, _DEPTH = 40, 60, 20
_SIGNED_IN = 4096
# A post (?1) and all below it, ?2 at most. UNION, for answers can stand in a circle.
_BELOW = (
    "WITH RECURSIVE below(id) AS (VALUES (?1) UNION SELECT p.id FROM below JOIN posts p"
    " ON p.in_reply_to_id = below.id LIMIT ?2) SELECT id FROM below"
)


async def ancestors(server: Server, post: Post, viewer: Account | None) -> list[PostSnapshot]:
    """Load what `ancestor_ids` finds."""
    return await snapshots.by_ids(server, await ancestor_ids(server, post, viewer), viewer)


async def descendants(server: Server, post: Post, viewer: Account | None) -> list[PostSnapshot]:
    """Load what `descendant_ids` finds."""
    return await snapshots.by_ids(server, await descendant_ids(server, post, viewer), viewer)


async def ancestor_ids(server: Server, post: Post, viewer: Account | None) -> list[int]:
    """Find what the post answers, what that answers, and so on, oldest first.

    What the viewer may not see is left out, and what stands above it is still given.
    """
    rows = await server.db.rows(
        "WITH RECURSIVE above(id, height) AS ("
        " SELECT in_reply_to_id, 1 FROM posts WHERE id = ? AND in_reply_to_id IS NOT NULL"
        " UNION ALL SELECT p.in_reply_to_id, above.height + 1 FROM above JOIN posts p ON p.id = above.id"
        " WHERE p.in_reply_to_id IS NOT NULL AND above.height < ?"
        ") SELECT id FROM above ORDER BY height DESC",
        [post.id, _ANCESTORS if viewer is None else _SIGNED_IN],
    )
    return list(await _seen(server, [row["id"] for row in rows], viewer))


async def descendant_ids(server: Server, post: Post, viewer: Account | None) -> list[int]:
    """Find the answers, each followed by its own answers, oldest first; the author's own thread leads.

    What the viewer may not see is left out; answers to it stay where they may be seen.
    """
    most, depth = (_DESCENDANTS, _DEPTH) if viewer is None else (_SIGNED_IN, _SIGNED_IN)
    rows = await server.db.rows(
        "WITH RECURSIVE below(id, depth) AS ("
        " SELECT id, 1 FROM posts WHERE in_reply_to_id = ?"
        " UNION ALL SELECT p.id, below.depth + 1 FROM below JOIN posts p ON p.in_reply_to_id = below.id"
        " WHERE below.depth < ? ORDER BY 2 DESC, 1 LIMIT ?"
        ") SELECT id FROM below",
        [post.id, depth, most],
    )
    found = await _seen(server, [row["id"] for row in rows], viewer)
    own = [
        id_ for id_, (author_id, answered_id) in found.items() if author_id == answered_id == post.author_id
    ]
    return list(dict.fromkeys([*own, *found]))


async def root(server: Server, post: Post) -> Post:
    """Give the uppermost post of a conversation that is known here; of a circle the post itself."""
    rows = await server.db.rows(
        "WITH RECURSIVE above(id, height) AS (VALUES (?, 0)"
        " UNION ALL SELECT p.in_reply_to_id, above.height + 1 FROM above JOIN posts p ON p.id = above.id"
        " WHERE p.in_reply_to_id IS NOT NULL AND above.height < ?"
        ") SELECT above.id FROM above JOIN posts p ON p.id = above.id WHERE p.in_reply_to_id IS NULL",
        [post.id, _SIGNED_IN],
    )
    found = await load(server, Post, "WHERE r.id = ?", [rows[0]["id"]]) if rows else []
    return found[0] if found else post


async def known_below(server: Server, root: Post) -> list[Post]:
    """Load everything below a post that is known here, whoever may see it, in the order of time."""
    where = f"WHERE r.id IN ({_BELOW}) AND r.id <> ?1 ORDER BY r.id"
    return await load(server, Post, where, [root.id, _SIGNED_IN])


async def open_uris(server: Server, root: Post, *, after_id: int, limit: int) -> list[tuple[int, str]]:
    """List (id, URI) of a post and what is known below it that anybody may read, in the order of time."""
    where, values = visible(None)
    rows = await server.db.rows(
        f"SELECT p.id, p.uri FROM posts p WHERE p.id IN ({_BELOW}) AND p.id > ?3 AND {where}"
        f" ORDER BY p.id LIMIT {limit}",
        [root.id, _SIGNED_IN, after_id, *values],
    )
    return [(row["id"], row["uri"]) for row in rows]


async def open_count(server: Server, root: Post) -> int:
    """Count what `open_uris` lists in all."""
    where, values = visible(None)
    sql = f"SELECT count(*) AS count FROM posts p WHERE p.id IN ({_BELOW}) AND {where}"
    return int((await server.db.rows(sql, [root.id, _SIGNED_IN, *values]))[0]["count"])


async def open_replies(
    server: Server, post: Post, *, after_id: int, limit: int, own: bool = False
) -> list[tuple[int, str]]:
    """List (id, URI) of the answers to a post that anybody may read; `own`: those by its author alone."""
    where, values = visible(None)
    by = "AND p.author_id = ?" if own else ""
    rows = await server.db.rows(
        f"SELECT p.id, p.uri FROM posts p WHERE p.in_reply_to_id = ? AND p.id > ? {by} AND {where}"
        " ORDER BY p.id LIMIT ?",
        [post.id, after_id, *([post.author_id] if own else []), *values, limit],
    )
    return [(row["id"], row["uri"]) for row in rows]


async def _seen(server: Server, ids: list[int], viewer: Account | None) -> dict[int, tuple[int, int | None]]:
    """Find those posts that the viewer may and wants to see, in the order of `ids`, each once.

    Gives their authors and whom they answer. Answers can stand in a circle: nothing keeps a hostile server
    from that.
    """
    if not ids:
        return {}
    condition, listed = among("p.id", ids)
    where, values = every([visible(viewer), unhidden(viewer, server.clock.now()), unsilenced(viewer)])
    sql = (
        "SELECT p.id, p.author_id AS author, p.in_reply_to_account_id AS answered"
        f" FROM posts p WHERE {condition} AND {where}"
    )
    rows = await server.db.rows(sql, [*listed, *values])
    seen = {row["id"]: (row["author"], row["answered"]) for row in rows}
    return {id_: seen[id_] for id_ in dict.fromkeys(ids) if id_ in seen}
