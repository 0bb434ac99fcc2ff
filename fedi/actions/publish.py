"""Send an activity of ours: its exact bytes and one delivery an inbox, in your transaction."""

import hashlib
from collections.abc import Iterable, Sequence

import orjson

from fedi.actions.inboxes import Activity, published
from fedi.activitypub.reader import host_of, is_http_uri
from fedi.errors import FediError
from fedi.jobs.kinds import Deliver
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.federation import Instance, OutgoingActivity
from fedi.queries import accounts as account_queries
from fedi.queries import domains
from fedi.server import Server

# What a person waits for, what a timeline waits for, what nobody waits for (federation reference 13.4).
PROMPT, NORMAL, BULK = 1, 5, 8
_HOSTS_A_QUERY = 500


async def activity(
    server: Server,
    actor: Account,
    activity: Activity,
    *,
    accounts: Sequence[Account] = (),
    followers: bool = False,
    extra_inboxes: Iterable[str] = (),
    object_uri: str = "",
    personal: bool = False,
    priority: int = NORMAL,
) -> None:
    """Store an activity and its deliveries, if the actor is ours and anybody elsewhere is to have it.

    It goes to `accounts` (their own inboxes when `personal`, else shared ones), to the actor's followers
    and to `extra_inboxes`; each inbox once, never our own, a suspended or a dead host's. Deliveries that
    concern one `object_uri` reach an inbox in order. Publishing the same id again adds only inboxes.
    """
    if not actor.is_local or actor.gone_at is not None:
        return
    inboxes = {_inbox(account, personal=personal): None for account in accounts if account.gone_at is None}
    if followers:
        inboxes |= dict.fromkeys(await account_queries.inboxes_of_followers(server, actor))
    inboxes |= dict.fromkeys(extra_inboxes)
    reachable = await _reachable(server, inboxes)
    # Who reads their own outbox by ActivityPub finds there what nobody elsewhere was to have.
    is_kept = await published(server, actor, activity)
    if not reachable and not is_kept:
        return
    stored = await _store(server, actor, activity, object_uri)
    await enqueue(
        server,
        *(
            NewJob(
                work=Deliver(activity_id=stored.id, inbox_url=inbox),
                unique_key=f"deliver:{stored.id}:{_digest(inbox)}",
                order_key=f"deliver:{_digest(inbox, object_uri or stored.uri)}",
                group_key=host,
                priority=priority,
            )
            for inbox, host in reachable.items()
        ),
    )


def _inbox(account: Account, *, personal: bool) -> str:
    return account.inbox_url if personal else account.delivery_inbox_url


async def _reachable(server: Server, inboxes: Iterable[str]) -> dict[str, str]:
    """Give each inbox that may be sent to with its host."""
    found = {
        inbox: host_of(inbox) for inbox in inboxes if is_http_uri(inbox) and not server.uris.is_local(inbox)
    }
    hosts = list(dict.fromkeys(found.values()))
    closed: set[str] = set()
    for start in range(0, len(hosts), _HOSTS_A_QUERY):
        dead = Instance.filter(host__in=hosts[start : start + _HOSTS_A_QUERY], dead=True)
        closed |= {instance.host for instance in await dead}
    closed |= await _suspended(server, hosts)
    return {inbox: host for inbox, host in found.items() if host not in closed}


async def _suspended(server: Server, hosts: Sequence[str]) -> set[str]:
    if len(hosts) == 1:
        return set(hosts) if await domains.is_suspended(server, hosts[0]) else set()
    rules = await domains.severities()
    return {host for host in hosts if domains.severity_of(host, rules) == "suspend"}


async def _store(server: Server, actor: Account, activity: Activity, object_uri: str) -> OutgoingActivity:
    if not activity.id:
        raise FediError("An activity of ours has no id.")
    known = await OutgoingActivity.get_or_none(uri=activity.id)
    if known is not None:
        return known
    json = activity.to_json()
    return await OutgoingActivity.create(
        id=server.new_id(),
        uri=activity.id,
        actor_id=actor.id,
        kind=json["type"],
        object_uri=object_uri,
        audience=[*json.get("to", []), *json.get("cc", [])],
        body=orjson.dumps(json).decode(),
        created_at=server.clock.now(),
    )


def _digest(*parts: str) -> str:
    """Give a short name for URIs that may be longer than a key column."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
