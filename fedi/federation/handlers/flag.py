"""Flag received: another server reports accounts of ours (federation reference 10.6)."""

from fedi.actions import reports
from fedi.activitypub.activities import Flag
from fedi.activitypub.reader import host_of
from fedi.errors import TooMany
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.security.limits import Limit
from fedi.server import Server

# More than that in an hour helps nobody here to decide anything.
_REPORTS_OF_HOST = Limit(60, 3600.0)


async def receive(server: Server, activity: Flag, _sender: Account | None) -> None:
    """Keep what concerns ours. The sender counts as its host alone: some servers send the person's own name.

    A host that reports too often is not heard for a while.
    """
    host = host_of(activity.actor)
    ours = [uri for uri in activity.object if server.uris.is_local(uri)]
    if not ours:
        return
    try:
        server.limits.take(f"flags:{host}", _REPORTS_OF_HOST)
    except TooMany:
        logger().info("report.dropped", host=host)
        return
    uri = activity.id or f"{activity.actor}#flags/{server.new_id()}"
    await reports.receive(server, uri=uri, domain=host, reported=ours, comment=activity.content)
