"""Hashtags by their names, those that a person follows, and those on a profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Tag
from fedi.models.tags import FeaturedTag
from fedi.queries.paging import Page
from fedi.queries.rows import among, columns, load, made
from fedi.server import Server
from fedi.text.tokens import normalise_tag

_MAX_NAME_CHARACTERS = 255
# Which hashtags a person uses is told by this many of their newest posts.
_NEWEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Featured:
    """A hashtag on a profile, with how many open posts of its owner have it, and when the last was."""

    row: FeaturedTag
    tag_name: str
    posts_count: int
    last_post_at: datetime | None


async def by_name(name: str) -> Tag | None:
    """Find a hashtag in any spelling, with its # or not."""
    normal = normalise_tag(name)
    return await Tag.get_or_none(name=normal) if 0 < len(normal) <= _MAX_NAME_CHARACTERS else None


async def followed(server: Server, account: Account, page: Page) -> list[tuple[int, Tag]]:
    """Load the hashtags that an account follows, each with the follow's id, by which they are paged."""
    bounds, values = page.clause("k.id")
    rows = await server.db.rows(
        f"SELECT k.id AS row_id, {columns(Tag, 't')} FROM followed_tags k JOIN tags t ON t.id = k.tag_id"
        f" WHERE k.account_id = ? AND {bounds} ORDER BY {page.order('k.id')} LIMIT ?",
        [account.id, *values, page.limit],
    )
    return page.arrange([(row.pop("row_id"), made(Tag, row)) for row in rows])


async def marks(server: Server, viewer: Account, tag_ids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Give those of some hashtags that the viewer follows, and those that they feature."""
    if not tag_ids:
        return set(), set()
    condition, values = among("tag_id", tag_ids)
    rows = await server.db.rows(
        f"SELECT 1 AS follows, tag_id FROM followed_tags WHERE account_id = ? AND {condition}"
        f" UNION ALL SELECT 0, tag_id FROM featured_tags WHERE account_id = ? AND {condition}",
        [viewer.id, *values] * 2,
    )
    return (
        {row["tag_id"] for row in rows if row["follows"]},
        {row["tag_id"] for row in rows if not row["follows"]},
    )


async def featured(server: Server, account: Account) -> list[Featured]:
    """Load the hashtags on an account's profile, the most used first."""
    rows = await server.db.rows(
        f"SELECT {columns(FeaturedTag, 'k')}, t.name AS tag_name, count(p.id) AS posts_count,"
        " max(p.published_at) AS last_post_at FROM featured_tags k JOIN tags t ON t.id = k.tag_id"
        " LEFT JOIN (post_tags pt CROSS JOIN posts p ON p.id = pt.post_id AND p.author_id = ?"
        " AND p.visibility IN ('public', 'unlisted')) ON pt.tag_id = k.tag_id"
        " WHERE k.account_id = ? GROUP BY k.id ORDER BY posts_count DESC, k.id",
        [account.id, account.id],
    )
    return [
        Featured(
            tag_name=row.pop("tag_name"),
            posts_count=row.pop("posts_count"),
            last_post_at=datetime.fromisoformat(last) if (last := row.pop("last_post_at")) else None,
            row=made(FeaturedTag, row),
        )
        for row in rows
    ]


async def featured_one(account: Account, id_: int) -> FeaturedTag:
    """Give one of the hashtags on an account's profile by its row. Raises NotFound."""
    found = await FeaturedTag.get_or_none(id=id_, account_id=account.id)
    if found is None:
        raise NotFound
    return found


async def suggested(server: Server, account: Account, limit: int) -> list[Tag]:
    """Load the hashtags that an account uses most of late and does not feature."""
    return await load(
        server,
        Tag,
        "JOIN (SELECT pt.tag_id, count(*) AS uses FROM"
        " (SELECT id FROM posts WHERE author_id = ? ORDER BY id DESC LIMIT ?) mine"
        " CROSS JOIN post_tags pt ON pt.post_id = mine.id GROUP BY pt.tag_id) used ON used.tag_id = t.id"
        " WHERE NOT EXISTS (SELECT 1 FROM featured_tags f WHERE f.account_id = ? AND f.tag_id = t.id)"
        " ORDER BY used.uses DESC, t.name LIMIT ?",
        [account.id, _NEWEST, account.id, limit],
        alias="t",
    )
