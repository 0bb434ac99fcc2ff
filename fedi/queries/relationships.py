"""How two accounts stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from fedi.models.accounts import Account
from fedi.models.relationships import AccountDomainBlock, Block
from fedi.queries.paging import Page
from fedi.queries.rows import among
from fedi.server import Server


@dataclass(slots=True, kw_only=True)
class Standing:
    """How a viewer stands to the account `target_id` (Mastodon API: Relationship).

    `showing_boosts`, `notifying` and `languages` are of the viewer's follow, asked for or in force.
    `muted_until` is None for a mute without end; `note` is what the viewer wrote down about the account.
    """

    target_id: int
    following: bool = False
    requested: bool = False
    showing_boosts: bool = False
    notifying: bool = False
    languages: Sequence[str] = ()
    followed_by: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muted_until: datetime | None = None
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""


async def standings(server: Server, viewer: Account, targets: Sequence[Account]) -> list[Standing]:
    """Say how `viewer` stands to each of the targets, in their order, in one query."""
    if not targets:
        return []
    ids = [target.id for target in targets]
    found = {id_: Standing(target_id=id_) for id_ in ids}
    as_target, listed = among("target_id", ids)
    as_account, as_follower = among("account_id", ids)[0], among("follower_id", ids)[0]
    here, there = [viewer.id, *listed], [*listed, viewer.id]
    rows = await server.db.rows(
        "SELECT 'follow' AS kind, target_id AS other, state, show_boosts, notify, languages FROM follows"
        f" WHERE follower_id = ? AND {as_target}"
        " UNION ALL SELECT 'follower', follower_id, state, 0, 0, '[]' FROM follows"
        f" WHERE {as_follower} AND target_id = ?"
        " UNION ALL SELECT 'block', target_id, '', 0, 0, '' FROM blocks"
        f" WHERE account_id = ? AND {as_target}"
        " UNION ALL SELECT 'blocker', account_id, '', 0, 0, '' FROM blocks"
        f" WHERE {as_account} AND target_id = ?"
        " UNION ALL SELECT 'mute', target_id, coalesce(expires_at, ''), hide_notifications, 0, '' FROM mutes"
        f" WHERE account_id = ? AND {as_target} AND (expires_at IS NULL OR expires_at > ?)"
        " UNION ALL SELECT 'endorsement', target_id, '', 0, 0, '' FROM endorsements"
        f" WHERE account_id = ? AND {as_target}"
        " UNION ALL SELECT 'note', target_id, text, 0, 0, '' FROM account_notes"
        f" WHERE account_id = ? AND {as_target}"
        " UNION ALL SELECT 'host', a.id, '', 0, 0, '' FROM accounts a JOIN account_domain_blocks b"
        f" ON b.account_id = ? AND b.domain = a.domain WHERE {among('a.id', ids)[0]}",
        [*here, *there, *here, *there, *here, server.clock.now(), *here * 3],
    )
    for row in rows:
        _note(found[row["other"]], row)
    return [found[id_] for id_ in ids]


async def blocks_host(account: Account, other: Account) -> bool:
    """Say whether an account of ours blocks the host of another."""
    if not account.is_local or other.is_local:
        return False
    return await AccountDomainBlock.filter(account_id=account.id, domain=other.domain).exists()


async def blocks(account: Account, other: Account) -> bool:
    """Say whether an account blocks another."""
    return await Block.filter(account_id=account.id, target_id=other.id).exists()


async def either_blocks(one: Account, other: Account) -> bool:
    """Say whether one of the two blocks the other."""
    pair = [one.id, other.id]
    return one.id != other.id and await Block.filter(account_id__in=pair, target_id__in=pair).exists()


async def blocked_hosts(server: Server, account: Account, page: Page) -> list[tuple[int, str]]:
    """Load the hosts that an account blocks, each with the block's id, by which they are paged."""
    bounds, values = page.clause("id")
    rows = await server.db.rows(
        f"SELECT id, domain FROM account_domain_blocks WHERE account_id = ? AND {bounds}"
        f" ORDER BY {page.order('id')} LIMIT ?",
        [account.id, *values, page.limit],
    )
    return page.arrange([(row["id"], row["domain"]) for row in rows])


async def ties_with_host(server: Server, account: Account, host: str) -> tuple[int, int]:
    """Count whom of a host the account follows, and who of it follows the account."""
    rows = await server.db.rows(
        "SELECT (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.target_id"
        " WHERE f.follower_id = ? AND f.state = 'accepted' AND a.domain = ?) AS following,"
        " (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.follower_id"
        " WHERE f.target_id = ? AND f.state = 'accepted' AND a.domain = ?) AS followers",
        [account.id, host] * 2,
    )
    return int(rows[0]["following"]), int(rows[0]["followers"])


def _note(standing: Standing, row: dict[str, Any]) -> None:
    accepted = row["state"] == "accepted"
    match row["kind"]:
        case "follow":
            standing.following, standing.requested = accepted, not accepted
            standing.showing_boosts, standing.notifying = bool(row["show_boosts"]), bool(row["notify"])
            standing.languages = orjson.loads(row["languages"])
        case "follower":
            standing.followed_by, standing.requested_by = accepted, not accepted
        case "block":
            standing.blocking = True
        case "blocker":
            standing.blocked_by = True
        case "mute":
            standing.muting, standing.muting_notifications = True, bool(row["show_boosts"])
            standing.muted_until = datetime.fromisoformat(row["state"]) if row["state"] else None
        case "endorsement":
            standing.endorsed = True
        case "note":
            standing.note = row["state"]
        case "host":
            standing.domain_blocking = True
