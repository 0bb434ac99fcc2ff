"""How other hosts' inboxes have answered lately: a breaker for each, and the end of hope after seven days.

Five failures in a row open a host's breaker; then one delivery at a time probes it, after 1, 5, 15, 60
minutes and so on, while the others wait without using up their attempts. A host that fails on seven days is
dead: what waits for it is given up, and it is probed once a week, until it answers or speaks to us. What is
known is kept in the row of the host and, for half a minute, in memory: a healthy host costs no query and no
write per delivery.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from fedi.errors import Blocked, GivenUp, Postponed
from fedi.jobs import queue
from fedi.jobs.kinds import Lane
from fedi.logs import logger
from fedi.memory import Recall
from fedi.models.federation import Instance
from fedi.queries import domains
from fedi.server import Server

FAILURES_TO_OPEN = 5
FAILING_DAYS_TO_DIE = 7

_PROBE_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
_DEAD_PROBE_WAIT = timedelta(days=7)
_PROBE_TURN = timedelta(minutes=1)
_SUCCESS_NOTED_EVERY = timedelta(hours=6)
_HOSTS_KEPT = 10_000
_HOST_SECONDS = 30.0


@dataclass(slots=True)
class HostState:
    """What the row of a host says, and whether the host is suspended here."""

    failures: int = 0
    failing_days: int = 0
    last_failure_at: datetime | None = None
    last_success_at: datetime | None = None
    retry_at: datetime | None = None
    dead: bool = False
    suspended: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the breaker is open: nothing but probes is sent."""
        return self.dead or self.failures >= FAILURES_TO_OPEN

    def wait(self, now: datetime) -> timedelta | None:
        """How long nothing is sent yet, None for no longer.

        A time further off than any that is set here was set before the clock was put back: it counts no more.
        """
        if not self.is_open or self.retry_at is None or self.retry_at <= now:
            return None
        wait = self.retry_at - now
        return wait if wait <= (_DEAD_PROBE_WAIT if self.dead else _PROBE_WAITS[-1]) else None


class Hosts(Recall[str, HostState]):
    """The hosts dealt with lately."""

    def __init__(self) -> None:
        super().__init__(size=_HOSTS_KEPT, seconds=_HOST_SECONDS)


async def is_suspended(server: Server, host: str) -> bool:
    """Say whether a host is suspended, as of half a minute ago: for what was admitted before and waited."""
    return (await _state(server, host)).suspended


async def admit(server: Server, host: str) -> bool:
    """Let a delivery to `host` go ahead; True when it is the probe of an open breaker.

    Raises Postponed while the breaker is open, Blocked for a suspended host, GivenUp for a dead one.
    """
    state, now = await _state(server, host), server.clock.now()
    if state.suspended:
        raise Blocked
    if not state.is_open:
        return False
    if (wait := state.wait(now)) is not None:
        if state.dead and wait > _PROBE_TURN:
            raise GivenUp
        raise Postponed("The host does not answer.", wait_seconds=wait.total_seconds() + 1.0)
    # The turn is taken in memory alone: were the process to die here, the row lets the next one probe.
    state.retry_at = now + _PROBE_TURN
    async with server.db.transaction():
        await _hold_back(server, host, state.retry_at)
    return True


async def succeeded(server: Server, host: str) -> None:
    """Note that a delivery arrived; writes nothing while the host is well, but once in six hours."""
    state, now = await _state(server, host), server.clock.now()
    was_open = state.is_open
    noted = state.last_success_at
    if not (state.failures or state.dead) and noted is not None and now - noted < _SUCCESS_NOTED_EVERY:
        return
    async with server.db.transaction():
        await _save(server, host, _revived(state, now))
        if was_open:
            await _hurry(server, host, now)


