"""Deliver one activity to one inbox (ActivityPub 7.1): the exact stored bytes, signed anew each time.

The hot path of a server with many followers: what all deliveries of an activity share is loaded once.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from weakref import WeakValueDictionary

from fedi.activitypub.reader import host_of
from fedi.egress import Answer
from fedi.errors import Refused, TooMany, Unreachable
from fedi.federation import instances, knock
from fedi.federation.knock import Signer
from fedi.jobs import queue
from fedi.jobs.kinds import Deliver, RefreshAccount
from fedi.jobs.queue import NewJob
from fedi.memory import Recall
from fedi.server import Server

_MAX_ANSWER_BYTES = 64 * 1024
_LETTERS_KEPT = 128
_LETTER_SECONDS = 600.0
_MAX_KEPT_BYTES = 256 * 1024
_TRIES = 3
_TRIES_KEPT = 10_000
_TRIES_SECONDS = 7 * 86_400
_MAX_RETRY_AFTER = 6 * 3600
# Firewalls say 403 for a while, proxies redirect to pages of their own: worth three tries, not sixteen.
_SOON_PERMANENT = {301, 302, 303, 307, 308, 401, 403}
_BUSY = {408, 425, 429}
_NEVER = {501}
_GONE = {404, 410}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An activity ready to be sent: its bytes and whose key signs it."""

    body: bytes
    signer: Signer


class Letters(Recall[int, Letter]):
    """Activities sent lately, by row id."""

    def __init__(self) -> None:
        super().__init__(size=_LETTERS_KEPT, seconds=_LETTER_SECONDS)
        # A new post goes to all hosts at the same time: the first delivery loads it, the others wait.
        self.turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


class Tries(Recall[tuple[int, str], int]):
    """How often an inbox has answered an activity with what may be permanent."""

    def __init__(self) -> None:
        super().__init__(size=_TRIES_KEPT, seconds=_TRIES_SECONDS)


async def run(server: Server, job: Deliver) -> None:
    """Run a Deliver job. Raises Postponed, Blocked, Unreachable, TooMany or Refused, as its fate shall be."""
    host = host_of(job.inbox_url)
    probe = await instances.admit(server, host)
    letter = await _letter(server, job.activity_id)
    if letter is None:
        # Pruned, or its author's account was removed: nobody is waiting for it any more.
        return
    try:
        answer = await knock.post(
            server, job.inbox_url, letter.body, signer=letter.signer, max_bytes=_MAX_ANSWER_BYTES
        )
    except Unreachable:
        await instances.failed(server, host, probe=probe)
        raise
    await _judge(server, job, host, answer, probe=probe)


async def _letter(server: Server, activity_id: int) -> Letter | None:
    letters = server.memory.of(Letters)
    if (letter := letters.get(activity_id, server.clock.now())) is not None:
        return letter
    turn = letters.turns.setdefault(activity_id, asyncio.Lock())
    async with turn:
        letter = letters.get(activity_id, server.clock.now()) or await _load(server, activity_id)
        if letter is not None and len(letter.body) <= _MAX_KEPT_BYTES:
            letters.put(activity_id, letter, server.clock.now())
    return letter


async def _load(server: Server, activity_id: int) -> Letter | None:
    rows = await server.db.rows(
        "SELECT o.body, a.key_id, a.private_key_pem FROM outgoing_activities o"
        " JOIN accounts a ON a.id = o.actor_id WHERE o.id = ?",
        [activity_id],
    )
    if not rows or not rows[0]["private_key_pem"]:
        return None
    return Letter(
        body=rows[0]["body"].encode(),
        signer=Signer(key_id=rows[0]["key_id"], private_key_pem=rows[0]["private_key_pem"]),
    )


async def _judge(server: Server, job: Deliver, host: str, answer: Answer, *, probe: bool) -> None:
    """Take note of an answer and raise what becomes of the job."""
    status = answer.status
    if 200 <= status < 300:
        await instances.succeeded(server, host)
        return
    if (status >= 500 and status not in _NEVER) or status in _BUSY:
        await _retry(server, host, answer, probe=probe)
    # Somebody answers there, whatever is said of this delivery.
    if probe:
        await instances.succeeded(server, host)
    if status in _SOON_PERMANENT and not _tried_enough(server, job):
        raise Unreachable(f"{host} answered {status}.")
    if status in _GONE:
        await _ask_after(server, job.inbox_url)
    raise Refused(status)


async def _retry(server: Server, host: str, answer: Answer, *, probe: bool) -> None:
    if answer.status not in _BUSY:
        await instances.failed(server, host, probe=probe)
    wait = _retry_after_seconds(answer.headers.get("retry-after", ""), server.clock.now())
    if wait is None:
        raise Unreachable(f"{host} answered {answer.status}.")
    raise TooMany(f"{host} answered {answer.status}.", retry_after_seconds=wait)


def _retry_after_seconds(value: str, now: datetime) -> int | None:
    """Read Retry-After, seconds or a date (RFC 9110 10.2.3), between a second and six hours."""
    if value.isascii() and value.isdigit():
        seconds = int(value[:9])
    else:
        try:
            seconds = int((parsedate_to_datetime(value[:64]) - now).total_seconds())
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return max(1, min(seconds, _MAX_RETRY_AFTER))


def _tried_enough(server: Server, job: Deliver) -> bool:
    tries, key, now = server.memory.of(Tries), (job.activity_id, job.inbox_url), server.clock.now()
    count = (tries.get(key, now) or 0) + 1
    tries.put(key, count, now)
    return count >= _TRIES


async def _ask_after(server: Server, inbox_url: str) -> None:
    """Have the actor of an inbox that is gone fetched again: it moved there, or is gone too."""
    rows = await server.db.rows(
        "SELECT uri FROM accounts WHERE inbox_url = ? AND gone_at IS NULL LIMIT 1", [inbox_url]
    )
    if rows:
        work = RefreshAccount(uri=rows[0]["uri"])
        async with server.db.transaction():
            await queue.enqueue(server, NewJob(work=work, unique_key=f"refresh:{rows[0]['uri']}"[:255]))
