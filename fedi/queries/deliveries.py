"""What became of deliveries, and how the hosts that we deliver to are doing.

A delivery is a Deliver job: kept for a week after it was done, for a month after it was given up. Its unique
key begins with the id of its activity, so that those of one activity are a range of an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from fedi.jobs.kinds import Deliver
from fedi.models.federation import Instance, OutgoingActivity
from fedi.queries.rows import marks
from fedi.server import Server

# How far back among what was done refusals are looked for.
_NEWEST_DONE = 5000
_ACTIVITIES = 100
# Sorts behind every digest.
_BEHIND = "~"


class DeliveryState(StrEnum):
    """What has become of a delivery; `refused` also by our own rules, `given_up` after all its attempts."""

    DELIVERED = "delivered"
    PENDING = "pending"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One activity to one inbox.

    `answer` is a sentence, "" when nothing went wrong: for one that is pending it tells of the last attempt.
    `next_try` is set for what is pending and does not run just now, `finished_at` for what is not pending.
    """

    job_id: int
    inbox_url: str
    host: str
    state: DeliveryState
    attempts: int
    next_try: datetime | None
    finished_at: datetime | None
    answer: str
    activity_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerView:
    """A host, as its inboxes have answered; `retry_at` is when it is tried next, None while it is well."""

    host: str
    software: str
    failures: int
    failing_days: int
    dead: bool
    retry_at: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    waiting: int


async def of_activity(server: Server, activity_id: int) -> list[DeliveryView]:
    """Give the deliveries of an activity, by the id of its OutgoingActivity, in the order they were made."""
    return await _views(server, f"{_OF_ACTIVITY} ORDER BY j.id", _keys(activity_id))


async def of_object(server: Server, object_uri: str) -> list[DeliveryView]:
    """Give the deliveries of all activities about an object (its Create, Updates, Delete), oldest first."""
    stored = OutgoingActivity.filter(object_uri=object_uri).order_by("-id").limit(_ACTIVITIES)
    ids = sorted(row.id for row in await stored.only("id"))
    return [view for id_ in ids for view in await of_activity(server, id_)]


async def failures(server: Server, limit: int) -> list[DeliveryView]:
    """Give what was refused or given up, the newest first; refusals among the last 5000 done jobs."""
    where = (
        "j.id IN (SELECT id FROM (SELECT id, kind, error FROM jobs WHERE state = 'done'"
        " ORDER BY finished_at DESC LIMIT ?) WHERE kind = ? AND error <> ''"
        " UNION ALL SELECT id FROM (SELECT id, kind FROM jobs WHERE state = 'buried'"
        " ORDER BY finished_at DESC LIMIT ?) WHERE kind = ?) ORDER BY j.finished_at DESC LIMIT ?"
    )
    kind = Deliver.kind()
    return await _views(server, where, [_NEWEST_DONE, kind, _NEWEST_DONE, kind, limit])


async def peers(server: Server) -> list[PeerView]:
    """Give the hosts that we deliver to or know something of: those that fail first, then by name."""
    rows = await server.db.rows(
        "SELECT group_key, count(*) AS waiting FROM jobs"
        " WHERE lane = ? AND state IN ('ready', 'running') GROUP BY group_key",
        [Deliver.lane],
    )
    waiting = {row["group_key"]: row["waiting"] for row in rows}
    found = [_peer(instance, waiting.pop(instance.host, 0)) for instance in await Instance.all()]
    found += [_peer(Instance(host=host), count) for host, count in waiting.items()]
    return sorted(found, key=lambda peer: (not peer.dead, -peer.failures, peer.host))


_OF_ACTIVITY = "j.unique_key >= ? AND j.unique_key < ?"


def _keys(activity_id: int) -> list[str]:
    keys = Deliver.keys_of(activity_id)
    return [keys, keys + _BEHIND]


async def _views(server: Server, where: str, values: Sequence[Any]) -> list[DeliveryView]:
    rows = await server.db.rows(
        "SELECT j.id, j.payload, j.state, j.attempts, j.run_at, j.finished_at, j.error, j.group_key"
        f" FROM jobs j WHERE {where}",
        values,
    )
    works = [orjson.loads(row["payload"]) for row in rows]
    kinds = await _kinds(server, {int(work["activity_id"]) for work in works})
    return [
        DeliveryView(
            job_id=row["id"],
            inbox_url=work["inbox_url"],
            host=row["group_key"],
            state=_state(row),
            attempts=row["attempts"],
            next_try=_moment(row["run_at"]) if row["state"] == "ready" else None,
            finished_at=_moment(row["finished_at"]) if row["state"] in {"done", "buried"} else None,
            answer=row["error"],
            activity_kind=kinds.get(work["activity_id"], ""),
        )
        for row, work in zip(rows, works, strict=True)
    ]


async def _kinds(server: Server, activity_ids: set[int]) -> dict[int, str]:
    ids = sorted(activity_ids)
    found: dict[int, str] = {}
    for start in range(0, len(ids), _ACTIVITIES):
        some = ids[start : start + _ACTIVITIES]
        sql = f"SELECT id, kind FROM outgoing_activities WHERE id IN ({marks(some)})"
        found |= {row["id"]: row["kind"] for row in await server.db.rows(sql, some)}
    return found


def _state(row: dict[str, Any]) -> DeliveryState:
    if row["state"] == "done":
        return DeliveryState.REFUSED if row["error"] else DeliveryState.DELIVERED
    return DeliveryState.GIVEN_UP if row["state"] == "buried" else DeliveryState.PENDING


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _peer(instance: Instance, waiting: int) -> PeerView:
    return PeerView(
        host=instance.host,
        software=instance.software,
        failures=instance.failures,
        failing_days=instance.failing_days,
        dead=instance.dead,
        retry_at=instance.retry_at,
        last_success_at=instance.last_success_at,
        last_failure_at=instance.last_failure_at,
        waiting=waiting,
    )