async def failed(server: Server, host: str, *, probe: bool) -> None:
    """Note that a delivery failed in a way that speaks of the host, not of what was sent."""
    state, now = await _state(server, host), server.clock.now()
    if state.is_open and not probe:
        # It was under way when the breaker opened: counted with the others, not as a probe.
        return
    # A day counts once, also when the clock was put back.
    if state.last_failure_at is None or state.last_failure_at.date() < now.date():
        state.failing_days += 1
    state.failures, state.last_failure_at = state.failures + 1, now
    async with server.db.transaction():
        if state.is_open:
            await _opened(server, host, state, now)
        await _save(server, host, state)


async def heard_from(server: Server, host: str) -> None:
    """Note that a host spoke to us: a dead one lives again, one that failed is probed at once."""
    state, now = await _state(server, host), server.clock.now()
    if state.dead:
        async with server.db.transaction():
            await _save(server, host, _revived(state, now))
            await _hurry(server, host, now)
    elif state.is_open and state.retry_at is not None and state.retry_at > now + _PROBE_TURN:
        state.retry_at = now
        async with server.db.transaction():
            await _save(server, host, state)
            await _hurry(server, host, now)


async def _opened(server: Server, host: str, state: HostState, now: datetime) -> None:
    """Have everything wait for the next probe of a host that has failed too often, or give it all up."""
    state.dead = state.failing_days >= FAILING_DAYS_TO_DIE
    place = min(max(state.failures - FAILURES_TO_OPEN, 0), len(_PROBE_WAITS) - 1)
    state.retry_at = now + (_DEAD_PROBE_WAIT if state.dead else _PROBE_WAITS[place])
    if state.dead:
        await queue.bury_group(server, Lane.DELIVER, host, str(GivenUp()))
    else:
        await _hold_back(server, host, state.retry_at)
    logger().info("host.failing", host=host, failures=state.failures, dead=state.dead)


def _revived(state: HostState, now: datetime) -> HostState:
    state.failures = state.failing_days = 0
    state.last_failure_at = state.retry_at = None
    state.last_success_at, state.dead = now, False
    return state


async def _state(server: Server, host: str) -> HostState:
    hosts, now = server.memory.of(Hosts), server.clock.now()
    if (state := hosts.get(host, now)) is not None:
        return state
    row = await Instance.get_or_none(host=host)
    state = HostState(suspended=await domains.is_suspended(server, host))
    if row is not None:
        state.failures, state.failing_days, state.dead = row.failures, row.failing_days, row.dead
        state.last_failure_at, state.last_success_at = row.last_failure_at, row.last_success_at
        state.retry_at = row.retry_at
    # Two that asked at once must end up with the same object.
    if (first := hosts.get(host, now)) is not None:
        return first
    hosts.put(host, state, now)
    return state


async def _save(server: Server, host: str, state: HostState) -> None:
    columns = ("failures", "failing_days", "last_failure_at", "last_success_at", "retry_at", "dead")
    values = {column: getattr(state, column) for column in columns}
    if not await Instance.filter(host=host).update(**values):
        await Instance.create(id=server.new_id(), host=host, created_at=server.clock.now(), **values)


async def _hold_back(server: Server, host: str, until: datetime) -> None:
    """Have nothing that waits for a host be tried before a moment: in one statement, however much it is."""
    moment = int(until.timestamp() * 1000)
    await server.db.execute(
        "UPDATE jobs SET run_at = ? WHERE lane = ? AND state = 'ready' AND group_key = ? AND run_at < ?",
        [moment, Lane.DELIVER, host, moment],
    )


async def _hurry(server: Server, host: str, now: datetime) -> None:
    """Make due what waits for a host that has come back."""
    moment = int(now.timestamp() * 1000)
    await server.db.execute(
        "UPDATE jobs SET run_at = ? WHERE lane = ? AND state = 'ready' AND group_key = ? AND run_at > ?",
        [moment, Lane.DELIVER, host, moment],
    )
    server.db.after_commit(partial(server.pubsub.publish, queue.topic(Lane.DELIVER)))
