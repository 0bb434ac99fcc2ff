"""Emoji reactions to posts, counted and listed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fedi.activitypub.reactions import Emote
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.interactions import Reaction
from fedi.models.posts import Post
from fedi.queries.presence import present
from fedi.queries.rows import among, columns, made
from fedi.server import Server
from fedi.text.emoji import is_emoji

MOST_LISTED = 200
# What the column holds beside the two colons.
_MAX_NAME = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionView:
    """How many reacted to a post with one emoji; `image_url` is "" for Unicode's own."""

    emoji: str
    image_url: str
    count: int
    is_mine: bool

    @property
    def name(self) -> str:
        """The emoji itself, or the name of a custom one without colons."""
        return self.emoji.strip(":") if self.image_url else self.emoji


async def of_posts(
    server: Server, post_ids: Sequence[int], viewer_id: int | None
) -> dict[int, list[ReactionView]]:
    """Count the reactions to posts, each post's emoji in the order in which they first came."""
    if not post_ids:
        return {}
    condition, values = among("post_id", post_ids)
    rows = await server.db.rows(
        "SELECT post_id, emoji, image_url, count(*) AS count, max(account_id = ?) AS mine FROM reactions"
        f" WHERE {condition} GROUP BY post_id, emoji, image_url ORDER BY min(id)",
        [viewer_id or 0, *values],
    )
    found: defaultdict[int, list[ReactionView]] = defaultdict(list)
    for row in rows:
        view = ReactionView(
            emoji=row["emoji"], image_url=row["image_url"], count=row["count"], is_mine=bool(row["mine"])
        )
        found[row["post_id"]].append(view)
    return dict(found)


async def who_reacted(server: Server, post: Post, viewer: Account | None) -> dict[str, list[Account]]:
    """Load who reacted to a post, by emoji, the first 200 whom the viewer does not block."""
    rows = await server.db.rows(
        f"SELECT k.emoji AS emoji, {columns(Account, 'a')} FROM reactions k"
        f" JOIN accounts a ON a.id = k.account_id WHERE k.post_id = ? AND {present('a')}"
        " AND a.id NOT IN (SELECT target_id FROM blocks WHERE account_id = ?) ORDER BY k.id LIMIT ?",
        [post.id, viewer.id if viewer else 0, MOST_LISTED],
    )
    found: defaultdict[str, list[Account]] = defaultdict(list)
    for row in rows:
        found[row.pop("emoji")].append(made(Account, row))
    return dict(found)


async def emote_for(post: Post, text: str) -> Emote:
    """Give the emoji that somebody picked for a post: any of Unicode's, or a custom one that it has already.

    Custom ones are named `:name:`, `name` or `name@host`. Raises Invalid for all else.
    """
    if is_emoji(text):
        return Emote(emoji=text)
    name = text.strip(":").partition("@")[0]
    if len(name) > _MAX_NAME:
        raise Invalid("emoji", "is not one that can be used here")
    known = await Reaction.filter(post_id=post.id, emoji=f":{name}:").exclude(image_url="").first()
    if known is None:
        raise Invalid("emoji", "is not one that can be used here")
    return Emote(emoji=known.emoji, image_url=known.image_url)
