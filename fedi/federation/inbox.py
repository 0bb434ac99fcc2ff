"""Take a delivery in, and apply it once (ActivityPub 7; federation reference section 7).

`take_in` answers fast: it judges size, form and signature, commits the raw activity as a job and is done.
`apply` is that job: origins are checked (FEP-fe34), then the activity's handler runs.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from fedi.actions import inboxes
from fedi.activitypub.activities import (
    Activity,
    Announce,
    Block,
    Create,
    Delete,
    Flag,
    Follow,
    Like,
    QuoteRequest,
    Reject,
    RemixRequest,
    Undo,
    Unknown,
    Update,
    parse_activity,
)
from fedi.activitypub.reader import Reader, host_of, parse_document, same_origin, uri_of
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import Json, Uri, is_activity_type
from fedi.errors import Malformed, Unreachable, Unsigned, Unsupported, WrongOrigin
from fedi.federation import forwarded, hiding, instances, proofs, relevance, synchronisation
from fedi.federation.handlers import HANDLERS, flag, undo
from fedi.federation.known import find_account
from fedi.federation.people import account_by_uri, refresh_later
from fedi.federation.verify import sender
from fedi.jobs import queue
from fedi.jobs.kinds import ApplyActivity
from fedi.jobs.queue import NewJob
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.queries import relays
from fedi.server import Server

# From suspended accounts only what cleans up is still heard.
CLEANUP: Final = (Update, Delete, Undo, Reject)
# Of these one may come from somebody whom nobody here knows, if it is about something of ours.
_CONCERNING: Final = (Follow, Like, Announce, Block, QuoteRequest, RemixRequest)
# A transaction costs as much as ten of its rows: this long others may join one.
_GATHER_SECONDS = 0.005
# Of these the object can be had from its origin when somebody else than the actor passes it on.
_FORWARDABLE: Final = {"Create", "Update", "Delete"}


async def take_in(
    server: Server, message: SignedMessage, *, address: str, owner: Account | None = None
) -> None:
    """Accept a POST to an inbox, to be answered 202 when this returns: the activity is committed by then.

    `owner` is whose own inbox it came to, None for a shared one.
    Raises Unsupported, Malformed, Unsigned, WrongOrigin, Blocked, TooMany or Unreachable, which carry the
    statuses to answer with. The size of the body was bounded by who read it.
    """
    if not is_activity_type(message.header("content-type") or ""):
        raise Unsupported("An inbox takes application/activity+json.")
    json = parse_document(message.body)
    read = Reader(json)
    actor, types = read.uri("actor"), read.types()
    if not types:
        raise Malformed("The activity has no type.")
    _activity_id(read, actor)
    if await _is_nothing_to_us(server, read, actor, types):
        return

    signer = await sender(server, message, address=address)
    if signer != actor and _FORWARDABLE.isdisjoint(types) and not proofs.is_carried(json):
        raise Unsigned("The activity is not by the actor who signed it.")
    await instances.heard_from(server, host_of(signer))
    if signer == actor and (comparison := synchronisation.job_for(server, message, signer)) is not None:
        await server.memory.of(Intake).keep(server, comparison)
    hidden = owner.id if owner is not None and signer == actor and hiding.is_hidden(read, owner) else 0
    job = _job(json, actor, message.body.decode(), signer=signer, hidden_recipient=hidden)
    await server.memory.of(Intake).keep(server, job)


async def apply(server: Server, job: ApplyActivity) -> None:
    """Run an ApplyActivity job. Raises FediErrors, whose fate is the job's."""
    json = parse_document(job.body.encode())
    activity = parse_activity(json)
    if isinstance(activity, Unknown):
        logger().info("activity.unknown", type=activity.type)
        return
    if await instances.is_suspended(server, host_of(activity.actor)):
        return
    if activity.actor != job.sender_uri:
        await _apply_passed_on(server, job, activity, json)
        return
    if job.hidden_recipient:
        activity = await hiding.addressed(activity, job.hidden_recipient)
    account = await _account_of(server, activity, Uri(job.sender_uri))
    if account is None and isinstance(activity, Flag):
        # Of a report only the host counts: its sender is often a server's own actor that has no handle.
        await flag.receive(server, activity, None)
        return
    if account is not None and not (_is_shut_out(account) and not isinstance(activity, CLEANUP)):
        await HANDLERS[type(activity)](server, activity, account)
        if job.hidden_recipient:
            await hiding.made_readable(server, activity, job.hidden_recipient)
        await inboxes.keep(server, json)
        await refresh_later(server, account)


