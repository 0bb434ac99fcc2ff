"""Link previews: which posts want one, and what was read of a page.

A page is read once for all posts that link to it, and not at once: when a post goes round, every server that
gets it would ask at the same second.
"""

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from fedi.activitypub.reader import host_of, is_http_uri
from fedi.jobs.kinds import ReadPage
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.cards import PreviewCard
from fedi.models.posts import Post
from fedi.queries import cards
from fedi.queries.rows import among, load
from fedi.server import Server

# Our own people want to see the preview; what comes from elsewhere waits for the crowd to pass.
_OWN_SECONDS, _OTHERS_SECONDS = (0.0, 1.0), (5.0, 60.0)
_MAX_URL = 2048
_ANCHOR = re.compile(r"<a\s([^<>]{1,4000})>", re.IGNORECASE)
_HREF = re.compile(r"\bhref=\"([^\"<>]*)\"", re.IGNORECASE)
_NO_PREVIEW = re.compile(
    r"\b(?:class=\"[^\"]*\b(?:mention|hashtag|u-url)\b|rel=\"[^\"]*\btag\b)", re.IGNORECASE
)


async def find_links(server: Server, ids: Sequence[int]) -> None:
    """Give each of these posts the card of its first link, unread ones with a job; in your transaction."""
    if not server.settings.reading.previews:
        return
    condition, values = among("r.id", ids)
    quoted = await cards.quoted_urls(server, ids)
    for post in await load(server, Post, f"WHERE {condition} AND r.boost_of_id IS NULL", values):
        url = first_link(server, post.content, but=quoted.get(post.id, ""))
        card = await _card_of(server, url, is_ours=post.local) if url else None
        if post.card_id != (card.id if card else None):
            await Post.filter(id=post.id).update(card_id=card.id if card else None)


def first_link(server: Server, content: str, *, but: str = "") -> str:
    """Give the address of the first link in a text (HTML) that leads to a page out there, or "".

    Mentions, hashtags, our own pages and what is quoted (`but`) need no preview.
    """
    for found in _ANCHOR.finditer(content):
        href = _HREF.search(found[1])
        if href is None or _NO_PREVIEW.search(found[1]):
            continue
        url = unescape(href[1]).partition("#")[0]
        if len(url) <= _MAX_URL and is_http_uri(url) and not server.uris.is_local(url) and url != but:
            return url
    return ""


def hash_of(url: str) -> str:
    """Give what a card is found by: the digest of its address, with scheme and host in lower case."""
    parts = urlsplit(url)
    normal = parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), fragment="")
    return hashlib.sha256(normal.geturl().encode()).hexdigest()


async def fill(server: Server, card: PreviewCard, columns: Mapping[str, Any]) -> None:
    """Store what was read of a page; with no columns, that there is nothing to show."""
    state = "ready" if columns else "none"
    async with server.db.transaction():
        changed = {**columns, "state": state, "fetched_at": server.clock.now()}
        await PreviewCard.filter(id=card.id).update(**changed)


async def _card_of(server: Server, url: str, *, is_ours: bool) -> PreviewCard:
    digest = hash_of(url)
    known = await cards.by_hash(digest)
    if known is not None:
        return known
    card = await PreviewCard.create(
        id=server.new_id(), url_hash=digest, url=url, created_at=server.clock.now()
    )
    shortest, longest = _OWN_SECONDS if is_ours else _OTHERS_SECONDS
    await enqueue(
        server,
        NewJob(
            work=ReadPage(card_id=card.id),
            unique_key=f"card:{card.id}",
            group_key=host_of(url),
            wait_seconds=random.uniform(shortest, longest),  # noqa: S311  spreads load, hides nothing
        ),
    )
    return card
