"""Link previews: which posts want one, and what was read of a page."""

from collections.abc import Sequence

from fedi.server import Server


async def find_links(server: Server, ids: Sequence[int]) -> None:
    """Give each of these posts the card of its first link, unread ones with a job; in your transaction."""
    del server, ids