async def _apply_passed_on(server: Server, job: ApplyActivity, activity: Activity, json: Json) -> None:
    """Believe what its actor has proven, of the rest what its origin says too.

    What is proven is put to the queue as if the actor had delivered it: the same id is applied once,
    whoever brings it and how often (a proof counts for as long as the queue remembers).
    """
    if not await proofs.holds(server, json, passed_on_by=host_of(job.sender_uri)):
        await forwarded.apply(server, activity, sender_uri=job.sender_uri)
        return
    async with server.db.transaction():
        actor = Reader(json).uri("actor")
        await queue.enqueue(server, _job(json, actor, job.body, signer=actor))


def _job(json: Json, actor: Uri, body: str, *, signer: Uri, hidden_recipient: int = 0) -> NewJob:
    id_ = _activity_id(Reader(json), actor)
    # What comes to several inboxes without naming their owners is applied for each.
    to = [str(hidden_recipient)] if hidden_recipient else []
    return NewJob(
        work=ApplyActivity(body=body, sender_uri=signer, hidden_recipient=hidden_recipient),
        unique_key=_digest("apply", signer, actor, id_ or hashlib.sha256(body.encode()).hexdigest(), *to),
        order_key=_digest("apply", _lane(json, actor)),
        group_key=host_of(signer),
    )


@dataclass(slots=True)
class _Waiting:
    job: NewJob
    stored: asyncio.Future[None]


class Intake:
    """Commits together what arrives at the same time: a commit waits for the disk, a batch waits once.

    Whoever finds the turn free waits a moment for others and commits for all; nobody is answered before.
    """

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._turn = asyncio.Lock()

    async def keep(self, server: Server, job: NewJob) -> None:
        """Store a job; returns once it is committed."""
        mine = _Waiting(job, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        async with self._turn:
            if not mine.stored.done():
                await asyncio.sleep(_GATHER_SECONDS)
                await self._commit(server)
        mine.stored.result()

    async def _commit(self, server: Server) -> None:
        batch, self._waiting = self._waiting, []
        try:
            async with server.db.transaction():
                await queue.enqueue(server, *(each.job for each in batch))
        except BaseException as error:
            failure = error if isinstance(error, Exception) else Unreachable("The server is stopping.")
            for each in batch:
                each.stored.set_exception(failure)
                each.stored.exception()
            raise
        for each in batch:
            each.stored.set_result(None)


async def _is_nothing_to_us(server: Server, read: Reader, actor: Uri, types: list[str]) -> bool:
    """Tell the farewells and news of actors that nobody here knows: there is no need to fetch their keys."""
    if {"Delete", "Update"}.isdisjoint(types) or read.find_uri("object") != actor:
        return False
    return await find_account(server, actor) is None


def _activity_id(read: Reader, actor: Uri) -> Uri | None:
    """Give the activity's id, None where there is none; one of another origin than the actor is an attack."""
    id_ = read.find_id()
    if id_ is None:
        if read.json.get("id", read.json.get("@id")) is not None:
            raise Malformed("The activity's id is no address.")
        return None
    if not same_origin(id_, actor):
        raise WrongOrigin("The activity's id is of another server than its actor.")
    return id_


def _lane(json: Json, actor: Uri) -> str:
    """Give what must be done in order: all of one actor about one thing, undoing it too."""
    inner = Reader(json).object("object")
    about = inner.find_uri("object") if inner is not None and "actor" in inner.json else None
    return f"{actor} {about or uri_of(Reader(json).one('object')) or ''}"


def _digest(*parts: str) -> str:
    return f"{parts[0]}:{hashlib.sha256(' '.join(parts).encode()).hexdigest()}"


async def _account_of(server: Server, activity: Activity, actor: Uri) -> Account | None:
    """Give the account behind an activity, fetched if the activity concerns somebody here, else None."""
    known = await find_account(server, actor)
    if known is not None:
        return known
    if isinstance(activity, Delete):
        await forwarded.remember_deleted(server, activity)
        return None
    if isinstance(activity, Undo):
        await undo.remember(server, activity)
        return None
    if isinstance(activity, _CONCERNING) and server.uris.is_local(activity.object):
        concerns_us = True
    elif isinstance(activity, Create):
        concerns_us = await relevance.of_stranger(server, activity)
    else:
        concerns_us = await relays.is_known(actor)
    return await account_by_uri(server, actor) if concerns_us else None


def _is_shut_out(account: Account) -> bool:
    return account.suspended_at is not None or account.gone_at is not None
