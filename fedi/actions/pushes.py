"""Web Push: which subscriptions hear of a notification (Mastodon API: push)."""

from fedi.models.notifications import Notification
from fedi.server import Server


async def enqueue(server: Server, notification: Notification) -> None:
    """Have a notification pushed to whoever subscribed to its kind; in the transaction that stores it."""
    del server, notification
