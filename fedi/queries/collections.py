"""Who follows whom, who liked and boosted what, and what an account shows the world (ActivityPub 5)."""

from datetime import datetime

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.relationships import Follow, Mute
from fedi.queries import snapshots, timelines
from fedi.queries.paging import Page
from fedi.queries.presence import present
from fedi.queries.rows import columns, made
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import every, unhidden, visible
from fedi.server import Server

Listed = list[tuple[int, Account]]


async def followers(server: Server, account: Account, page: Page) -> Listed:
    """Load who follows the account, each with the follow's id, by which the list is paged."""
    return await listed(
        server, "follows k", "follower_id", "k.target_id = ? AND k.state = 'accepted'", account.id, page
    )


async def following(server: Server, account: Account, page: Page) -> Listed:
    """Load whom the account follows, each with the follow's id, by which the list is paged."""
    return await listed(
        server, "follows k", "target_id", "k.follower_id = ? AND k.state = 'accepted'", account.id, page
    )


async def favourited_by(server: Server, post: Post, page: Page) -> Listed:
    """Load who made the post a favourite, each with the favourite's id."""
    return await listed(server, "favourites k", "account_id", "k.post_id = ?", post.id, page)


async def boosted_by(server: Server, post: Post, page: Page) -> Listed:
    """Load who boosted the post for all to see, each with the boost's id."""
    return await listed(
        server,
        "posts k",
        "author_id",
        "k.boost_of_id = ? AND k.visibility IN ('public', 'unlisted')",
        post.id,
        page,
    )


async def asking(server: Server, account: Account, page: Page) -> Listed:
    """Load who waits to be let in as a follower, each with the follow's id."""
    return await listed(
        server, "follows k", "follower_id", "k.target_id = ? AND k.state = 'pending'", account.id, page
    )


async def asking_count(server: Server, account: Account) -> int:
    """Count who waits to be let in as a follower."""
    rows = await server.db.rows(
        "SELECT count(*) AS count FROM follows WHERE target_id = ? AND state = 'pending'", [account.id]
    )
    return int(rows[0]["count"])


async def blocked(server: Server, account: Account, page: Page) -> Listed:
    """Load whom the account blocks, each with the block's id."""
    return await listed(server, "blocks k", "target_id", "k.account_id = ?", account.id, page)


async def muted(server: Server, account: Account, page: Page) -> Listed:
    """Load whom the account still mutes, each with the mute's id."""
    condition = "k.account_id = ? AND (k.expires_at IS NULL OR k.expires_at > ?)"
    return await listed(server, "mutes k", "target_id", condition, account.id, page, server.clock.now())


async def endorsed(server: Server, account: Account, page: Page) -> Listed:
    """Load whom the account recommends, each with the endorsement's id."""
    return await listed(server, "endorsements k", "target_id", "k.account_id = ?", account.id, page)


async def mute_ends(mutes: Listed) -> dict[int, datetime | None]:
    """Tell when mutes end, by their ids as `muted` gives them; None: never."""
    ids = [0, *(id_ for id_, _ in mutes)]
    return dict(await Mute.filter(id__in=ids).values_list("id", "expires_at"))


async def request_of(account: Account, follower: Account) -> Follow:
    """Give the follow that waits for the account's yes, or raise NotFound."""
    found = await Follow.get_or_none(follower_id=follower.id, target_id=account.id, state="pending")
    if found is None:
        raise NotFound
    return found


async def outbox(
    server: Server, account: Account, page: Page, viewer: Account | None = None
) -> list[PostSnapshot]:
    """Load what the account posts and boosts for the viewer to read, newest first (ActivityPub 5.1)."""
    return await timelines.of_account(server, account, viewer, page)


async def outbox_count(server: Server, account: Account) -> int:
    """Count what the account posts and boosts for anybody to read."""
    rows = await server.db.rows(
        "SELECT count(*) AS count FROM posts WHERE author_id = ? AND NOT local_only"
        " AND visibility IN ('public', 'unlisted')",
        [account.id],
    )
    return int(rows[0]["count"])


async def featured(server: Server, account: Account) -> list[PostSnapshot]:
    """Load the pinned posts that anybody may read, the last pinned first."""
    return await timelines.of_account(server, account, None, Page(limit=_MAX_PINNED), pinned=True)


_MAX_PINNED = 40


async def quoting(
    server: Server, post: Post, viewer: Account | None, page: Page
) -> list[tuple[int, PostSnapshot]]:
    """Load the posts that quote a post with its author's leave, each with the quote's id."""
    bounds, bound_values = page.clause("q.id")
    sql, values = every([visible(viewer), unhidden(viewer, server.clock.now())])
    rows = await server.db.rows(
        "SELECT q.id AS row_id, q.post_id FROM quotes q JOIN posts p ON p.id = q.post_id"
        f" WHERE q.quoted_id = ? AND q.state = 'accepted' AND {bounds} AND {sql}"
        f" ORDER BY {page.order('q.id')} LIMIT ?",
        [post.id, *bound_values, *values, page.limit],
    )
    ordered = page.arrange(rows)
    found = await snapshots.by_ids(server, [row["post_id"] for row in ordered], viewer)
    ids = {row["post_id"]: row["row_id"] for row in ordered}
    return [(ids[each.post.id], each) for each in found]


async def listed(
    server: Server,
    source: str,
    who: str,
    condition: str,
    value: int,
    page: Page,
    *more_values: datetime,
) -> Listed:
    """Load the present accounts that rows `k` of a table name in the column `who`, by the ids of the rows.

    `condition` has a placeholder for `value`, and then as many more as there are `more_values`.
    """
    bounds, bound_values = page.clause("k.id")
    rows = await server.db.rows(
        f"SELECT k.id AS row_id, {columns(Account, 'a')} FROM {source} JOIN accounts a ON a.id = k.{who}"
        f" WHERE {condition} AND {bounds} AND {present('a')}"
        f" ORDER BY {page.order('k.id')} LIMIT ?",
        [value, *more_values, *bound_values, page.limit],
    )
    return page.arrange([(row["row_id"], made(Account, row)) for row in rows])
