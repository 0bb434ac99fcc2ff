"""What a server is about to send, and what its people were told: for tests of actions."""

from dataclasses import dataclass
from typing import Any

import orjson

from fedi.activitypub.signatures.proofs import CONTEXT
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.notifications import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery that waits: its activity without the proof, its inbox, and the job's own columns."""

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
            json = _unproven(orjson.loads(stored[work["activity_id"]].body))
            found.append(Sent(inbox=work["inbox_url"], json=json, job=job))
    return found


def _unproven(json: dict[str, Any]) -> dict[str, Any]:
    """Take off the proof and its context, which every activity has: what is left is what was said."""
    json.pop("proof", None)
    context = [part for part in json["@context"] if part != CONTEXT]
    return json | {"@context": context[0] if len(context) == 1 else context}


async def forget_sent() -> None:
    """Empty the queue, so that only what follows is seen."""
    await Job.filter(kind="Deliver").delete()
    await OutgoingActivity.filter().delete()


async def told(account: Account) -> list[tuple[str, int, int | None]]:
    """What an account was told, oldest first: (kind, from whom, about which post)."""
    rows = await Notification.filter(account_id=account.id).order_by("id")
    return [(row.kind, row.from_account_id, row.post_id) for row in rows]
