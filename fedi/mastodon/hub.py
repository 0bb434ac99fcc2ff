"""Who listens in this process, and how they are told: bounded queues, and an end when access ends.

What is told: fedi/mastodon/happenings.py. Connections: streaming.py and sockets.py.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress

from fedi.actions import oauth
from fedi.actions.sessions import access_topic
from fedi.errors import TooMany
from fedi.logs import logger
from fedi.mastodon.streams import NOTIFICATIONS, Event, Kind, Stream
from fedi.models.users import AccessToken, User
from fedi.queries import listening
from fedi.queries.filters import Rules
from fedi.server import Server

# Reasons for a WebSocket's end (RFC 6455 section 7.4.1).
GONE, REFUSED, TOO_LARGE, NO_BINARY, BUSY = 1000, 1008, 1009, 1003, 1013

_WAITING_EVENTS = 256
_PER_ACCOUNT = 64
_LOOK_AGAIN_SECONDS = 60
# An end of access that another process did not get to tell is noticed after this.
_CHECK_SECONDS = 3.0
_RULES_SECONDS = 60.0

Write = Callable[[Event, Stream], str | bytes]


class Listener:
    """One connection: whose, what it listens to, and what waits to be sent."""

    def __init__(self, token: AccessToken, user: User, write: Write) -> None:
        self.token_id, self.user_id, self.account = token.id, user.id, user.account
        self.scopes = token.scopes
        self.streams: set[Stream] = set()
        self.waiting: asyncio.Queue[str | bytes] = asyncio.Queue(_WAITING_EVENTS)
        self.ended = asyncio.Event()
        self.code = GONE
        self._write = write

    @property
    def hears_notifications(self) -> bool:
        """Whether the user's own stream has notifications for this token."""
        return oauth.covers(self.scopes, NOTIFICATIONS)

    def tell(self, event: Event, stream: Stream) -> None:
        """Have an event sent; who does not take in what comes is cut off."""
        self.send(self._write(event, stream))

    def send(self, written: str | bytes) -> None:
        """Have something sent as it is."""
        try:
            self.waiting.put_nowait(written)
        except asyncio.QueueFull:
            self.end(BUSY)

    def end(self, code: int = GONE) -> None:
        """Have the connection closed; the first reason stays."""
        if not self.ended.is_set():
            self.code = code
            self.ended.set()


class Hub:
    """All connections of one process, by what they listen to."""

    def __init__(self) -> None:
        self._streams: defaultdict[Stream, set[Listener]] = defaultdict(set)
        self._accounts: defaultdict[int, set[Listener]] = defaultdict(set)
        self._rules: dict[int, tuple[float, Rules]] = {}
        self._check = asyncio.Event()

    @contextmanager
    def joined(self, server: Server, listener: Listener) -> Iterator[None]:
        """Count a connection among those that are told for as long as the block runs. Raises TooMany."""
        own = self._accounts[listener.account.id]
        if len(own) >= _PER_ACCOUNT:
            raise TooMany(
                "There are too many open streams of this account.", retry_after_seconds=_LOOK_AGAIN_SECONDS
            )
        own.add(listener)
        try:
            with server.pubsub.calling(access_topic(listener.user_id), self._check.set):
                yield
        finally:
            for stream in tuple(listener.streams):
                self.unsubscribe(listener, stream)
            own.discard(listener)
            if not own:
                del self._accounts[listener.account.id]
                self._rules.pop(listener.account.id, None)

    def subscribe(self, listener: Listener, stream: Stream) -> None:
        """Have a connection hear a stream."""
        listener.streams.add(stream)
        self._streams[stream].add(listener)

    def unsubscribe(self, listener: Listener, stream: Stream) -> None:
        """Have a connection hear a stream no more."""
        listener.streams.discard(stream)
        listeners = self._streams.get(stream)
        if listeners is not None:
            listeners.discard(listener)
            if not listeners:
                del self._streams[stream]

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens to anything."""
        return not self._streams

    def on(self, kind: Kind, about: str = "") -> Collection[Listener]:
        """Give who listens to a stream."""
        return tuple(self._streams.get(Stream(kind, about), ()))

    def of(self, account_id: int, kind: Kind) -> list[Listener]:
        """Give the connections of one account that listen to a stream of its own."""
        stream = Stream(kind)
        return [each for each in self._accounts.get(account_id, ()) if stream in each.streams]

    def lists(self) -> list[int]:
        """Give the lists that are listened to."""
        return [int(stream.about) for stream in self._streams if stream.kind is Kind.LIST]

    def rules_kept(self, account_id: int) -> Rules | None:
        """Give the filters of an account as they were a moment ago, if they were asked for."""
        until, rules = self._rules.get(account_id, (0.0, None))
        return rules if asyncio.get_running_loop().time() < until else None

    def keep_rules(self, account_id: int, rules: Rules) -> None:
        """Remember the filters of an account for a moment, or until it says that they changed."""
        self._rules[account_id] = (asyncio.get_running_loop().time() + _RULES_SECONDS, rules)

    def forget_rules(self, account_id: int) -> None:
        """Forget the filters of an account."""
        self._rules.pop(account_id, None)

    async def keep_out(self, server: Server) -> None:
        """Close, for ever, what is open under tokens that are in force no more: at a word, or soon."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._check.wait(), _CHECK_SECONDS)
            self._check.clear()
            everybody = [each for own in self._accounts.values() for each in own]
            if not everybody:
                continue
            try:
                good = await listening.in_force(server, {each.token_id for each in everybody})
            except Exception as error:  # noqa: BLE001  asked again soon; it must not end the server
                logger().error("streaming.unchecked", error=repr(error))
                continue
            for each in everybody:
                if each.token_id not in good:
                    each.end(REFUSED)
