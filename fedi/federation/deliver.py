"""Deliver one activity to one inbox (ActivityPub 7.1): the exact stored bytes, signed anew each time.

The hot path of a server with many followers: what all deliveries of an activity share is loaded once.
Refusals: federation/refusals.py; hosts that fail: federation/instances.py.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from weakref import WeakValueDictionary

from fedi.activitypub.reader import host_of
from fedi.egress import Answer
from fedi.errors import Blocked, NotFound, TooMany, Unreachable, Unsigned
from fedi.federation import instances, knock, refusals, synchronisation
from fedi.federation.knock import Signer
from fedi.jobs.kinds import Deliver
from fedi.memory import Recall
from fedi.server import Server

_MAX_ANSWER_BYTES = 64 * 1024
_LETTERS_KEPT = 128
_LETTER_SECONDS = 600.0
_MAX_KEPT_BYTES = 256 * 1024
_MAX_RETRY_AFTER = 6 * 3600
_BUSY = {408, 425, 429}
_NEVER = {501}
_QUOTED_BYTES = 4096
_QUOTED_CHARACTERS = 200
_MARKUP = re.compile("<[^>]{0,1000}>")
# Controls, and the marks that turn the direction of a line: it is shown in a terminal.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An activity ready to be sent: its bytes, whose key signs it, and by whom if it is for followers."""

    body: bytes
    signer: Signer
    to_followers_of: int | None = None


class Letters(Recall[int, Letter]):
    """Activities sent lately, by row id."""

    def __init__(self) -> None:
        super().__init__(size=_LETTERS_KEPT, seconds=_LETTER_SECONDS)
        # A new post goes to all hosts at the same time: the first delivery loads it, the others wait.
        self.turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


async def run(server: Server, job: Deliver) -> None:
    """Run a Deliver job. What it raises decides its fate, and says what the host answered.

    Raises Postponed, Blocked, GivenUp, Unreachable, TooMany, Refused, or NotFound when it was taken back.
    """
    if server.uris.is_own_host(job.inbox_url):
        raise Blocked("The inbox is our own.")
    host = host_of(job.inbox_url)
    probe = await instances.admit(server, host)
    letter = await _letter(server, job.activity_id)
    if letter is None:
        raise NotFound("What was to be sent is no longer there.")
    author_id = letter.to_followers_of
    headers = await synchronisation.header(server, author_id, job.inbox_url) if author_id else None
    try:
        answer = await knock.post(
            server,
            job.inbox_url,
            letter.body,
            signer=letter.signer,
            max_bytes=_MAX_ANSWER_BYTES,
            headers=headers,
        )
    except Unreachable:
        await instances.failed(server, host, probe=probe)
        raise
    if answer.status == Unsigned.status_code:
        # The author's keys may have been replaced since the letter was loaded.
        server.memory.of(Letters).forget(job.activity_id)
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
        "SELECT o.body, o.actor_id, o.synchronise, a.key_id, a.private_key_pem FROM outgoing_activities o"
        " JOIN accounts a ON a.id = o.actor_id WHERE o.id = ?",
        [activity_id],
    )
    if not rows or not rows[0]["private_key_pem"]:
        return None
    return Letter(
        body=rows[0]["body"].encode(),
        signer=Signer(key_id=rows[0]["key_id"], private_key_pem=rows[0]["private_key_pem"]),
        to_followers_of=rows[0]["actor_id"] if rows[0]["synchronise"] else None,
    )


async def _judge(server: Server, job: Deliver, host: str, answer: Answer, *, probe: bool) -> None:
    """Take note of an answer and raise what becomes of the job."""
    status = answer.status
    if 200 <= status < 300:
        await instances.succeeded(server, host)
        return
    said = _sentence(host, answer)
    if (status >= 500 and status not in _NEVER) or status in _BUSY:
        await _retry(server, host, answer, said, probe=probe)
    # Somebody answers there, whatever is said of this delivery.
    if probe:
        await instances.succeeded(server, host)
    await refusals.judge(server, job, status, said)


async def _retry(server: Server, host: str, answer: Answer, said: str, *, probe: bool) -> None:
    if answer.status not in _BUSY:
        await instances.failed(server, host, probe=probe)
    wait = _retry_after_seconds(answer.headers.get("retry-after", ""), server.clock.now())
    if wait is None:
        raise Unreachable(said)
    raise TooMany(said, retry_after_seconds=wait)


def _sentence(host: str, answer: Answer) -> str:
    """Say what a host answered, with the beginning of its words as one clean line."""
    text = _MARKUP.sub(" ", answer.body[:_QUOTED_BYTES].decode("utf-8", "replace"))
    words = " ".join(_UNPRINTABLE.sub(" ", text).split())[:_QUOTED_CHARACTERS]
    return f"{host} answered {answer.status}: {words}" if words else f"{host} answered {answer.status}."


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
