"""Heal follows that one of two servers has lost (FEP-8fcf, federation reference 12.2).

A post for followers leaks when a server goes on believing in a follow that its own server has ended. So
each delivery for followers says which followers its sender believes to have at the receiver; the receiver
compares, and ends what only it, or takes back what only the other, believes in.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from fedi.actions import follows
from fedi.activitypub.collections import OrderedCollection
from fedi.activitypub.reader import host_of, origin_of, same_origin
from fedi.activitypub.signatures import requests
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.synchronisation import HEADER, Synchronisation, digest
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Malformed, NotFound, Unsigned
from fedi.federation import walks
from fedi.federation.answering import activity, address_of, id_of, message_of
from fedi.federation.known import find_account
from fedi.federation.verify import sender
from fedi.federation.walks import Budget
from fedi.jobs.kinds import SynchroniseFollowers
from fedi.jobs.queue import NewJob
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.queries import accounts, followers
from fedi.server import Server, server_of

MAX_FOLLOWERS = 25_000

_MAX_PAGES = 10
_COMPARED_EVERY_SECONDS = 3600


async def header(server: Server, account_id: int, inbox_url: str) -> dict[str, str]:
    """Give the header for a delivery to followers: what we believe about the receiver's origin.

    Empty for an account that is no more, or that has more followers than are compared.
    """
    account = await accounts.by_id(account_id)
    if account is None or account.followers_count > MAX_FOLLOWERS:
        return {}
    believed = await followers.on_origin(server, account, _site(inbox_url))
    said = Synchronisation(
        collection=Uri(account.followers_url),
        url=server.uris.followers_synchronization(account.id),
        digest=digest(believed),
    )
    return {HEADER: str(said)}


async def partial_followers(request: Request) -> Response:
    """GET /ap/u/{id}/followers_synchronization: the followers whom the asking server has, to it alone."""
    server = server_of(request)
    if not {"signature", "signature-input"}.intersection(request.headers):
        raise Unsigned("This collection is read by signed requests only.")
    asker = await sender(server, message_of(request), address=address_of(request))
    account = await accounts.by_id(id_of(request))
    if account is None or not account.is_local or account.gone_at or account.suspended_at:
        raise NotFound
    found = await followers.on_origin(server, account, _site(asker))
    document = OrderedCollection(
        id=server.uris.followers_synchronization(account.id),
        total_items=len(found),
        items=tuple(Uri(uri) for uri in found),
    )
    return activity(document.to_json(), private=True)


def job_for(server: Server, message: SignedMessage, signer: Uri) -> NewJob | None:
    """Give the job that compares what a delivery of `signer` says, once an hour an actor.

    None where it says nothing, nothing that can be read, or nothing that its signature covers.
    """
    value = message.header(HEADER.lower())
    if value is None or not requests.covers(requests.parse(message), HEADER.lower()):
        return None
    try:
        said = Synchronisation.parse(value)
    except Malformed:
        return None
    if not same_origin(said.collection, signer) or not same_origin(said.url, signer):
        return None
    hour = int(server.clock.now().timestamp()) // _COMPARED_EVERY_SECONDS
    name = hashlib.sha256(signer.encode()).hexdigest()[:40]
    return NewJob(
        work=SynchroniseFollowers(
            actor_uri=signer, collection=said.collection, url=said.url, digest=said.digest
        ),
        unique_key=f"synchronise:{name}:{hour}",
        group_key=host_of(signer),
    )


async def run(server: Server, job: SynchroniseFollowers) -> None:
    """Run a SynchroniseFollowers job: compare, read the other's list if they differ, and mend both sides.

    Nothing is done unless the list that was read has the digest that the header gave.
    """
    account = await find_account(server, job.actor_uri)
    if account is None or account.is_local or account.followers_url != job.collection:
        return
    ours = await followers.among_ours(server, account)
    if digest(ours) == job.digest:
        return
    budget = Budget.of(pages=_MAX_PAGES)
    theirs = await walks.member_ids(
        server, Uri(job.url), budget, most=MAX_FOLLOWERS, most_a_page=MAX_FOLLOWERS
    )
    if digest(theirs) != job.digest or not all(server.uris.is_local(uri) for uri in theirs):
        logger().info("followers.unproven", actor=job.actor_uri, stopped=budget.stopped)
        return
    for uri in ours.keys() - set(theirs):
        await _end(server, ours[uri])
    for uri in set(theirs) - ours.keys():
        await _unexpected(server, account, uri)


async def _end(server: Server, follow_id: int) -> None:
    """End a follow that the other side does not know: as if it had been rejected."""
    follow = await Follow.get_or_none(id=follow_id)
    if follow is not None:
        await follows.reject(server, follow)


async def _unexpected(server: Server, account: Account, follower_uri: str) -> None:
    """Accept a follow that waits for an answer which got lost, else take back one that we do not know of."""
    follower = await find_account(server, follower_uri)
    if follower is None or not follower.is_local:
        return
    waiting = await Follow.get_or_none(follower_id=follower.id, target_id=account.id)
    if waiting is not None:
        await follows.accept(server, waiting)
    else:
        await follows.disown(server, follower, account)


def _site(uri: str) -> str:
    """Give the start that the ids of one origin share."""
    return f"{origin_of(uri)[0]}://{host_of(uri)}"
