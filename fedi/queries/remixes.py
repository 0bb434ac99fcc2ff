"""Remixes, as somebody may know them: what a post is made from, what was made from it, who asks whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.posts import Post
from fedi.queries.paging import Page
from fedi.queries.rows import among, load, load_by_id
from fedi.queries.visibility import every, posts_for, unhidden, visible
from fedi.server import Server

# What counts below an original: remixes that everybody may see.
COUNTED = (
    "FROM remixes m JOIN posts q ON q.id = m.post_id AND q.visibility IN ('public', 'unlisted')"
    " WHERE m.state = 'accepted'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemixLink:
    """That a post shows a remix of a picture by `owner`; `original` is its post, if the viewer may see it."""

    row: Remix
    owner: Account
    original: Post | None

    @property
    def page(self) -> str:
        """Where the original can be seen; of an avatar, the profile."""
        if self.row.original_post_id is None:
            return self.owner.url or self.owner.uri
        return (self.original.url if self.original else "") or self.row.original_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class RemixView:
    """A request with both sides. `original` (the picture) and its post are None where they are gone."""

    row: Remix
    asker: Account
    owner: Account
    original: MediaAttachment | None
    original_post: Post | None
    post: Post | None


async def of_posts(server: Server, ids: Sequence[int], viewer: Account | None) -> dict[int, RemixLink]:
    """Load what the posts with these ids are made from, by their ids; only what stands."""
    if not ids:
        return {}
    condition, values = among("r.post_id", ids)
    rows = await load(server, Remix, f"WHERE {condition} AND r.state = 'accepted'", values)
    owners = await load_by_id(server, Account, [row.original_account_id for row in rows])
    wanted = {row.original_post_id for row in rows if row.original_post_id is not None}
    seen = {post.id: post for post in await posts_for(server, viewer, list(wanted))}
    return {
        row.post_id or 0: RemixLink(
            row=row, owner=owners[row.original_account_id], original=seen.get(row.original_post_id or 0)
        )
        for row in rows
    }


async def made_from(
    server: Server, original: Post, viewer: Account | None, page: Page
) -> list[tuple[int, int]]:
    """List the posts that show remixes of a post's pictures: (id of the remix, id of the post)."""
    bounds, bound_values = page.clause("m.id")
    sql, values = every([visible(viewer), unhidden(viewer, server.clock.now())])
    rows = await server.db.rows(
        "SELECT m.id AS row_id, m.post_id FROM remixes m JOIN posts p ON p.id = m.post_id"
        f" WHERE m.original_post_id = ? AND m.state = 'accepted' AND {bounds} AND {sql}"
        f" ORDER BY {page.order('m.id')} LIMIT ?",
        [original.id, *bound_values, *values, page.limit],
    )
    return [(row["row_id"], row["post_id"]) for row in page.arrange(rows)]


async def of_account(
    server: Server, account: Account, page: Page, *, received: bool, states: Sequence[str] = ()
) -> list[RemixView]:
    """Load what an account asked, or with `received` was asked, newest first."""
    bounds, values = page.clause("r.id")
    side = "original_account_id" if received else "account_id"
    state, named = among("r.state", states) if states else ("1", [])
    rows = await load(
        server,
        Remix,
        f"WHERE r.{side} = ? AND {bounds} AND {state} ORDER BY {page.order('r.id')} LIMIT ?",
        [account.id, *values, *named, page.limit],
    )
    return await views(server, page.arrange(rows))


async def views(server: Server, rows: Sequence[Remix]) -> list[RemixView]:
    """Load what belongs to some remixes."""
    people = await load_by_id(
        server, Account, [id_ for row in rows for id_ in (row.account_id, row.original_account_id)]
    )
    pictures = await load_by_id(server, MediaAttachment, [row.original_id for row in rows if row.original_id])
    posts = await load_by_id(
        server, Post, [id_ for row in rows for id_ in (row.original_post_id, row.post_id) if id_]
    )
    return [
        RemixView(
            row=row,
            asker=people[row.account_id],
            owner=people[row.original_account_id],
            original=pictures.get(row.original_id or 0),
            original_post=posts.get(row.original_post_id or 0),
            post=posts.get(row.post_id or 0),
        )
        for row in rows
    ]


async def of_picture(account: Account, media: MediaAttachment) -> Remix | None:
    """Find the consent that a picture of the account's own rests on; None for one that is all its own.

    The newest one that is not used yet, else the newest.
    """
    if not media.based_on_uri:
        return None
    found = await Remix.filter(account_id=account.id, original_uri=media.based_on_uri).order_by("-id")
    unused = (row for row in found if row.state == "accepted" and row.post_id is None)
    return next(unused, found[0] if found else None)
