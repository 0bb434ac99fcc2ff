"""Preview cards: which card an address has, who posted it, and what posts quote."""

from collections.abc import Sequence

from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.queries import snapshots
from fedi.queries.paging import Page
from fedi.queries.rows import among
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import every, unhidden, unsilenced, visible
from fedi.server import Server


async def by_hash(url_hash: str) -> PreviewCard | None:
    """Find the card of an address by its digest (`fedi.actions.cards.hash_of`)."""
    return await PreviewCard.get_or_none(url_hash=url_hash)


async def posts_with(
    server: Server, viewer: Account | None, card: PreviewCard, page: Page
) -> list[PostSnapshot]:
    """Load the public posts that a page is linked from."""
    where, values = every(
        [
            ("p.card_id = ? AND p.visibility = 'public'", [card.id]),
            page.clause("p.id"),
            visible(viewer),
            unhidden(viewer, server.clock.now()),
            unsilenced(viewer),
        ]
    )
    rows = await server.db.rows(
        f"SELECT p.id FROM posts p WHERE {where} ORDER BY {page.order('p.id')} LIMIT ?",
        [*values, page.limit],
    )
    return await snapshots.by_ids(server, page.arrange([row["id"] for row in rows]), viewer)


async def quoted_urls(server: Server, ids: Sequence[int]) -> dict[int, str]:
    """Load the addresses of what these posts quote, which stand in them as links for other readers."""
    condition, values = among("q.post_id", ids)
    rows = await server.db.rows(
        "SELECT q.post_id, coalesce(nullif(p.url, ''), q.quoted_uri) AS url FROM quotes q"
        f" LEFT JOIN posts p ON p.id = q.quoted_id WHERE {condition}",
        values,
    )
    return {row["post_id"]: row["url"] for row in rows}
