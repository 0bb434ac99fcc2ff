"""One delivery an inbox: made, taken back, and sent where an inbox has moved to, in your transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from fedi.activitypub.reader import host_of, is_http_uri
from fedi.ids import digest
from fedi.jobs.kinds import Deliver
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.federation import Instance, OutgoingActivity
from fedi.queries import domains
from fedi.server import Server

_HOSTS_A_QUERY = 500
# Sorts behind every digest.
_BEHIND = "~"


async def reachable(server: Server, inboxes: Iterable[str]) -> list[str]:
    """Give the inboxes that may be sent to: not our own, a suspended or a dead host's.

    A dead host is sent something once a week, to see whether it lives again.
    """
    found = {
        inbox: host_of(inbox)
        for inbox in inboxes
        if is_http_uri(inbox) and not server.uris.is_own_host(inbox)
    }
    hosts, now = list(dict.fromkeys(found.values())), server.clock.now()
    closed: set[str] = set()
    for start in range(0, len(hosts), _HOSTS_A_QUERY):
        dead = Instance.filter(host__in=hosts[start : start + _HOSTS_A_QUERY], dead=True, retry_at__gt=now)
        closed |= {instance.host for instance in await dead.only("id", "host")}
    closed |= await _suspended(server, hosts)
    return [inbox for inbox, host in found.items() if host not in closed]


async def send(server: Server, stored: OutgoingActivity, inboxes: Mapping[str, int]) -> None:
    """Send an activity to inboxes, each with its priority; those that it went to already are left out."""
    jobs = (_job(stored.id, _subject(stored), inbox, priority) for inbox, priority in inboxes.items())
    await enqueue(server, *jobs)


async def withdraw(server: Server, object_uri: str) -> set[str]:
    """Take back what of an object was not sent yet; nothing of it is sent any more.

    Gives the inboxes that were never sent its Create, so that they need not hear that it is gone.
    """
    stored = OutgoingActivity.filter(object_uri=object_uri, kind__in=["Create", "Update"])
    unaware: set[str] = set()
    for row in await stored.order_by("id").only("id", "kind"):
        keys = Deliver.keys_of(row.id)
        taken = await server.db.execute(
            "DELETE FROM jobs WHERE unique_key >= ? AND unique_key < ? AND state = 'ready'"
            " RETURNING payload, attempts, error",
            [keys, keys + _BEHIND],
        )
        if row.kind == "Create":
            unaware |= {_inbox(each) for each in taken if not (each["attempts"] or each["error"])}
    await stored.delete()
    return unaware


async def redirect(server: Server, old: str, new: str) -> None:
    """Have what waits for an inbox go to the one that its owner has now."""
    rows = await server.db.rows(
        "SELECT id, payload, priority FROM jobs WHERE lane = ? AND state = 'ready' AND group_key = ?"
        " AND json_extract(payload, '$.inbox_url') = ? ORDER BY id",
        [Deliver.lane, host_of(old), old],
    )
    for row in rows:
        await server.db.execute("DELETE FROM jobs WHERE id = ?", [row["id"]])
        await send_on(server, orjson.loads(row["payload"])["activity_id"], new, priority=row["priority"])


async def send_on(server: Server, activity_id: int, inbox: str, *, priority: int) -> None:
    """Send a stored activity to one more inbox, if it may be sent to."""
    stored = await OutgoingActivity.get_or_none(id=activity_id).only("id", "uri", "object_uri")
    if stored is not None:
        await send(server, stored, dict.fromkeys(await reachable(server, [inbox]), priority))


async def _suspended(server: Server, hosts: Sequence[str]) -> set[str]:
    if len(hosts) == 1:
        return set(hosts) if await domains.is_suspended(server, hosts[0]) else set()
    rules = await domains.severities()
    return {host for host in hosts if domains.severity_of(host, rules) == "suspend"}


def _job(activity_id: int, subject: str, inbox: str, priority: int) -> NewJob:
    work = Deliver(activity_id=activity_id, inbox_url=inbox)
    return NewJob(
        work=work,
        unique_key=work.unique_key,
        order_key=f"deliver:{digest(inbox, subject)}",
        group_key=host_of(inbox),
        priority=priority,
    )


def _subject(stored: OutgoingActivity) -> str:
    return stored.object_uri or stored.uri


def _inbox(row: Mapping[str, Any]) -> str:
    return str(orjson.loads(row["payload"])["inbox_url"])
