"""Numbers kept beside rows: raised and lowered in the database, in your transaction, never below zero."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from tortoise.expressions import F

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.server import Server

PostCount = Literal["replies_count", "boosts_count", "favourites_count", "quotes_count"]
AccountCount = Literal["followers_count", "following_count", "posts_count"]


async def raise_of_post(post_id: int, name: PostCount, by: int = 1) -> None:
    """Raise a post's counter."""
    await Post.filter(id=post_id).update(**{name: F(name) + by})


async def lower_of_post(post_id: int, name: PostCount) -> None:
    """Lower a post's counter by one."""
    await Post.filter(id=post_id, **{f"{name}__gt": 0}).update(**{name: F(name) - 1})


async def raise_of_account(account_id: int, name: AccountCount) -> None:
    """Raise an account's counter."""
    await Account.filter(id=account_id).update(**{name: F(name) + 1})


async def lower_of_account(account_id: int, name: AccountCount) -> None:
    """Lower an account's counter by one."""
    await Account.filter(id=account_id, **{f"{name}__gt": 0}).update(**{name: F(name) - 1})


async def post_added(server: Server, post: Post) -> None:
    """Count a new post or boost for its author; direct ones count for nobody (Mastodon: statuses_count)."""
    if post.visibility != "direct":
        # A remote post may be older than the last one that we know. Times are stored as text that sorts.
        await server.db.execute(
            "UPDATE accounts SET posts_count = posts_count + 1,"
            " last_post_at = max(coalesce(last_post_at, ''), ?) WHERE id = ?",
            [post.published_at, post.author_id],
        )
    if post.in_reply_to_id is not None and is_open(post):
        await _count_reply(post, by=1)


async def posts_added(
    server: Server, counted: Sequence[tuple[int, datetime]], answered: Sequence[int]
) -> None:
    """Count many posts as `post_added` does: (author, time) of those that count, parents of open replies."""
    posts_of: dict[int, list[datetime]] = {}
    for author_id, published_at in counted:
        posts_of.setdefault(author_id, []).append(published_at)
    await server.db.execute_many(
        "UPDATE accounts SET posts_count = posts_count + ?,"
        " last_post_at = max(coalesce(last_post_at, ''), ?) WHERE id = ?",
        [(len(times), max(times), author_id) for author_id, times in posts_of.items()],
    )
    await server.db.execute_many(
        "UPDATE posts SET replies_count = replies_count + ? WHERE id = ?",
        [(count, post_id) for post_id, count in Counter(answered).items()],
    )


async def post_removed(post: Post) -> None:
    """Take a post or boost that is about to go out of the counts."""
    if post.visibility != "direct":
        await lower_of_account(post.author_id, "posts_count")
    if post.in_reply_to_id is not None and is_open(post):
        await _count_reply(post, by=-1)
    if post.boost_of_id is not None:
        await lower_of_post(post.boost_of_id, "boosts_count")
    elif is_open(post):
        quote = await Quote.get_or_none(post_id=post.id, state="accepted")
        if quote is not None and quote.quoted_id is not None:
            await lower_of_post(quote.quoted_id, "quotes_count")


async def _count_reply(reply: Post, *, by: int) -> None:
    """Count an open reply; a local-only one only where nobody elsewhere is told of the count."""
    parent = Post.filter(id=reply.in_reply_to_id)
    if reply.local_only:
        parent = parent.filter(local_only=True)
    if by < 0:
        parent = parent.filter(replies_count__gt=0)
    await parent.update(replies_count=F("replies_count") + by)


async def claim_of_account(
    server: Server,
    account_id: int,
    *,
    followers: int | None,
    following: int | None,
    posts: int | None,
    hidden: bool | None,
) -> None:
    """Take over what a remote account's server counts, never less than we know of; None: it does not say."""
    said = {"followers_count": followers, "following_count": following, "posts_count": posts}
    async with server.db.transaction():
        seen = (await server.db.rows(_SEEN_OF_ACCOUNT, [account_id]))[0]
        values = {name: max(count, seen[name]) for name, count in said.items() if count is not None}
        if hidden is not None:
            values["hide_collections"] = hidden
        if values:
            await Account.filter(id=account_id).update(**values)


_SEEN_OF_ACCOUNT = (
    "SELECT (SELECT count(*) FROM follows WHERE target_id = ?1 AND state = 'accepted') AS followers_count,"
    " (SELECT count(*) FROM follows WHERE follower_id = ?1 AND state = 'accepted') AS following_count,"
    " (SELECT count(*) FROM posts WHERE author_id = ?1 AND visibility <> 'direct') AS posts_count"
)


def is_open(post: Post) -> bool:
    """Whether anybody may see the post: only such replies are counted, others would be betrayed by it."""
    return post.visibility in {"public", "unlisted"}
