"""Run what a server has to do, but for what it would send: the far end is not there."""

from fedi.jobs import worker
from fedi.models.jobs import Job
from fedi.server import Server
from fedi.worker import TABLE


async def run_due(server: Server) -> None:
    """Run the jobs that are due; deliveries stay in the queue as they are."""
    await Job.filter(kind="Deliver").update(lane="kept")
    await worker.drain(server, TABLE)
    await Job.filter(lane="kept").update(lane="deliver")
