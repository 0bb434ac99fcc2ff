"""What is done with every new or changed post a moment after its commit, and off its transaction.

Rows of `fresh_posts` say which posts wait; they are taken in batches, so a crash loses nothing, and every
step is idempotent: the search index, and the links whose previews are to be read. After them comes what the
search index is behind with for other reasons.
"""

import asyncio
from collections.abc import Sequence
from time import perf_counter

from fedi.actions import cards, news, searchable
from fedi.errors import StorageFull
from fedi.logs import logger
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
            try:
                digested = await digest(server)
            except Exception as error:  # noqa: BLE001  a full disk, a lock: the rest of the server goes on
                logger().error("digest.failed", error=repr(error))
                await asyncio.sleep(_POLL_SECONDS)
                continue
            if digested:
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
    """Digest one batch, the newest first, and say how much it had.

    When a batch fails, its posts are taken one by one, and one that cannot be digested is left out for good:
    what a stranger wrote must not hold up all others. Raises StorageFull, and leaves none out, when the disk
    is full.
    """
    try:
        taken = await _take(server, await _waiting(server))
    except Exception as error:  # noqa: BLE001  whatever a post brought
        logger().warning("digest.batch_failed", error=repr(error))
        taken = await _one_by_one(server)
    return taken + await searchable.catch_up(server)


async def _waiting(server: Server) -> list[int]:
    rows = await server.db.rows("SELECT id FROM fresh_posts ORDER BY id DESC LIMIT ?", [_BATCH])
    return [row["id"] for row in rows]


async def _take(server: Server, ids: Sequence[int]) -> int:
    if not ids:
        return 0
    async with server.db.transaction():
        await _forget(server, ids)
        await searchable.index(server, ids)
        await cards.find_links(server, ids)
    return len(ids)


async def _one_by_one(server: Server) -> int:
    ids = await _waiting(server)
    for id_ in ids:
        try:
            await _take(server, [id_])
        except StorageFull:
            raise
        except Exception as error:  # noqa: BLE001  whatever the post brought
            logger().error("digest.post_left_out", post=id_, error=repr(error))
            async with server.db.transaction():
                await _forget(server, [id_])
    return len(ids)


async def _forget(server: Server, ids: Sequence[int]) -> None:
    await server.db.execute_many("DELETE FROM fresh_posts WHERE id = ?", [[id_] for id_ in ids])
