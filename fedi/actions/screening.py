"""Whether somebody wants to hear of what happened: blocks, mutes and the policy about strangers.

Asked for each mention that arrives: one query, and more only where a policy makes it necessary.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import domains
from fedi.queries.notification_requests import DEFAULT_POLICY
from fedi.server import Server

Verdict = Literal["accept", "filter", "drop"]

# What a policy speaks of; all else was asked for by whoever is told (Mastodon).
_KEPT_BACK = frozenset({"mention", "quote", "reblog", "favourite", "follow", "follow_request"})
_FOLLOWER_FOR = timedelta(days=3)
_NEW_FOR = timedelta(days=30)


async def judge(
    server: Server, recipient: Account, kind: str, from_account: Account, post: Post | None, key: str
) -> tuple[Verdict, bool]:
    """Say what is to become of a notification, and whether the event (by its key) has been told already.

    What staff of this server say to somebody is always heard.
    """
    standing = await _standing(server, recipient, from_account, post, key)
    told = bool(standing["told"])
    if recipient.id == from_account.id or (standing["is_staff"] and kind == "mention"):
        return "accept", told
    if standing["hidden"] or (standing["host_blocked"] and not standing["followed"]):
        return "drop", told
    if told or kind not in _KEPT_BACK or standing["permitted"]:
        return "accept", told
    policy = {name: standing[name] or default for name, default in DEFAULT_POLICY.items()}
    found = {
        policy[name]
        for name, holds in _reasons(server, standing, from_account).items()
        if holds and policy[name] != "accept"
    }
    if not standing["followed"]:
        if policy["for_limited_accounts"] not in {"accept", *found} and await _is_silenced(
            server, from_account
        ):
            found.add(policy["for_limited_accounts"])
        if policy["for_private_mentions"] not in {"accept", *found} and await _is_unasked(
            server, recipient, kind, from_account, post
        ):
            found.add(policy["for_private_mentions"])
    return "drop" if "drop" in found else "filter" if found else "accept", told


async def _standing(
    server: Server, recipient: Account, from_account: Account, post: Post | None, key: str
) -> Mapping[str, Any]:
    now, thread = server.clock.now().isoformat(" "), post.context_uri if post is not None else ""
    values = [recipient.id, from_account.id, now, from_account.domain, thread, key]
    return (await server.db.rows(_STANDING, values))[0]


# ?1 who is told, ?2 who did it, ?3 now, ?4 the latter's host, ?5 the thread, ?6 the event. Times are text
# that sorts.
_STANDING = """
SELECT
  EXISTS (SELECT 1 FROM notifications WHERE dedupe_key = ?6) AS told,
  EXISTS (SELECT 1 FROM blocks WHERE account_id = ?1 AND target_id = ?2)
  OR EXISTS (SELECT 1 FROM blocks WHERE account_id = ?2 AND target_id = ?1)
  OR EXISTS (SELECT 1 FROM mutes WHERE account_id = ?1 AND target_id = ?2 AND hide_notifications
    AND (expires_at IS NULL OR expires_at > ?3))
  OR ?5 <> '' AND EXISTS (SELECT 1 FROM conversation_mutes WHERE account_id = ?1 AND context_uri = ?5)
  AS hidden,
  ?4 <> '' AND EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = ?1 AND domain = ?4)
  AS host_blocked,
  EXISTS (SELECT 1 FROM follows WHERE follower_id = ?1 AND target_id = ?2 AND state = 'accepted') AS followed,
  (SELECT created_at FROM follows WHERE follower_id = ?2 AND target_id = ?1 AND state = 'accepted')
  AS follower_since,
  EXISTS (SELECT 1 FROM notification_permissions WHERE account_id = ?1 AND from_account_id = ?2) AS permitted,
  ?4 = '' AND EXISTS (SELECT 1 FROM users WHERE account_id = ?2 AND role IN ('owner', 'moderator'))
  AS is_staff,
  p.for_not_following, p.for_not_followers, p.for_new_accounts, p.for_private_mentions,
  p.for_limited_accounts, p.for_bots
FROM (SELECT 1) LEFT JOIN notification_policies p ON p.account_id = ?1
"""


def _reasons(server: Server, standing: Mapping[str, Any], from_account: Account) -> dict[str, bool]:
    """Say which reasons to keep somebody back hold, of those that need no look-up."""
    now, stranger, since = server.clock.now(), not standing["followed"], standing["follower_since"]
    return {
        "for_not_following": stranger,
        "for_not_followers": since is None or now - datetime.fromisoformat(since) < _FOLLOWER_FOR,
        "for_new_accounts": stranger and now - from_account.created_at < _NEW_FOR,
        "for_bots": stranger and from_account.is_bot,
    }


async def _is_silenced(server: Server, account: Account) -> bool:
    if account.silenced_at is not None:
        return True
    return not account.is_local and await domains.is_silenced(server, account.domain)


async def _is_unasked(
    server: Server, recipient: Account, kind: str, from_account: Account, post: Post | None
) -> bool:
    """Say whether somebody wrote in private, and not in a thread in which `recipient` wrote to them."""
    if kind != "mention" or post is None or post.visibility != "direct":
        return False
    rows = await server.db.rows(_ASKED, [post.in_reply_to_id, recipient.id, from_account.id])
    return not rows


# ?1 what is answered, ?2 who is told, ?3 who wrote. The number of steps bounds a thread that is a circle.
_ASKED = """
WITH RECURSIVE above (id, author_id, parent_id, steps) AS (
  SELECT id, author_id, in_reply_to_id, 1 FROM posts WHERE id = ?1
  UNION ALL
  SELECT p.id, p.author_id, p.in_reply_to_id, steps + 1 FROM above JOIN posts p ON p.id = above.parent_id
  WHERE steps < 100
)
SELECT 1 FROM above WHERE author_id = ?2
AND EXISTS (SELECT 1 FROM mentions WHERE post_id = above.id AND account_id = ?3) LIMIT 1
"""
