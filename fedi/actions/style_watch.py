"""A run that is being drawn, seen from elsewhere: what is told of it, and whether it is still wanted."""

import asyncio
from contextlib import suppress

import msgspec

from fedi.models.media import StyleRun
from fedi.server import Server

_REPORT_EVERY_SECONDS = 0.2
_LOOK_EVERY_SECONDS = 0.1


def topic(run_id: int) -> str:
    """The topic on which a run's changes are told."""
    return f"style:{run_id}"


def tell(server: Server, run_id: int, state: str, progress: float) -> None:
    """Tell how a run is."""
    message = msgspec.json.encode({"state": state, "progress": round(progress, 3)}).decode()
    server.pubsub.publish(topic(run_id), message)


class Report:
    """Writes how far a run is, at most five times a second."""

    def __init__(self, server: Server, run_id: int) -> None:
        self._server, self._run_id, self._next = server, run_id, 0.0

    async def __call__(self, fraction: float) -> None:
        """Write it if it is time."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + _REPORT_EVERY_SECONDS
        async with self._server.db.transaction():
            await StyleRun.filter(id=self._run_id, state="running").update(progress=fraction)
        tell(self._server, self._run_id, "running", fraction)


class Wish:
    """Waits until a run is no longer wanted: by what is told, and by its row, for other processes."""

    def __init__(self, server: Server, run_id: int) -> None:
        self._server, self._run_id = server, run_id

    async def wait(self) -> None:
        """Return once the run is cancelled or gone."""
        with self._server.pubsub.subscribe(topic(self._run_id)) as told:
            while await StyleRun.filter(id=self._run_id, state="running").exists():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                        while '"cancelled"' not in (await told.get())[1]:
                            continue
