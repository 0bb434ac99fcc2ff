"""Follow: ask, say yes or no, and end it, whichever side is ours (federation reference 10.1).

One row a pair: pending until its target said yes, then accepted; no row when it is refused or over.
"""

from collections.abc import Sequence

from fedi.actions import counters, endorsements, lists, notify, publish, refreshes, tombstones
from fedi.errors import Conflict, Forbidden, NotFound
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.queries import accounts, domains, relationships
from fedi.server import Server
from fedi.translate import activities

PENDING, ACCEPTED = "pending", "accepted"


async def request(
    server: Server,
    follower: Account,
    target: Account,
    *,
    uri: str | None = None,
    show_boosts: bool = True,
    notify: bool = False,
    languages: Sequence[str] = (),
) -> Follow:
    """Ask to follow; in force at once if the target is ours and lets everybody in.

    A remote target is sent the Follow, and the follow waits for its Accept. A second request by one of ours
    changes the choices; by a remote account (`uri` is the new Follow's id) it is accepted again, should the
    first Accept have been lost. Raises Forbidden for oneself, where one blocks the other or the other's
    host, for an account that moved or is the server's own, NotFound for one that is gone; a remote follower
    is sent a Reject then. Raises Gone if this Follow was undone before it came, Conflict if its id is
    another's.
    """
    try:
        await _check(server, follower, target)
    except (Forbidden, NotFound):
        await _refuse(server, follower, target, uri)
        raise
    async with server.db.transaction():
        known = await Follow.get_or_none(follower_id=follower.id, target_id=target.id)
        if uri is not None and (known is None or known.uri != uri):
            await tombstones.refuse_undone(server, uri, actor_uri=follower.uri)
            if await Follow.exists(uri=uri):
                raise Conflict("This id belongs to another Follow.")
        if known is not None:
            return await _repeat(server, known, follower, target, uri, show_boosts, notify, languages)
        id_ = server.new_id()
        follow = await Follow.create(
            id=id_,
            follower_id=follower.id,
            target_id=target.id,
            uri=uri or server.uris.activity(id_),
            show_boosts=show_boosts,
            notify=notify,
            languages=list(languages),
            created_at=server.clock.now(),
        )
        await _send(server, follow, follower, target)
        if _lets_in(follower, target):
            await _put_in_force(server, follow, follower, target)
        else:
            await _tell_of_request(server, follower, target)
    return follow


async def accept(server: Server, follow: Follow) -> None:
    """Let a follower in: our person said yes, or a peer's Accept came. In force already: nothing changes."""
    async with server.db.transaction():
        found = await _load(follow)
        if found is not None and found.state == PENDING:
            await notify.withdraw(found.target, "follow_request", found.follower)
            await _put_in_force(server, found, found.follower, found.target)


async def reject(server: Server, follow: Follow) -> None:
    """Refuse a request or end a follow from the target's side: our person's no, or a peer's Reject."""
    async with server.db.transaction():
        found = await _load(follow)
        if found is None:
            return
        await _remove(server, found)
        rejected = activities.reject_of(
            found.follower, found.target, uri=found.uri, id_=server.uris.new_activity()
        )
        await publish.activity(
            server,
            found.target,
            rejected,
            accounts=[found.follower],
            object_uri=found.target.uri,
            personal=True,
            priority=publish.PROMPT,
        )


async def unfollow(server: Server, follower: Account, target: Account) -> None:
    """End a follow, or take its request back, from the follower's side; nothing if there is none."""
    async with server.db.transaction():
        found = await _of_pair(follower, target)
        if found is None:
            return
        await _remove(server, found)
        undone = activities.undo_follow(follower, target, uri=found.uri)
        await publish.activity(
            server,
            follower,
            undone,
            accounts=[target],
            object_uri=target.uri,
            personal=True,
            priority=publish.PROMPT,
        )


async def disown(server: Server, follower: Account, target: Account) -> None:
    """Take back a follow that the target's server believes in and we know nothing of (FEP-8fcf)."""
    async with server.db.transaction():
        undone = activities.undo_follow(follower, target, uri=server.uris.new_activity())
        await publish.activity(
            server, follower, undone, accounts=[target], object_uri=target.uri, personal=True
        )


async def remove_follower(server: Server, account: Account, follower: Account) -> None:
    """End another's follow of `account`, or refuse its request; nothing if there is none."""
    found = await _of_pair(follower, account)
    if found is not None:
        await reject(server, found)


