"""Blocks, which end all ties and are told the peer (ActivityPub 6.9), and mutes, which nobody is told."""

from datetime import timedelta

from tortoise.expressions import Q

from fedi.actions import follows, publish, tombstones
from fedi.actions.inboxes import Activity
from fedi.errors import Conflict, Forbidden
from fedi.models.accounts import Account
from fedi.models.notifications import Notification
from fedi.models.relationships import Block, Mute
from fedi.server import Server
from fedi.translate import activities


async def block(server: Server, account: Account, target: Account, *, uri: str | None = None) -> Block:
    """Block an account: follows end both ways, what it told `account` goes; the second time is the first.

    `uri` is the Block's id when the account is remote. The blocked is never notified; its server is sent the
    Block unless `federation.send_blocks` is off, and the ended follows at any rate. Raises Forbidden for
    oneself, Gone if this Block was undone before it came, Conflict if its id is another's.
    """
    if account.id == target.id:
        raise Forbidden("You cannot block yourself.")
    async with server.db.transaction():
        known = await Block.get_or_none(account_id=account.id, target_id=target.id)
        if known is not None:
            return known
        await tombstones.refuse_undone(server, uri, actor_uri=account.uri)
        id_ = server.new_id()
        uri = uri or server.uris.activity(id_)
        if await Block.exists(uri=uri):
            raise Conflict("This id belongs to another Block.")
        await follows.unfollow(server, account, target)
        await follows.remove_follower(server, account, target)
        await Notification.filter(
            Q(account_id=account.id, from_account_id=target.id)
            | Q(account_id=target.id, from_account_id=account.id)
        ).delete()
        row = await Block.create(
            id=id_, account_id=account.id, target_id=target.id, uri=uri, created_at=server.clock.now()
        )
        await _send(server, account, target, activities.block_of(account, target, uri=uri))
    return row


async def unblock(server: Server, account: Account, target: Account) -> None:
    """Lift a block; the follows that it ended stay ended. Nothing if there is none."""
    async with server.db.transaction():
        row = await Block.get_or_none(account_id=account.id, target_id=target.id)
        if row is None:
            return
        await row.delete()
        await _send(server, account, target, activities.undo_block(account, target, uri=row.uri))


async def mute(
    server: Server,
    account: Account,
    target: Account,
    *,
    hide_notifications: bool = True,
    duration_seconds: int = 0,
) -> Mute:
    """Mute an account, for `duration_seconds` or (0) for ever; again changes the choices. Forbids oneself."""
    if account.id == target.id:
        raise Forbidden("You cannot mute yourself.")
    now = server.clock.now()
    values = {
        "hide_notifications": hide_notifications,
        "expires_at": now + timedelta(seconds=duration_seconds) if duration_seconds > 0 else None,
    }
    async with server.db.transaction():
        row, created = await Mute.get_or_create(
            {"id": server.new_id(), "created_at": now, **values}, account_id=account.id, target_id=target.id
        )
        if not created:
            await row.update_from_dict(values).save(update_fields=list(values))
    return row


async def unmute(server: Server, account: Account, target: Account) -> None:
    """Lift a mute; nothing if there is none."""
    async with server.db.transaction():
        await Mute.filter(account_id=account.id, target_id=target.id).delete()


async def _send(server: Server, account: Account, target: Account, activity: Activity) -> None:
    if server.settings.federation.send_blocks:
        await publish.activity(
            server, account, activity, accounts=[target], object_uri=target.uri, personal=True
        )
