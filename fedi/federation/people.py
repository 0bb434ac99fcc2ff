"""Accounts of other servers, found by handle or by address, fetched if they must be, and kept fresh.

The network is asked first, outside any transaction; then one action writes.
"""

import re
from dataclasses import replace

from fedi.actions import accounts as account_actions
from fedi.activitypub.actors import Actor
from fedi.activitypub.reader import host_of
from fedi.errors import FediError, Gone, NotFound
from fedi.federation import keys, newcomers
from fedi.federation.actors import actor_at
from fedi.federation.fetch import check_host
from fedi.federation.known import find_account
from fedi.federation.webfinger import confirm, look_up
from fedi.jobs import queue
from fedi.jobs.kinds import RefreshAccount
from fedi.jobs.queue import NewJob
from fedi.memory import Recall
from fedi.models.accounts import Account
from fedi.queries import accounts, domains
from fedi.server import Server

STALE_SECONDS = 86_400

_GONE_CONFIRMED_SECONDS = 3600.0
_HANDLE = re.compile(r"@?([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)@([^\s@/?#]{1,255})")


class FirstGone(Recall[str, float]):
    """When an actor was first answered with 410, by URI: one answer deletes nobody."""

    def __init__(self) -> None:
        super().__init__(size=1_000, seconds=14 * 86_400)


def is_handle(text: str) -> bool:
    """Say whether a text has the form of a handle of another server (or of ours, in full)."""
    return _HANDLE.fullmatch(text) is not None


async def account_by_handle(server: Server, handle: str) -> Account:
    """Give the account `alice`, `alice@ours` or `bob@host`, with or without a leading @.

    One of another server is looked up if unknown or not fetched for a day; when that fails, what is known
    is given. Raises NotFound or what a fetch may raise.
    """
    name, _, domain = handle.removeprefix("@").rpartition("@")
    if not name or domain.lower() in {server.uris.account_domain, server.uris.host}:
        found = await accounts.local_by_username(name or handle.removeprefix("@"))
        if found is None:
            raise NotFound
        return found
    if not is_handle(f"{name}@{domain}"):
        raise NotFound
    known = await accounts.by_handle(server, f"{name}@{domain}")
    if known is not None and not is_stale(server, known):
        return known
    try:
        _, _, uri = await look_up(server, name, domain.lower())
        return await account_by_uri(server, uri, refresh=known is not None and known.uri == uri)
    except FediError:
        if known is None or known.gone_at is not None:
            raise
        return known


async def account_by_uri(server: Server, uri: str, *, refresh: bool = False) -> Account:
    """Give the account of an actor; `refresh` fetches it again even if it is known.

    Raises NotFound, Gone for one that was deleted, Blocked for one of a suspended host, TooMany when too many
    new hosts of one domain came up lately, and what a fetch may raise.
    """
    known = await find_account(server, uri)
    if server.uris.is_local(uri):
        if known is None:
            raise NotFound
        return known
    if known is not None and known.gone_at is not None and not refresh:
        raise Gone
    if known is not None and not refresh:
        return known
    await check_host(server, uri)
    if known is None:
        await newcomers.admit(server, uri)
    return await store_actor(server, await actor_at(server, uri, anew=refresh))


async def store_actor(server: Server, actor: Actor) -> Account:
    """Store what an actor says of itself; its handle only once WebFinger has confirmed it.

    A known actor whose new handle cannot be confirmed keeps the old one.
    """
    known = await find_account(server, actor.id)
    if known is not None and _keeps_handle(known, actor):
        return await _store(server, actor, known.username, known.domain)
    try:
        name, domain = await confirm(server, actor)
    except FediError:
        if known is None:
            raise
        name, domain = known.username, known.domain
    return await _store(server, actor, name, domain)


async def keep_key(server: Server, actor: Actor) -> None:
    """Store the document of an actor we know, whose key has changed; its handle stays."""
    known = await find_account(server, actor.id)
    if known is not None:
        await _store(server, actor, known.username, known.domain)


async def refresh(server: Server, job: RefreshAccount) -> None:
    """Run a RefreshAccount job. An actor that is gone twice, an hour apart, is deleted here too."""
    known = await find_account(server, job.uri)
    if known is None or known.is_local or known.gone_at is not None:
        return
    try:
        await account_by_uri(server, job.uri, refresh=True)
    except Gone:
        await _answered_gone(server, known)


async def refresh_later(server: Server, account: Account) -> None:
    """Have an account fetched again by a job, once, if it was not for a day."""
    if is_stale(server, account):
        async with server.db.transaction():
            await queue.enqueue(
                server, NewJob(work=RefreshAccount(uri=account.uri), unique_key=f"refresh:{account.id}")
            )


def is_stale(server: Server, account: Account) -> bool:
    """Say whether a remote account was not fetched for a day."""
    if account.is_local:
        return False
    fetched_at = account.fetched_at
    return fetched_at is None or (server.clock.now() - fetched_at).total_seconds() > STALE_SECONDS


def _keeps_handle(known: Account, actor: Actor) -> bool:
    if actor.username.lower() != known.username_lower:
        return False
    return actor.webfinger is None or actor.webfinger.lower() == f"{known.username_lower}@{known.domain}"


async def _store(server: Server, actor: Actor, name: str, domain: str) -> Account:
    # The case of the name is the actor's own; WebFinger may have answered in another.
    username = actor.username if actor.username.lower() == name.lower() else name
    actor = replace(actor, username=username)
    if await domains.rejects_media(domain) or await domains.rejects_media(host_of(actor.id)):
        actor = replace(actor, icon=None, image=None, emojis=())
    stored = await account_actions.store_remote(server, actor, handle_domain=domain)
    await keys.note(server, actor)
    return stored


async def _answered_gone(server: Server, account: Account) -> None:
    first_gone, now = server.memory.of(FirstGone), server.clock.now()
    first = first_gone.get(account.uri, now)
    if first is not None and now.timestamp() - first >= _GONE_CONFIRMED_SECONDS:
        await account_actions.mark_gone(server, account)
        return
    if first is None:
        first_gone.put(account.uri, now.timestamp(), now)
    async with server.db.transaction():
        await queue.enqueue(
            server,
            NewJob(
                work=RefreshAccount(uri=account.uri),
                unique_key=f"refresh:{account.id}:gone",
                wait_seconds=_GONE_CONFIRMED_SECONDS + 60,
            ),
        )
