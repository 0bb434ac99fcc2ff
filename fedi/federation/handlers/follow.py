"""Follow received (ActivityPub 7.5)."""

from fedi.actions import follows
from fedi.activitypub.activities import Follow
from fedi.federation.known import find_account
from fedi.models.accounts import Account
from fedi.security.limits import Limit
from fedi.server import Server

# A flood of requests from one host must not fill a person's list.
_FOLLOWS_OF_HOST = Limit(200, 300.0)


async def receive(server: Server, activity: Follow, sender: Account) -> None:
    """Somebody asks to follow one of ours; a repeated Follow is accepted again, a blocked one rejected."""
    target = await find_account(server, activity.object)
    if target is None or not target.is_local:
        return
    server.limits.take(f"follows:{sender.domain}", _FOLLOWS_OF_HOST)
    await follows.request(server, sender, target, uri=activity.id or f"{sender.uri}#follows/{target.id}")