async def _check(server: Server, follower: Account, target: Account) -> None:
    if target.gone_at or target.suspended_at:
        raise NotFound
    if follower.id == target.id:
        raise Forbidden("You cannot follow yourself.")
    if follower.gone_at or follower.suspended_at or target.moved_to_uri:
        raise Forbidden
    accounts.require_here(follower)
    if target.actor_type == "Application" and target.is_local:
        raise Forbidden("The server's own account has no followers.")
    if not follower.is_local and not target.is_local:
        raise Forbidden("Neither account is of this server.")
    if await relationships.either_blocks(follower, target):
        raise Forbidden
    if await relationships.blocks_host(follower, target) or await relationships.blocks_host(target, follower):
        raise Forbidden
    if target.domain and await domains.is_suspended(server, target.domain):
        raise Forbidden


async def _refuse(server: Server, follower: Account, target: Account, uri: str | None) -> None:
    """Answer a remote Follow that is not let in, so that the follower does not wait for ever."""
    if follower.is_local or not target.is_local or not uri:
        return
    async with server.db.transaction():
        rejected = activities.reject_of(follower, target, uri=uri, id_=server.uris.new_activity())
        await publish.activity(
            server, target, rejected, accounts=[follower], object_uri=target.uri, personal=True
        )


async def _repeat(
    server: Server,
    follow: Follow,
    follower: Account,
    target: Account,
    uri: str | None,
    show_boosts: bool,
    notify: bool,
    languages: Sequence[str],
) -> Follow:
    if follower.is_local:
        follow.show_boosts, follow.notify, follow.languages = show_boosts, notify, list(languages)
        await follow.save(update_fields=["show_boosts", "notify", "languages"])
        return follow
    if uri is not None and uri != follow.uri:
        # Its Undo will name the id that was sent last.
        follow.uri = uri
        await follow.save(update_fields=["uri"])
    if follow.state == ACCEPTED:
        await _publish_accept(server, follow, follower, target)
    return follow


def _lets_in(follower: Account, target: Account) -> bool:
    """Whether a follow needs nobody's yes. Who is silenced is let in by hand only (Mastodon)."""
    return target.is_local and not target.locked and follower.silenced_at is None


async def _put_in_force(server: Server, follow: Follow, follower: Account, target: Account) -> None:
    follow.state = ACCEPTED
    await follow.save(update_fields=["state"])
    await counters.raise_of_account(target.id, "followers_count")
    await counters.raise_of_account(follower.id, "following_count")
    if follower.is_local and not target.is_local and target.backfilled_at is None:
        await _fill_profile(server, target)
    await notify.about(server, target, "follow", follower)
    await _publish_accept(server, follow, follower, target)


async def _fill_profile(server: Server, target: Account) -> None:
    """Have what somebody posted before anybody here followed them looked for."""
    if server.settings.federation.backfill:
        await refreshes.begin_account(server, target)


async def _publish_accept(server: Server, follow: Follow, follower: Account, target: Account) -> None:
    accepted = activities.accept_of(follower, target, uri=follow.uri, id_=server.uris.new_activity())
    await publish.activity(
        server,
        target,
        accepted,
        accounts=[follower],
        object_uri=target.uri,
        personal=True,
        priority=publish.PROMPT,
    )


async def _tell_of_request(server: Server, follower: Account, target: Account) -> None:
    await notify.about(server, target, "follow_request", follower)


async def _send(server: Server, follow: Follow, follower: Account, target: Account) -> None:
    await publish.activity(
        server,
        follower,
        activities.follow_of(follower, target, uri=follow.uri),
        accounts=[target],
        object_uri=target.uri,
        personal=True,
        priority=publish.PROMPT,
    )


async def _load(follow: Follow) -> Follow | None:
    return await Follow.get_or_none(id=follow.id).select_related("follower", "target")


async def _of_pair(follower: Account, target: Account) -> Follow | None:
    pair = Follow.get_or_none(follower_id=follower.id, target_id=target.id)
    return await pair.select_related("follower", "target")


async def _remove(server: Server, follow: Follow) -> None:
    """Delete the row with its counts, what was told of it, and what only those who follow may do."""
    await follow.delete()
    if follow.follower.is_local:
        await lists.forget(server, follow.follower_id, follow.target_id)
        await endorsements.forget(follow.follower_id, follow.target_id)
    if follow.state == ACCEPTED:
        await counters.lower_of_account(follow.target_id, "followers_count")
        await counters.lower_of_account(follow.follower_id, "following_count")
    for kind in ("follow", "follow_request"):
        await notify.withdraw(follow.target, kind, follow.follower)
