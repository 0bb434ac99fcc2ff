"""Accounts that move to another server or within this one, and their followers here (FEP-7628, Mastodon).

A move counts only if the new account names the old one as an alias, has not moved itself, and the old one
has not moved for seven days: nobody can take followers along to where they are not meant to go.
"""

from datetime import timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedi.actions import accounts, blocks, follows, lists, notify, publish
from fedi.errors import Forbidden, Invalid, NotFound
from fedi.jobs.kinds import MoveFollowers
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.relationships import Block, Follow, Mute
from fedi.server import Server
from fedi.translate import activities

COOLDOWN = timedelta(days=7)
MAX_ALIASES = 20

_BATCH = 100


async def add_alias(server: Server, account: Account, alias: str) -> None:
    """Let the account with the id `alias` move here; who follows is told the new profile.

    Raises Invalid for oneself and beyond 20 aliases. A second time changes nothing.
    """
    if alias == account.uri:
        raise Invalid("", "An account cannot be an alias of itself.")
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        if alias in account.also_known_as:
            return
        if len(account.also_known_as) >= MAX_ALIASES:
            raise Invalid("", f"An account can have {MAX_ALIASES} aliases at most.")
        await _set_aliases(server, account, [*account.also_known_as, alias])


async def remove_alias(server: Server, account: Account, alias: str) -> None:
    """Take an alias away; nothing if there is none. Who has moved here already stays."""
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        if alias in account.also_known_as:
            await _set_aliases(server, account, [uri for uri in account.also_known_as if uri != alias])


async def move(server: Server, account: Account, target: Account) -> None:
    """Move an account of ours to `target`, which was fetched just now, and take its followers along.

    Followers elsewhere, and those who block the account, are sent a Move; those here follow by a job.
    Raises Invalid, in words for the person, where the move does not count.
    """
    _check(account, target)
    async with server.db.transaction():
        if not await _note(server, account, target):
            raise Invalid("", f"An account can move once in {COOLDOWN.days} days.")
        account = await Account.get(id=account.id)
        await accounts.publish_profile(server, account)
        blockers = [row.account for row in await _blocks_of(account).exclude(account__domain="")]
        moved = activities.move_of(account, target, id_=server.uris.new_activity())
        await publish.activity(
            server, account, moved, accounts=blockers, followers=True, object_uri=account.uri
        )


async def cancel(server: Server, account: Account) -> None:
    """Let an account of ours be used again after a move. Followers who went along do not come back."""
    async with server.db.transaction():
        if await Account.filter(id=account.id).exclude(moved_to_uri="").update(moved_to_uri=""):
            await accounts.publish_profile(server, await Account.get(id=account.id))


async def receive(server: Server, account: Account, target: Account) -> None:
    """Take a peer's Move in; `target` was fetched just now. Within seven days of the last it is ignored.

    Raises Invalid where the move does not count.
    """
    _check(account, target)
    async with server.db.transaction():
        await _note(server, account, target)


async def move_followers(server: Server, work: MoveFollowers) -> None:
    """Run the job that takes followers here from the old account to the new, and blocks and mutes with them.

    Each follower asks the new account as anybody would. Who cannot follow it keeps the old one. May be
    stopped anywhere and run again.
    """
    old, new = await Account.get_or_none(id=work.old_id), await Account.get_or_none(id=work.new_id)
    if old is None or new is None or (old.is_local and old.moved_to_uri != new.uri):
        return
    if not work.after_id:
        await _carry_blocks(server, old, new)
        await _carry_mutes(server, old, new)
    ours = Follow.filter(target_id=old.id, state=follows.ACCEPTED, follower__domain="", id__gt=work.after_id)
    batch = await ours.order_by("id").limit(_BATCH).select_related("follower")
    for follow in batch:
        await _move_follower(server, follow, old, new)
    if len(batch) == _BATCH:
        after_id = batch[-1].id
        async with server.db.transaction():
            await enqueue(server, _job(old, new, after_id))


def _check(account: Account, target: Account) -> None:
    if target.id == account.id:
        raise Invalid("", "An account cannot move to itself.")
    if target.gone_at or target.suspended_at or target.suspended_at_origin:
        raise Invalid("", "The new account is not there.")
    if account.uri not in target.also_known_as:
        raise Invalid("", "The new account does not name this one as an alias yet.")
    if target.moved_to_uri:
        raise Invalid("", "The new account has itself moved elsewhere.")


async def _note(server: Server, account: Account, target: Account) -> bool:
    """Write a move down and have the followers moved, unless the account moved lately; says whether."""
    now = server.clock.now()
    may_move = Q(moved_at=None) | Q(moved_at__lte=now - COOLDOWN)
    if not await Account.filter(may_move, id=account.id).update(moved_to_uri=target.uri, moved_at=now):
        return False
    await enqueue(server, _job(account, target, 0))
    return True


def _job(old: Account, new: Account, after_id: int) -> NewJob:
    return NewJob(work=MoveFollowers(old_id=old.id, new_id=new.id, after_id=after_id))


async def _set_aliases(server: Server, account: Account, aliases: list[str]) -> None:
    account.also_known_as = aliases
    await account.save(update_fields=["also_known_as"])
    await accounts.publish_profile(server, account)


async def _move_follower(server: Server, follow: Follow, old: Account, new: Account) -> None:
    follower = follow.follower
    try:
        async with server.db.transaction():
            if not await Follow.exists(follower_id=follower.id, target_id=new.id):
                await follows.request(
                    server,
                    follower,
                    new,
                    show_boosts=follow.show_boosts,
                    notify=follow.notify,
                    languages=follow.languages,
                )
                if old.is_local:
                    # Between two of ours nothing has happened that the new account must hear of (Mastodon).
                    await notify.withdraw(new, "follow", follower)
            await lists.replace(server, follower, old, new)
            await follows.unfollow(server, follower, old)
    except (Forbidden, NotFound):
        # One of the two blocks the other, or the follower is the new account itself.
        return


async def _carry_blocks(server: Server, old: Account, new: Account) -> None:
    for row in await _blocks_of(old).filter(account__domain=""):
        if row.account_id != new.id and not await _follows(row.account_id, new):
            await blocks.block(server, row.account, new)


async def _carry_mutes(server: Server, old: Account, new: Account) -> None:
    now = server.clock.now()
    for row in await Mute.filter(target_id=old.id).select_related("account"):
        left = (row.expires_at - now).total_seconds() if row.expires_at else 0
        known = await Mute.exists(account_id=row.account_id, target_id=new.id)
        if known or left < 0 or row.account_id == new.id or await _follows(row.account_id, new):
            continue
        await blocks.mute(
            server,
            row.account,
            new,
            hide_notifications=row.hide_notifications,
            duration_seconds=int(left),
        )


async def _follows(account_id: int, target: Account) -> bool:
    return await Follow.exists(follower_id=account_id, target_id=target.id, state=follows.ACCEPTED)


def _blocks_of(target: Account) -> QuerySet[Block]:
    return Block.filter(target_id=target.id).select_related("account")
