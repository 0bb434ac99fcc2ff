"""What becomes of a delivery that an inbox refused: some refusals pass, and some inboxes have moved.

Tries are counted in the row of the delivery. What is waited for in between is longer than after a failure:
firewalls say 403 for a while, and a clock that is wrong makes every signature one.
"""

from fedi.actions import deliveries, publish
from fedi.errors import FediError, Refused, TooMany, Unreachable
from fedi.federation import people
from fedi.jobs import queue
from fedi.jobs.kinds import Deliver, RefreshAccount
from fedi.jobs.queue import NewJob
from fedi.memory import Recall
from fedi.models.accounts import Account
from fedi.server import Server

TRIES = 3

_WAITS_SECONDS = (300, 3600)
_NOT_FOUND = 404
_GONE = 410
# Redirects are not followed: the actor's document says where its inbox is, not whoever answers in its place.
_MAY_PASS = {401, 403, *range(300, 400)}
_ASKED_KEPT = 5_000
_ASKED_SECONDS = 600.0


class Asked(Recall[int, bool]):
    """Whose documents were fetched again lately for a refusal, by account."""

    def __init__(self) -> None:
        super().__init__(size=_ASKED_KEPT, seconds=_ASKED_SECONDS)


async def judge(server: Server, job: Deliver, status: int, said: str) -> None:
    """Raise what becomes of a delivery that was answered with a status below 500 and no success.

    A redirect, 401 and 403 are tried three times, everything else is final. After a 404, and the first of
    what is tried again, the actor is fetched anew: if its inbox is elsewhere, the activity goes there.
    Raises Refused, TooMany, or Unreachable when the actor could not be asked.
    """
    if status == _GONE:
        await _ask_after(server, job.inbox_url)
    tries = await _count(server, job) if status in _MAY_PASS else 0
    if status == _NOT_FOUND or tries == 1:
        await _send_on(server, job, status, said)
    if 0 < tries < TRIES:
        raise TooMany(said, retry_after_seconds=_WAITS_SECONDS[tries - 1])
    raise Refused(status, said)


async def _count(server: Server, job: Deliver) -> int:
    async with server.db.transaction():
        rows = await server.db.execute(
            "UPDATE jobs SET refusals = refusals + 1 WHERE unique_key = ? RETURNING refusals",
            [job.unique_key],
        )
    return int(rows[0]["refusals"]) if rows else TRIES


async def _send_on(server: Server, job: Deliver, status: int, said: str) -> None:
    """If the inbox has moved, send the activity there and raise Refused: this delivery is over."""
    new = await _moved_to(server, job.inbox_url)
    if new is None:
        return
    async with server.db.transaction():
        await deliveries.send_on(server, job.activity_id, new, priority=publish.NORMAL)
    raise Refused(status, f"{said} The inbox is at {new} now.")


async def _moved_to(server: Server, inbox_url: str) -> str | None:
    """Fetch again the actor whose inbox this is, and give the inbox that it has now, if it is another one."""
    owner = await _owner(server, inbox_url)
    if owner is None:
        return None
    is_personal = owner.inbox_url == inbox_url
    asked, now = server.memory.of(Asked), server.clock.now()
    if asked.get(owner.id, now) is None:
        asked.put(owner.id, True, now)
        try:
            owner = await people.account_by_uri(server, owner.uri, refresh=True)
        except Unreachable:
            asked.forget(owner.id)
            raise
        except FediError:
            # It answers, and does not say that it has moved.
            return None
    # A shared inbox that is no more has none in its place: a personal one would not pass it on to the others.
    found = owner.inbox_url if is_personal else owner.shared_inbox_url
    return found if found not in {"", inbox_url} else None


async def _owner(server: Server, inbox_url: str) -> Account | None:
    """Find an account whose inbox this is, of the inbox's own origin: no other may say where it moved to."""
    scheme, _, rest = inbox_url.partition("://")
    origin = f"{scheme}://{rest.partition('/')[0]}/"
    rows = await server.db.rows(
        "SELECT id FROM accounts WHERE uri >= ? AND uri < ? AND ? IN (inbox_url, shared_inbox_url)"
        " AND gone_at IS NULL LIMIT 1",
        [origin, f"{origin[:-1]}0", inbox_url],
    )
    return await Account.get(id=rows[0]["id"]) if rows else None


async def _ask_after(server: Server, inbox_url: str) -> None:
    """Have the actor of an inbox that is gone fetched again: it may be gone too (reference 13.5)."""
    owner = await _owner(server, inbox_url)
    if owner is not None:
        work = NewJob(work=RefreshAccount(uri=owner.uri), unique_key=f"refresh:{owner.id}")
        async with server.db.transaction():
            await queue.enqueue(server, work)
