"""Activities that are taken in politely and have no effect here; FEDERATION.md says why for each."""

from fedi.activitypub.activities import Activity
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(_server: Server, activity: Activity, _sender: Account) -> None:
    """Note that it came."""
    logger().info("activity.ignored", kind=type(activity).__name__)
