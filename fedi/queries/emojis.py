"""Custom emoji of this server: the list of them, and what texts name."""

from collections.abc import Iterable
from typing import Any

from fedi.activitypub.uris import LocalUris
from fedi.models.emoji import CustomEmoji
from fedi.server import Server
from fedi.text.tokens import Kind, find_tokens

# As many as peers read of one post.
_MOST = 100
_MAX_SHORTCODE = 128


async def listed() -> list[CustomEmoji]:
    """Load the emoji that may be used, by category and name."""
    return await CustomEmoji.filter(disabled_at=None).order_by("category", "shortcode")


async def named_in(server: Server, *texts: str) -> list[dict[str, Any]]:
    """Give the emoji that plain texts name, as rows keep them (`kept`), the first hundred of them."""
    names = _shortcodes(texts)
    if not names:
        return []
    found = await CustomEmoji.filter(shortcode__in=names, disabled_at=None)
    rows = {row.shortcode: row for row in found}
    return [kept(rows[name], server.uris) for name in names if name in rows]


def kept(row: CustomEmoji, uris: LocalUris) -> dict[str, Any]:
    """Give an emoji as posts and accounts keep it: name, addresses, and what peers are told of it."""
    return {
        "shortcode": row.shortcode,
        "url": uris.media(row.file_key),
        "static_url": uris.media(row.static_key),
        "media_type": row.media_type,
        "updated": row.created_at.isoformat(timespec="seconds"),
    }


def _shortcodes(texts: Iterable[str]) -> list[str]:
    names = (
        token.value
        for text in texts
        if ":" in text
        for token in find_tokens(text)
        if token.kind is Kind.EMOJI
    )
    return [name for name in dict.fromkeys(names) if len(name) <= _MAX_SHORTCODE][:_MOST]
