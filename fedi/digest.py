"""What is done with every new or changed post a moment after its commit, and off its transaction.

Rows of `fresh_posts` say which posts wait; they are taken in batches, so a crash loses nothing, and every
step is idempotent: the search index, and the links whose previews are to be read. After them comes what the
search index is behind with for other reasons.
"""

import asyncio
from time import perf_counter

from fedi.actions import cards, news, searchable
from fedi.server import Server

_BATCH = 50
# Posts that come meanwhile are digested together.
_PAUSE_SECONDS = 0.2
_POLL_SECONDS = 5.0


async def keep(server: Server, stop: asyncio.Event) -> None:
    """Digest posts as they come until `stop` is set."""
    with server.pubsub.subscribe(news.TOPIC) as messages:
        while not stop.is_set():
            started = perf_counter()
            if await digest(server):
                # There may be a million of them after an upgrade: others get half of the time.
                await asyncio.sleep(min(perf_counter() - started, _PAUSE_SECONDS))
                continue
            try:
                await asyncio.wait_for(messages.get(), _POLL_SECONDS)
            except TimeoutError:
                continue
            await asyncio.sleep(_PAUSE_SECONDS)
            while not messages.empty():
                messages.get_nowait()


async def digest(server: Server) -> int:
    """Digest one batch, the newest first, and say how much it had."""
    async with server.db.transaction():
        rows = await server.db.execute(
            "DELETE FROM fresh_posts WHERE id IN"
            " (SELECT id FROM fresh_posts ORDER BY id DESC LIMIT ?) RETURNING id",
            [_BATCH],
        )
        ids = [row["id"] for row in rows]
        if ids:
            await searchable.index(server, ids)
            await cards.find_links(server, ids)
    return len(ids) + await searchable.catch_up(server)
