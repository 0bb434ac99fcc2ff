"""Requests to restyle our pictures, the answers to ours, and stamps taken back (federation ref. 19.3)."""

from fedi.actions import remixes
from fedi.activitypub.activities import Accept, Reject, RemixRequest
from fedi.activitypub.reader import same_origin
from fedi.activitypub.stamps import RemixAuthorization
from fedi.activitypub.vocabulary import Uri
from fedi.errors import WrongOrigin
from fedi.federation.known import find_post
from fedi.federation.vouching import stamp_at
from fedi.models.accounts import Account
from fedi.models.media import Remix
from fedi.queries import visibility
from fedi.security.limits import Limit
from fedi.server import Server

# Each may cost an answer, and somebody's attention.
_REQUESTS_OF_HOST = Limit(200, 300.0)


async def request(server: Server, activity: RemixRequest, sender: Account) -> None:
    """Somebody asks to restyle a picture of a post of ours: yes or no at once, or when its author says.

    About a post that the sender may not see nothing is said, no more than about one that does not exist.
    """
    post = await find_post(server, activity.object)
    if post is None or not post.local or post.boost_of_id is not None:
        return
    if not await visibility.may_see(server, post, sender):
        return
    server.limits.take(f"remixes:{sender.domain}", _REQUESTS_OF_HOST)
    if not same_origin(activity.instrument, sender.uri):
        raise WrongOrigin("The remix is not of the sender's server.")
    await remixes.request(server, sender, post, remix_uri=activity.instrument, request_uri=activity.id)


async def accepted(server: Server, activity: Accept, sender: Account) -> bool:
    """The author of the original says yes, with a stamp that is verified before it counts.

    False: no remix is meant. Raises WrongOrigin for a stamp of something else, and what a fetch may raise.
    """
    remix = await _asked(activity, sender)
    if remix is None:
        return False
    if activity.result is not None and remix.state == "pending":
        stamp = await stamp_at(
            server,
            RemixAuthorization,
            activity.result,
            quoting=Uri(remix.remix_uri),
            target=Uri(remix.original_uri),
        )
        if stamp.attributed_to != sender.uri:
            raise WrongOrigin("The stamp is another author's.")
        await remixes.accepted(server, remix, stamp_uri=stamp.id)
    return True


async def rejected(server: Server, activity: Reject, sender: Account) -> bool:
    """The author of the original says no, or no longer. False: no remix is meant."""
    remix = await _asked(activity, sender)
    if remix is not None:
        await remixes.refused(server, remix)
    return remix is not None


async def revoked(server: Server, stamp_uri: Uri, sender: Account) -> None:
    """The author of the original takes a stamp back; nobody else can."""
    for remix in await Remix.filter(stamp_uri=stamp_uri, original_account_id=sender.id):
        await remixes.revoke(server, remix)


async def _asked(activity: Accept | Reject, sender: Account) -> Remix | None:
    """Find what one of ours asked of the sender, by the request's id, else by what it was about."""
    inner = activity.object
    ours = Remix.filter(account__domain="", original_account_id=sender.id)
    uri = inner.id if isinstance(inner, RemixRequest) else inner
    found = await ours.get_or_none(request_uri=uri) if isinstance(uri, str) and uri else None
    if found is None and isinstance(inner, RemixRequest):
        found = await ours.get_or_none(remix_uri=inner.instrument, original_uri=inner.object)
    return found
