"""Work that goes on only as long as somebody wants it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from fedi.errors import StyleFailed

T = TypeVar("T")


class Cancel(Protocol):
    """What asks a run to stop: an asyncio.Event, or anything that waits like one."""

    def wait(self) -> Coroutine[Any, Any, object]:
        """Return once the run is no longer wanted."""


async def while_wanted(work: Coroutine[Any, Any, T], cancel: Cancel) -> T:
    """Await the work; cancel it once `cancel` is set. Raises what it raises, StyleFailed if cancelled."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_outcome(work))
        watch = group.create_task(cancel.wait())
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        watch.cancel()
    if task.cancelled():
        raise StyleFailed("The drawing was cancelled.")
    outcome = task.result()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def _outcome(work: Coroutine[Any, Any, T]) -> T | Exception:
    """What came of the work, failure included: raised in a task group, it would arrive wrapped in a group."""
    try:
        return await work
    except Exception as failure:  # noqa: BLE001  raised again by the caller
        return failure
