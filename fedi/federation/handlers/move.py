"""Move received (FEP-7628): somebody lives elsewhere from now on."""

from fedi.actions import moves
from fedi.activitypub.activities import Move
from fedi.federation.people import account_by_uri
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(server: Server, activity: Move, sender: Account) -> None:
    """The sender moves itself; the new account is asked for anew, as it must name the old one."""
    if activity.object != sender.uri or activity.target == sender.uri:
        return
    now = server.clock.now()
    if sender.moved_at is not None and sender.moved_at > now - moves.COOLDOWN:
        return
    await moves.receive(server, sender, await account_by_uri(server, activity.target, refresh=True))
