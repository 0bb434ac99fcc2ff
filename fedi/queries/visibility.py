"""Who may see which post: one rule, as SQL that every list of posts contains, and as a question about one.

The rule, for a post or for both a boost and what it boosts: its author is present (`presence`) and does not
block the viewer, and the post is the viewer's own, or public or unlisted, or it names the viewer, or
is for followers and the viewer's follow of the author is accepted. What may not be seen is NotFound.

Beside it stands what a viewer does not come across in lists (`unhidden`, `unsilenced`): it keeps nobody from
a post that is asked for by its id.
"""

from collections.abc import Sequence
from datetime import datetime

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import presence
from fedi.queries.rows import load, marks
from fedi.server import Server

# A condition in SQL, and the values of its placeholders in order.
Clause = tuple[str, Sequence[int | str | datetime]]


def every(clauses: Sequence[Clause]) -> tuple[str, list[int | str | datetime]]:
    """Give the condition that all of these hold."""
    return " AND ".join(sql for sql, _ in clauses), [value for _, part in clauses for value in part]


def visible(viewer: Account | None, post_alias: str = "p") -> Clause:
    """Give the rule as an SQL condition on the row `post_alias` of `posts`, with its values."""
    own_sql, own_values = _visible_itself(viewer, post_alias)
    inner_sql, inner_values = _visible_itself(viewer, "boosted")
    boosted = f"SELECT 1 FROM posts boosted WHERE boosted.id = {post_alias}.boost_of_id AND {inner_sql}"
    return (
        f"({own_sql} AND ({post_alias}.boost_of_id IS NULL OR EXISTS ({boosted})))",
        [*own_values, *inner_values],
    )


async def may_see(server: Server, post: Post, viewer: Account | None) -> bool:
    """Say whether `viewer` (None: anybody at all) may see the post."""
    sql, values = visible(viewer)
    return bool(await server.db.rows(f"SELECT 1 FROM posts p WHERE p.id = ? AND {sql}", [post.id, *values]))


async def require(server: Server, post: Post, viewer: Account | None) -> None:
    """Raise NotFound unless `viewer` may see the post."""
    if not await may_see(server, post, viewer):
        raise NotFound


async def post_for(server: Server, viewer: Account | None, id_: int) -> Post:
    """Give the post with this id; NotFound when there is none or `viewer` may not see it."""
    sql, values = visible(viewer)
    found = await load(server, Post, f"WHERE p.id = ? AND {sql}", [id_, *values], alias="p")
    if not found:
        raise NotFound
    return found[0]


async def posts_for(server: Server, viewer: Account | None, ids: Sequence[int]) -> list[Post]:
    """Give those posts with these ids that `viewer` may see, in this order."""
    if not ids:
        return []
    sql, values = visible(viewer)
    found = await load(server, Post, f"WHERE p.id IN ({marks(ids)}) AND {sql}", [*ids, *values], alias="p")
    by_id = {post.id: post for post in found}
    return [by_id[id_] for id_ in ids if id_ in by_id]


async def post_by_uri(uri: str) -> Post | None:
    """Find a post by its ActivityPub id, whoever may see it."""
    return await Post.get_or_none(uri=uri)


def hidden(viewer: Account, now: datetime) -> Clause:
    """Give a SELECT of the ids of the accounts whom `viewer` blocks or (still) mutes."""
    sql = (
        "SELECT target_id FROM blocks WHERE account_id = ? UNION ALL SELECT target_id FROM mutes"
        " WHERE account_id = ? AND (expires_at IS NULL OR expires_at > ?)"
    )
    return sql, [viewer.id, viewer.id, now]


def of_blocked_host(viewer: Account, account: str) -> Clause:
    """Give the condition that an account (SQL of its id) is of a host that `viewer` blocks."""
    sql = (
        "EXISTS (SELECT 1 FROM accounts elsewhere CROSS JOIN account_domain_blocks blocked_host"
        " ON blocked_host.account_id = ? AND blocked_host.domain = elsewhere.domain"
        f" WHERE elsewhere.id = {account})"
    )
    return sql, [viewer.id]


def unhidden(viewer: Account | None, now: datetime, post_alias: str = "p") -> Clause:
    """Give the condition that neither the post nor what it boosts is by somebody whom `viewer` hides.

    Hidden are those whom `viewer` blocks or mutes, and all of the hosts that they block.
    """
    if viewer is None:
        return "1", []
    sql, values = hidden(viewer, now)
    host_sql, host_values = of_blocked_host(viewer, f"{post_alias}.author_id")
    boosted_host_sql, boosted_host_values = of_blocked_host(viewer, "hidden_boosted.author_id")
    boosted = (
        f"SELECT 1 FROM posts hidden_boosted WHERE hidden_boosted.id = {post_alias}.boost_of_id"
        f" AND (hidden_boosted.author_id IN ({sql}) OR {boosted_host_sql})"
    )
    return (
        f"({post_alias}.author_id NOT IN ({sql}) AND NOT {host_sql} AND NOT EXISTS ({boosted}))",
        [*values, *host_values, *values, *boosted_host_values],
    )


def unsilenced(viewer: Account | None, post_alias: str = "p") -> Clause:
    """Give the condition that the author is not silenced, or is the viewer or followed by them."""
    free = (
        f"NOT EXISTS (SELECT 1 FROM accounts silenced WHERE silenced.id = {post_alias}.author_id"
        f" AND NOT {presence.unsilenced('silenced')})"
    )
    if viewer is None:
        return free, []
    return f"({free} OR {post_alias}.author_id = ? OR {_followed(post_alias)})", [viewer.id, viewer.id]


def _visible_itself(viewer: Account | None, alias: str) -> Clause:
    """The rule for one row of `posts`, whatever it boosts."""
    present = (
        f"NOT EXISTS (SELECT 1 FROM accounts absent WHERE absent.id = {alias}.author_id"
        f" AND NOT {presence.present('absent')})"
    )
    # Who is of another server may not even read a local-only post that names them.
    if viewer is None or not viewer.is_local:
        present = f"{alias}.local_only = 0 AND {present}"
    if viewer is None:
        return f"({alias}.visibility IN ('public', 'unlisted') AND {present})", []
    named = f"SELECT 1 FROM mentions named WHERE named.post_id = {alias}.id AND named.account_id = ?"
    blocking = f"SELECT 1 FROM blocks WHERE blocks.account_id = {alias}.author_id AND blocks.target_id = ?"
    sql = (
        f"(({alias}.visibility IN ('public', 'unlisted') OR {alias}.author_id = ? OR EXISTS ({named})"
        f" OR ({alias}.visibility = 'followers' AND {_followed(alias)}))"
        f" AND NOT EXISTS ({blocking}) AND {present})"
    )
    return sql, [viewer.id] * 4


def _followed(alias: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM follows WHERE follows.follower_id = ?"
        f" AND follows.target_id = {alias}.author_id AND follows.state = 'accepted')"
    )
