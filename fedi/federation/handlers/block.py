"""Block received, which W3C would keep at home and Mastodon sends (ActivityPub 6.9)."""

from fedi.actions import blocks
from fedi.activitypub.activities import Block
from fedi.federation.known import find_account
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(server: Server, activity: Block, sender: Account) -> None:
    """Somebody blocks one of ours: follows end both ways, and the blocked one is told nothing."""
    target = await find_account(server, activity.object)
    if target is not None and target.is_local:
        await blocks.block(server, sender, target, uri=activity.id or f"{sender.uri}#blocks/{target.id}")
