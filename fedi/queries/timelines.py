"""Lists of posts: home, public, by tag, by author, favourites, bookmarks.

Each asks for ids by SQL that contains the rule of `visibility`, then loads the posts.
"""

from collections.abc import Sequence
from typing import Any

from fedi.models.accounts import Account
from fedi.queries import homes, snapshots
from fedi.queries.paging import Page
from fedi.queries.rows import among
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import Clause, every, unhidden, unsilenced, visible
from fedi.server import Server
from fedi.text.tokens import normalise_tag

_HAS_MEDIA = "EXISTS (SELECT 1 FROM media_attachments m WHERE m.post_id = p.id)"
_NO_REPLY_TO_OTHERS = (
    "((p.in_reply_to_id IS NULL AND p.in_reply_to_uri = '') OR p.in_reply_to_account_id = p.author_id)"
)
_TAGGED = (
    "EXISTS (SELECT 1 FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id AND t.name"
)


async def home(server: Server, viewer: Account, page: Page) -> list[PostSnapshot]:
    """Load what `viewer` and those they follow post and boost (`fedi.queries.homes` says what of it)."""
    return await snapshots.by_ids(server, await homes.ids(server, viewer, page), viewer)


async def public(server: Server, viewer: Account | None, page: Page, **which: bool) -> list[PostSnapshot]:
    """Load what `public_ids` finds."""
    return await snapshots.by_ids(server, await public_ids(server, viewer, page, **which), viewer)


