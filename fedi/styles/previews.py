"""Small drawings at once, while somebody chooses: in a second worker process, so as not to wait behind a run.

The system shares the processor between the two processes, and gives more of it to this one. It holds several
styles and the last pictures, starts with the first preview and goes when idle.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from fedi.errors import TooMany
from fedi.styles.catalogue import Catalogue
from fedi.styles.controls import Controls
from fedi.styles.engine import StyledPicture, StyleEngine, StyleLimits
from fedi.styles.messages import PictureSize
from fedi.styles.wishes import Cancel, while_wanted

# Four times the share of a run's process (nice 10), a third of the server's own.
NICE = 5
# A foreign model may be slow; nobody waits longer for a preview.
SECONDS = 20
# Some ten seconds' worth. Beyond that, a preview would come too late to be looked at.
MOST_WAITING = 32


class Previews:
    """Belongs to one event loop; `close` it."""

    def __init__(self, catalogue: Catalogue, limits: StyleLimits | None = None) -> None:
        given = limits or StyleLimits()
        self.engine = StyleEngine(catalogue, replace(given, seconds=min(given.seconds, SECONDS), nice=NICE))
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def draw(
        self,
        style_name: str,
        data: bytes,
        *,
        size: PictureSize,
        controls: Controls,
        guide: bytes = b"",
        xmp: bytes | None = None,
        cancel: Cancel | None = None,
    ) -> StyledPicture:
        """Draw a picture small (400 pixels at most, WebP), nearly as a run would: styles/framing.py.

        Raises as StyleEngine.run, and TooMany when too many wait. No longer wanted, one that waits is not
        begun; one that is being drawn is finished, for ending the process would cost the next one more.
        """
        if self._waiting >= MOST_WAITING:
            raise TooMany("Too many previews are being drawn.", retry_after_seconds=1)
        work = self.engine.run(
            style_name, data, size=size, controls=controls, guide=guide, xmp=xmp, is_preview=True
        )
        waited = self._to_its_end(work)
        return await (waited if cancel is None else while_wanted(waited, cancel))

    async def close(self) -> None:
        """End the process and wait until it is gone."""
        await self.engine.close()

    async def _to_its_end(self, work: Coroutine[Any, Any, StyledPicture]) -> StyledPicture:
        self._waiting += 1
        try:
            await self._turn.acquire()
        except BaseException:
            work.close()
            raise
        finally:
            self._waiting -= 1
        task = asyncio.create_task(work)  # noqa: TID251  outlives who asked; `close` ends it
        task.add_done_callback(self._next)
        return await asyncio.shield(task)

    def _next(self, task: asyncio.Task[StyledPicture]) -> None:
        self._turn.release()
        # Whoever asked may be gone; a failure is theirs, not the log's.
        if not task.cancelled():
            task.exception()
