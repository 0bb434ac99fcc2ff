"""What a server is about to send, and what its people were told: for tests of actions."""

from dataclasses import dataclass
from typing import Any

import orjson

from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.notifications import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery that waits: its activity, its inbox, and the job's own columns."""

    inbox: str
    json: dict[str, Any]
    job: Job

    @property
    def type(self) -> str:
        """The activity's type."""
        return str(self.json["type"])


async def sent() -> list[Sent]:
    """Every delivery in the queue, in the order it was asked for."""
    stored = {row.id: row for row in await OutgoingActivity.all()}
    found = []
    for job in await Job.filter(kind="Deliver").order_by("id"):
        work = orjson.loads(job.payload)
        if work["activity_id"] in stored:
            json = orjson.loads(stored[work["activity_id"]].body)
            found.append(Sent(inbox=work["inbox_url"], json=json, job=job))
    return found


async def forget_sent() -> None:
    """Empty the queue, so that only what follows is seen."""
    await Job.filter(kind="Deliver").delete()
    await OutgoingActivity.filter().delete()


async def told(account: Account) -> list[tuple[str, int, int | None]]:
    """What an account was told, oldest first: (kind, from whom, about which post)."""
    rows = await Notification.filter(account_id=account.id).order_by("id")
    return [(row.kind, row.from_account_id, row.post_id) for row in rows]
