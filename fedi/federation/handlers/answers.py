"""Accept and Reject received: the answers to what we asked for (ActivityPub 7.6, 7.7)."""

from fedi.actions import follows, relays
from fedi.activitypub.activities import Accept, Reject
from fedi.activitypub.activities import Follow as WireFollow
from fedi.federation.handlers import quotes, remixes
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.server import Server


async def accept(server: Server, activity: Accept, sender: Account) -> None:
    """The one we asked says yes. Nobody else can, and not to what was never asked."""
    if (follow := await _follow_of(server, activity, sender)) is not None:
        await follows.accept(server, follow)
    elif await quotes.accepted(server, activity, sender) or await remixes.accepted(server, activity, sender):
        return
    elif uri := _asked(activity):
        await relays.answered(server, uri, sender.uri, accepted=True)


async def reject(server: Server, activity: Reject, sender: Account) -> None:
    """The one we asked says no, or no longer."""
    if (follow := await _follow_of(server, activity, sender)) is not None:
        await follows.reject(server, follow)
    elif await quotes.rejected(server, activity, sender) or await remixes.rejected(server, activity, sender):
        return
    elif uri := _asked(activity):
        await relays.answered(server, uri, sender.uri, accepted=False)


async def _follow_of(server: Server, activity: Accept | Reject, sender: Account) -> Follow | None:
    """Find our Follow of the sender by its id, else (Pleroma, Misskey) by who asked whom."""
    inner, uri = activity.object, _asked(activity)
    ours = Follow.filter(target_id=sender.id, follower__domain="")
    found = await ours.get_or_none(uri=uri) if uri else None
    if found is None and isinstance(inner, WireFollow) and inner.object == sender.uri:
        account_id = server.uris.account_id(inner.actor)
        found = await ours.get_or_none(follower_id=account_id) if account_id is not None else None
    return found


def _asked(activity: Accept | Reject) -> str | None:
    inner = activity.object
    return inner if isinstance(inner, str) else inner.id
