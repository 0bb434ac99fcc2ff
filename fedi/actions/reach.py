"""Who holds a copy of a post or a profile of ours, and so must hear that it changed or is gone."""

from collections.abc import Sequence

from fedi.models.accounts import Account
from fedi.models.posts import Mention, Post
from fedi.queries import accounts as account_queries
from fedi.queries import relays
from fedi.server import Server

# An actor's news goes to those whom it named or followed lately, as Mastodon does; older ones fetch it.
_RECENT_POSTS = 100
_RECENT_FOLLOWS = 100
_RECENT_ACCOUNTS = 200
_ACCOUNTS_A_QUERY = 5_000
_QUOTED = (
    "SELECT quoted.author_id FROM quotes own JOIN posts quoted ON quoted.id = own.quoted_id"
    " JOIN posts quoting ON quoting.id = own.post_id"
    " WHERE own.post_id = ? AND quoting.visibility IN ('public', 'unlisted')"
)


def goes_out(post: Post) -> bool:
    """Whether other servers are told of a post, and of what is done to it; a local-only one stays here."""
    return not post.local_only


def goes_to_followers(post: Post) -> bool:
    """Whether a post is addressed to its author's followers; others go to those they name alone."""
    return post.visibility in {"public", "unlisted", "followers"}


async def addressed(server: Server, post: Post) -> list[Account]:
    """Give the remote accounts that a post names, silently too, and of an open one whom it answers or quotes.

    These are sent it even unnamed, so that the thread is whole there.
    """
    rows = await server.db.rows(
        f"SELECT account_id AS id FROM mentions WHERE post_id = ? UNION SELECT ? UNION {_QUOTED}",  # noqa: S608
        [post.id, _answered(post), post.id],
    )
    return await _remote([row["id"] for row in rows])


async def holders(server: Server, post: Post) -> list[Account]:
    """Give the remote accounts that have a post: addressed, or who did something with it."""
    rows = await server.db.rows(
        "SELECT account_id AS id FROM mentions WHERE post_id = ?"  # noqa: S608
        " UNION SELECT author_id FROM posts WHERE boost_of_id = ? OR in_reply_to_id = ?"
        " UNION SELECT account_id FROM favourites WHERE post_id = ?"
        " UNION SELECT account_id FROM poll_votes WHERE poll_id = (SELECT id FROM polls WHERE post_id = ?)"
        " UNION SELECT author_id FROM posts WHERE id IN (SELECT post_id FROM quotes WHERE quoted_id = ?)"
        " UNION SELECT account_id FROM remixes WHERE original_post_id = ?"
        f" UNION SELECT ? UNION {_QUOTED}",
        [*[post.id] * 7, _answered(post), post.id],
    )
    return await _remote([row["id"] for row in rows])


async def further_inboxes(server: Server, post: Post) -> list[str]:
    """Give the inboxes that relays and local boosts have carried a post to."""
    boosters = await Account.filter(
        id__in=await Post.filter(boost_of_id=post.id, local=True).values_list("author_id", flat=True)
    )
    found = dict.fromkeys(await relays_for(post))
    for booster in boosters:
        found |= dict.fromkeys(await account_queries.inboxes_of_followers(server, booster))
    return list(found)


async def relays_for(post: Post) -> list[str]:
    """Give the inboxes of the relays that a post of ours goes to: it must be for everybody."""
    return await relays.inboxes() if post.visibility == "public" else []


async def lately_met(server: Server, account: Account) -> list[Account]:
    """Give the remote accounts that one of ours named in its newest posts or asked to follow lately."""
    rows = await server.db.rows(
        "SELECT id FROM (SELECT m.account_id AS id FROM mentions m WHERE m.post_id IN"
        " (SELECT id FROM posts WHERE author_id = ? ORDER BY id DESC LIMIT ?))"
        " UNION SELECT target_id FROM (SELECT target_id FROM follows WHERE follower_id = ?"
        " ORDER BY id DESC LIMIT ?) LIMIT ?",
        [account.id, _RECENT_POSTS, account.id, _RECENT_FOLLOWS, _RECENT_ACCOUNTS],
    )
    return await _remote([row["id"] for row in rows])


async def mentioned(post: Post, *, silent: bool) -> list[int]:
    """Give the ids of the accounts that a post names, or addresses silently."""
    return [mention.account_id for mention in await Mention.filter(post_id=post.id, silent=silent)]


def _answered(post: Post) -> int | None:
    return post.in_reply_to_account_id if post.visibility in {"public", "unlisted"} else None


async def _remote(ids: Sequence[int | None]) -> list[Account]:
    known = [id_ for id_ in ids if id_ is not None]
    found: list[Account] = []
    for start in range(0, len(known), _ACCOUNTS_A_QUERY):
        batch = known[start : start + _ACCOUNTS_A_QUERY]
        found += await Account.filter(id__in=batch).exclude(domain="")
    return found
