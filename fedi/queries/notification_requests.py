"""Whose notifications an account keeps back, and who waits to be let in (Mastodon API: notifications)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.notifications import NotificationPolicy, NotificationRequest
from fedi.models.posts import Post
from fedi.queries import snapshots
from fedi.queries.paging import Page
from fedi.queries.presence import present
from fedi.queries.rows import among, load, load_by_id
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import visible
from fedi.server import Server

# What an account without a policy of its own keeps back (Mastodon).
DEFAULT_POLICY: Mapping[str, str] = MappingProxyType(
    {
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "filter",
        "for_limited_accounts": "filter",
        "for_bots": "accept",
    }
)

_KEPT = (
    "SELECT 1 FROM notifications n WHERE n.account_id = r.account_id"
    " AND n.from_account_id = r.from_account_id AND n.filtered"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """Somebody who waits to be let in, how many notifications of theirs wait, and the last post of them."""

    request: NotificationRequest
    from_account: Account
    count: int
    post: PostSnapshot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """What an account does with notifications of strangers, and how many people and notifications wait."""

    policy: Mapping[str, str]
    requests: int
    notifications: int


async def policy_of(server: Server, account: Account) -> PolicyView:
    """Load the policy of an account."""
    rows = await load(server, NotificationPolicy, "WHERE r.account_id = ?", [account.id])
    policy = {name: getattr(rows[0], name) for name in DEFAULT_POLICY} if rows else DEFAULT_POLICY
    (waiting,) = await server.db.rows(
        "SELECT count(*) AS requests, coalesce(sum(kept), 0) AS notifications FROM ("
        f"SELECT (SELECT count(*) FROM ({_KEPT})) AS kept FROM notification_requests r"
        f" JOIN accounts a ON a.id = r.from_account_id WHERE r.account_id = ? AND {present('a')})"
        " WHERE kept > 0",
        [account.id],
    )
    return PolicyView(policy=policy, requests=waiting["requests"], notifications=waiting["notifications"])


async def page(server: Server, account: Account, page: Page) -> list[RequestView]:
    """Load who waits to be let in, newest first; who is suspended, or has nothing left, does not."""
    bounds, values = page.clause("r.id")
    found = await load(
        server,
        NotificationRequest,
        "JOIN accounts a ON a.id = r.from_account_id"
        f" WHERE r.account_id = ? AND {bounds} AND {present('a')} AND EXISTS ({_KEPT})"
        f" ORDER BY {page.order('r.id')} LIMIT {page.limit:d}",
        [account.id, *values],
    )
    return await _views(server, account, page.arrange(found))


async def one(server: Server, account: Account, id_: int) -> RequestView:
    """Load one request of the account, or raise NotFound."""
    rows = await load(server, NotificationRequest, "WHERE r.id = ? AND r.account_id = ?", [id_, account.id])
    if not rows:
        raise NotFound
    return (await _views(server, account, rows))[0]


async def _views(
    server: Server, account: Account, requests: Sequence[NotificationRequest]
) -> list[RequestView]:
    if not requests:
        return []
    condition, values = among("r.id", [each.id for each in requests])
    counted = await server.db.rows(
        f"SELECT r.id, (SELECT count(*) FROM ({_KEPT})) AS count FROM notification_requests r"
        f" WHERE {condition}",
        values,
    )
    counts = {row["id"]: row["count"] for row in counted}
    people = await load_by_id(server, Account, [each.from_account_id for each in requests])
    posts = await _posts(server, account, [each.last_post_id for each in requests if each.last_post_id])
    return [
        RequestView(
            request=each,
            from_account=people[each.from_account_id],
            count=counts[each.id],
            post=posts.get(each.last_post_id or 0),
        )
        for each in requests
    ]


async def _posts(server: Server, account: Account, ids: Sequence[int]) -> dict[int, PostSnapshot]:
    if not ids:
        return {}
    condition, values = among("p.id", ids)
    sql, seen_values = visible(account)
    found = await load(server, Post, f"WHERE {condition} AND {sql}", [*values, *seen_values], alias="p")
    return {each.post.id: each for each in await snapshots.of_posts(server, found, account)}
