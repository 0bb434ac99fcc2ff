"""How two accounts stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fedi.models.accounts import Account
from fedi.models.relationships import Block
from fedi.queries.rows import among
from fedi.server import Server


@dataclass(slots=True, kw_only=True)
class Standing:
    """How a viewer stands to the account `target_id` (Mastodon API: Relationship).

    `showing_boosts`, `notifying` and `languages` are of the viewer's follow, asked for or in force.
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
        " UNION ALL SELECT 'mute', target_id, '', hide_notifications, 0, '' FROM mutes"
        f" WHERE account_id = ? AND {as_target} AND (expires_at IS NULL OR expires_at > ?)",
        [*here, *there, *here, *there, *here, server.clock.now()],
    )
    for row in rows:
        _note(found[row["other"]], row)
    return [found[id_] for id_ in ids]


async def blocks(account: Account, other: Account) -> bool:
    """Say whether an account blocks another."""
    return await Block.filter(account_id=account.id, target_id=other.id).exists()


async def either_blocks(one: Account, other: Account) -> bool:
    """Say whether one of the two blocks the other."""
    pair = [one.id, other.id]
    return one.id != other.id and await Block.filter(account_id__in=pair, target_id__in=pair).exists()


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