async def public_ids(
    server: Server,
    viewer: Account | None,
    page: Page,
    *,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[int]:
    """Find what everybody posts in public, without boosts and answers to others."""
    clauses = [(_NO_REPLY_TO_OTHERS, ()), *_feed(server, viewer, local=local, remote=remote)]
    if only_media:
        return await _page_by(server, page, "media_attachments", clauses)
    return await _page(server, page, clauses)


async def tag(
    server: Server, viewer: Account | None, name: str, page: Page, **which: Any
) -> list[PostSnapshot]:
    """Load what `tag_ids` finds."""
    return await snapshots.by_ids(server, await tag_ids(server, viewer, name, page, **which), viewer)


async def tag_ids(
    server: Server,
    viewer: Account | None,
    name: str,
    page: Page,
    *,
    any_of: Sequence[str] = (),
    all_of: Sequence[str] = (),
    none_of: Sequence[str] = (),
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[int]:
    """Find the public posts with a hashtag (or one of `any_of` as well), with all and none of some others."""
    wanted, names = among("name", list({normalise_tag(each) for each in (name, *any_of)}))
    tags = await server.db.rows(f"SELECT id FROM tags WHERE {wanted}", names)
    if not tags:
        return []
    clauses: list[Clause] = [among("k.tag_id", [row["id"] for row in tags])]
    clauses += [(f"{_TAGGED} = ?)", [normalise_tag(each)]) for each in all_of]
    clauses += [(f"NOT {_TAGGED} = ?)", [normalise_tag(each)]) for each in none_of]
    clauses += _feed(server, viewer, local=local, remote=remote)
    if only_media:
        clauses.append((_HAS_MEDIA, ()))
    return await _page_by(server, page, "post_tags", clauses)


async def of_account(
    server: Server, account: Account, viewer: Account | None, page: Page, **which: Any
) -> list[PostSnapshot]:
    """Load what `of_account_ids` finds."""
    ids = await of_account_ids(server, account, viewer, page, **which)
    return await snapshots.by_ids(server, ids, viewer)


async def of_account_ids(
    server: Server,
    account: Account,
    viewer: Account | None,
    page: Page,
    *,
    exclude_replies: bool = False,
    exclude_boosts: bool = False,
    only_media: bool = False,
    pinned: bool = False,
    tagged: str = "",
) -> list[int]:
    """Find what one account posts and boosts; `pinned`: the pinned posts only, the last pinned first."""
    clauses: list[Clause] = [("p.author_id = ?", [account.id]), visible(viewer), _boosts_unblocked(viewer)]
    if exclude_replies:
        clauses.append((_NO_REPLY_TO_OTHERS, ()))
    if exclude_boosts:
        clauses.append(("p.boost_of_id IS NULL", ()))
    if only_media:
        clauses.append((_HAS_MEDIA, ()))
    if tagged:
        clauses.append((f"{_TAGGED} = ?)", [normalise_tag(tagged)]))
    if pinned:
        return [id_ for _, id_ in await _marked_ids(server, "pins", account, page, clauses)]
    return await _page(server, page, clauses)


async def favourites(server: Server, viewer: Account, page: Page) -> list[tuple[int, PostSnapshot]]:
    """Load what `viewer` made a favourite, each with the favourite's id, by which the list is paged."""
    return await _marked(server, "favourites", viewer, viewer, page, [visible(viewer)])


async def bookmarks(server: Server, viewer: Account, page: Page) -> list[tuple[int, PostSnapshot]]:
    """Load what `viewer` bookmarked, each with the bookmark's id, by which the list is paged."""
    return await _marked(server, "bookmarks", viewer, viewer, page, [visible(viewer)])


def _feed(server: Server, viewer: Account | None, *, local: bool, remote: bool) -> list[Clause]:
    """What the feeds of everybody's posts have in common."""
    now = server.clock.now()
    clauses: list[Clause] = [("p.visibility = 'public' AND p.boost_of_id IS NULL", ())]
    if local or remote:
        clauses.append(("p.local = ?", [int(local)]))
    return [*clauses, visible(viewer), unhidden(viewer, now), unsilenced(viewer)]


def _boosts_unblocked(viewer: Account | None) -> Clause:
    """On a profile that one opens, boosts of those whom one blocks are left out; mutes do not count."""
    if viewer is None:
        return "1", ()
    blocked = (
        "SELECT 1 FROM posts b JOIN blocks ON blocks.target_id = b.author_id AND blocks.account_id = ?"
        " WHERE b.id = p.boost_of_id"
    )
    return f"NOT EXISTS ({blocked})", [viewer.id]


async def _page(server: Server, page: Page, clauses: Sequence[Clause]) -> list[int]:
    where, values = every([page.clause("p.id"), *clauses])
    rows = await server.db.rows(
        f"SELECT p.id FROM posts p WHERE {where} ORDER BY {page.order('p.id')} LIMIT ?",
        [*values, page.limit],
    )
    return page.arrange([row["id"] for row in rows])


async def _page_by(server: Server, page: Page, table: str, clauses: Sequence[Clause]) -> list[int]:
    """Find posts that have rows `k` in a table by its index on posts, so that rare ones are found as fast."""
    where, values = every([page.clause("k.post_id"), *clauses])
    rows = await server.db.rows(
        f"SELECT DISTINCT k.post_id AS id FROM {table} k CROSS JOIN posts p ON p.id = k.post_id"
        f" WHERE {where} ORDER BY {page.order('k.post_id')} LIMIT ?",
        [*values, page.limit],
    )
    return page.arrange([row["id"] for row in rows])


async def _marked(
    server: Server,
    table: str,
    account: Account,
    viewer: Account | None,
    page: Page,
    clauses: Sequence[Clause],
) -> list[tuple[int, PostSnapshot]]:
    """Load the posts that `account` marked in a table of marks, by the marks' ids."""
    marked = await _marked_ids(server, table, account, page, clauses)
    mark_ids = {id_: mark_id for mark_id, id_ in marked}
    found = await snapshots.by_ids(server, list(mark_ids), viewer)
    return [(mark_ids[each.post.id], each) for each in found]


async def _marked_ids(
    server: Server, table: str, account: Account, page: Page, clauses: Sequence[Clause]
) -> list[tuple[int, int]]:
    """Find (mark's id, post's id) of what `account` marked in a table of marks, by the marks' ids."""
    where, values = every([("k.account_id = ?", [account.id]), page.clause("k.id"), *clauses])
    rows = await server.db.rows(
        f"SELECT k.id AS mark_id, p.id FROM {table} k JOIN posts p ON p.id = k.post_id"
        f" WHERE {where} ORDER BY {page.order('k.id')} LIMIT ?",
        [*values, page.limit],
    )
    return page.arrange([(row["mark_id"], row["id"]) for row in rows])
