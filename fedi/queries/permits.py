"""What a post's author lets somebody do with it, as far as we can tell (`fedi.activitypub.policies`).

Whether the post may be seen at all is `visibility`'s question and comes first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import orjson

from fedi.activitypub.policies import Deed, Permission, Policy, Rule, Standing, decide
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.errors import Forbidden
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries.rows import among
from fedi.server import Server

Tie = Literal["follows", "followed"]
Ties = Mapping[int, Collection[Tie]]

_OPEN = {"public", "unlisted"}
# What shows something of a post elsewhere; those that depend on how two people stand.
_SHOWING: Collection[Deed] = ("quote", "remix")
_TIED = {"following", "followers"}
_REFUSALS: dict[Deed, str] = {
    "like": "The author of this post does not accept likes from you.",
    "reply": "The author of this post does not accept replies from you.",
    "announce": "The author of this post does not let you boost it.",
    "quote": "The author of this post does not let you quote it.",
    "remix": "The author of this post does not let you restyle its pictures.",
}
# Who may restyle one's pictures: nobody, those who were allowed after they asked, or all of a group.
REMIX_POLICIES = ("nobody", "ask", "following", "followers", "everyone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """What somebody may do with a post; False is said only of what its author surely denies."""

    like: bool = True
    reply: bool = True
    boost: bool = True
    quote: Permission = "denied"
    remix: Permission = "denied"


# What holds where a remote author says nothing, and for who is not signed in.
SILENT = Permits()


def policy_of(post: Post, author: Account) -> Policy:
    """Give a post's policy: of ours, who may quote it and restyle it; of others, what their server said.

    A post that is not for everybody is quoted and restyled by nobody but its author, whatever was chosen.
    """
    if not post.local:
        return _policy(orjson.dumps(post.interaction_policy))
    chosen = post.quote_policy if post.visibility in _OPEN else "nobody"
    named = {"public": PUBLIC, "followers": Uri(author.followers_url)}.get(chosen, Uri(author.uri))
    remix = remix_rule(author, post.remix_policy) if post.visibility in _OPEN else None
    return Policy(quote=Rule(automatic=(named,)), remix=remix)


def remix_rule(author: Account, chosen: str = "") -> Rule | None:
    """Give who may restyle pictures of one of ours, by their usual choice or that for one post."""
    match chosen or author.remix_policy:
        case "ask":
            return Rule(manual=(PUBLIC,))
        case "following":
            return Rule(automatic=(Uri(author.following_url),))
        case "followers":
            return Rule(automatic=(Uri(author.followers_url),))
        case "everyone":
            return Rule(automatic=(PUBLIC,))
        case _:
            return None


@lru_cache(maxsize=1024)
def _policy(stored: bytes) -> Policy:
    """Read a stored policy; most posts of a server have the same few."""
    return Policy.from_json(orjson.loads(stored))


def permits_of(
    post: Post, author: Account, viewer: Account | None, *, ties: Collection[Tie], mentioned: bool
) -> Permits:
    """Tell what `viewer` may do with a post; `ties` are how the two stand."""
    if viewer is None or (not post.local and post.interaction_policy is None):
        return SILENT
    standing = _standing(viewer, author, ties, is_mentioned=mentioned)
    policy = policy_of(post, author)
    answers = {deed: _decide(policy, post, author, deed, standing) for deed in _REFUSALS}
    return Permits(
        like=answers["like"] != "denied",
        reply=answers["reply"] != "denied",
        boost=answers["announce"] != "denied",
        quote=answers["quote"],
        remix=answers["remix"],
    )


async def avatar_permission(server: Server, account: Account, owner: Account) -> Permission:
    """Tell whether one of ours lets `account` restyle their avatar: as it is with their posts."""
    rule = remix_rule(owner)
    ties = await _ties(server, account, [owner.id]) if rule else {}
    standing = _standing(account, owner, ties.get(owner.id, ()))
    return _judged(Policy(remix=rule), owner, "remix", standing)


async def ties_of(
    server: Server, viewer: Account | None, posts: Iterable[Post], authors: Mapping[int, Account]
) -> Ties:
    """Load how `viewer` stands to the authors (by their ids) of posts whose policies depend on that."""
    return await _ties(
        server, viewer, {post.author_id for post in posts if depends(post, authors[post.author_id])}
    )


async def _ties(server: Server, viewer: Account | None, authors: Collection[int]) -> Ties:
    found: defaultdict[int, set[Tie]] = defaultdict(set)
    if viewer is None or not authors:
        return found
    followed, values = among("target_id", list(authors))
    following = among("follower_id", list(authors))[0]
    rows = await server.db.rows(
        f"SELECT target_id AS id, 'follows' AS tie FROM follows WHERE follower_id = ? AND {followed}"
        f" AND state = 'accepted' UNION ALL SELECT follower_id, 'followed' FROM follows"
        f" WHERE target_id = ? AND {following} AND state = 'accepted'",
        [viewer.id, *values, viewer.id, *values],
    )
    for row in rows:
        found[row["id"]].add(row["tie"])
    return found


async def permission(server: Server, account: Account, post: Post, author: Account, deed: Deed) -> Permission:
    """Tell whether the author lets `account` do something with a post."""
    ties = (await ties_of(server, account, [post], {author.id: author})).get(author.id, ())
    is_mentioned = deed == "reply" and await _is_mentioned(server, account, post)
    standing = _standing(account, author, ties, is_mentioned=is_mentioned)
    return _decide(policy_of(post, author), post, author, deed, standing)


async def require(server: Server, account: Account, post: Post, deed: Deed) -> None:
    """Raise Forbidden when one of ours wants what the author of a remote post surely denies.

    What others do with posts of others is for their own servers to judge.
    """
    if not account.is_local or post.local or post.interaction_policy is None:
        return
    author = await Account.get(id=post.author_id)
    if await permission(server, account, post, author, deed) == "denied":
        raise refusal(deed)


def refusal(deed: Deed) -> Forbidden:
    """Give the error that says no."""
    return Forbidden(_REFUSALS[deed])


def _standing(
    account: Account, author: Account, ties: Collection[Tie], *, is_mentioned: bool = False
) -> Standing:
    return Standing(
        uri=Uri(account.uri),
        is_author=account.id == author.id,
        is_mentioned=is_mentioned,
        follows="follows" in ties,
        is_followed="followed" in ties,
    )


def _decide(policy: Policy, post: Post, author: Account, deed: Deed, standing: Standing) -> Permission:
    if deed in _SHOWING and (post.visibility == "direct" or post.boost_of_id is not None):
        return "denied"
    if deed in _SHOWING and post.visibility not in _OPEN and not standing.is_author:
        return "denied"
    if deed == "remix" and not author.is_local and not author.indexable:
        # Who does not want to be found by machines does not want them to work on their pictures (19.3).
        return "denied"
    return _judged(policy, author, deed, standing)


def _judged(policy: Policy, author: Account, deed: Deed, standing: Standing) -> Permission:
    return decide(
        policy,
        deed,
        standing,
        author=Uri(author.uri),
        followers=Uri(author.followers_url) if author.followers_url else None,
        following=Uri(author.following_url) if author.following_url else None,
    )


def depends(post: Post, author: Account) -> bool:
    """Say whether what somebody may do with a post depends on how they stand to its author."""
    if not post.local:
        return post.interaction_policy is not None
    return post.quote_policy == "followers" or (post.remix_policy or author.remix_policy) in _TIED


async def _is_mentioned(server: Server, account: Account, post: Post) -> bool:
    rows = await server.db.rows(
        "SELECT 1 FROM mentions WHERE post_id = ? AND account_id = ?", [post.id, account.id]
    )
    return bool(rows)
