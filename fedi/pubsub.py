"""Tell other tasks what committed: topics of small messages, lost when nobody listens.

Messages also reach the other processes on the same database file: each that subscribes to anything binds a
Unix datagram socket in a folder beside the file, which nobody but our own user may enter, and who publishes
sends to all sockets there. Nothing waits: what a process does not take in soon is dropped and counted.
"""

import asyncio
import os
import secrets
import socket
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from fedi.logs import logger

Message = tuple[str, str]

_QUEUE_MESSAGES = 1000
# What is told within this time goes out together, and the same wake-up only once.
_GATHER_SECONDS = 0.005
_RETRY_SECONDS = 0.05
_BACKLOG_MESSAGES = 2000
_DATAGRAM_BYTES = 32 * 1024
_MAX_MESSAGE_BYTES = 128 * 1024
_DATAGRAMS_A_TURN = 64
# sockaddr_un holds 108 bytes on Linux, 104 elsewhere, with a zero at the end.
_MAX_PATH_BYTES = 103


class PubSub:
    """Topics within this process and, given a folder, between all processes that were given the same."""

    def __init__(self, folder: Path | None = None) -> None:
        self._queues: dict[str, set[asyncio.Queue[Message]]] = defaultdict(set)
        self._calls: dict[str, list[Callable[[], None]]] = defaultdict(list)
        self._others = _Others(folder, self._deliver) if folder is not None else None

    def publish(self, topic: str, message: str = "") -> None:
        """Give a message to every subscriber of the topic; a subscriber that is full loses its oldest."""
        self._deliver(topic, message)
        if self._others is not None:
            self._others.send(topic, message)

    @contextmanager
    def subscribe(self, *topics: str) -> Iterator[asyncio.Queue[Message]]:
        """Collect (topic, message) pairs of some topics in a queue for as long as the block runs."""
        queue: asyncio.Queue[Message] = asyncio.Queue(_QUEUE_MESSAGES)
        self._listen()
        for topic in topics:
            self._queues[topic].add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                self._queues[topic].discard(queue)
                if not self._queues[topic]:
                    del self._queues[topic]

    @contextmanager
    def calling(self, topic: str, call: Callable[[], None]) -> Iterator[None]:
        """Call `call`, which must not wait, at every message of a topic for as long as the block runs."""
        self._listen()
        self._calls[topic].append(call)
        try:
            yield
        finally:
            self._calls[topic].remove(call)
            if not self._calls[topic]:
                del self._calls[topic]

    @property
    def dropped(self) -> int:
        """How many messages other processes did not take in, or were too large to be sent."""
        return self._others.dropped if self._others is not None else 0

    def close(self) -> None:
        """Send what still waits to be sent and stop listening to other processes."""
        if self._others is not None:
            self._others.close()

    def _listen(self) -> None:
        if self._others is not None:
            self._others.listen()

    def _deliver(self, topic: str, message: str) -> None:
        for queue in self._queues.get(topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait((topic, message))
        for call in tuple(self._calls.get(topic, ())):
            call()


class _Others:
    """The other processes, as sockets in a folder."""

    def __init__(self, folder: Path, deliver: Callable[[str, str], None]) -> None:
        self._folder, self._deliver = folder, deliver
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._handle: int | None = None
        self._sending: socket.socket | None = None
        self._receiving: socket.socket | None = None
        self._is_alone = False
        # Used as an ordered set.
        self._fresh: dict[Message, None] = {}
        self._waiting: dict[str, deque[Message]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.dropped = 0

    def listen(self) -> None:
        """Bind a socket, once; where that cannot be, this process hears of nothing but its own."""
        if self._receiving is not None or self._is_alone:
            return
        receiving = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._enter()
            receiving.setblocking(False)
            receiving.bind(self._path(self._name))
        except OSError as error:
            receiving.close()
            self._is_alone = True
            logger().warning("pubsub.alone", folder=str(self._folder), reason=str(error))
            return
        self._receiving = receiving
        asyncio.get_running_loop().add_reader(receiving.fileno(), self._receive)

    def send(self, topic: str, message: str) -> None:
        """Have a message sent with others that come within moments."""
        self._fresh[topic, message] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._flush)

    def close(self) -> None:
        """Send once more what waits, and leave the folder."""
        if self._timer is not None:
            self._flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._receiving is not None:
            asyncio.get_running_loop().remove_reader(self._receiving.fileno())
            self._receiving.close()
            self._remove(self._name)
        if self._sending is not None:
            self._sending.close()
        if self._handle is not None:
            os.close(self._handle)
        self._receiving = self._sending = self._handle = None
        self._is_alone = True

    def _flush(self) -> None:
        self._timer = None
        fresh, self._fresh = list(self._fresh), {}
        for name in self._names():
            self._waiting.setdefault(name, deque())
        for name in list(self._waiting):
            self._send_to(name, fresh)
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._flush)

    def _names(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if name != self._name]
        except OSError:
            # Nobody has listened yet, or we may not look.
            return []

    def _send_to(self, name: str, fresh: Sequence[Message]) -> None:
        """Send to one process what waits for it; what it cannot take in now waits on, within bounds."""
        waiting = self._waiting[name]
        waiting.extend(fresh)
        try:
            self._enter()
            if self._sending is None:
                self._sending = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._sending.setblocking(False)
            while waiting:
                datagram, count = _packed(waiting)
                if len(datagram) > _MAX_MESSAGE_BYTES:
                    self.dropped += count
                else:
                    self._sending.sendto(datagram, self._path(name))
                for _ in range(count):
                    waiting.popleft()
        except BlockingIOError:
            while len(waiting) > _BACKLOG_MESSAGES:
                waiting.popleft()
                self.dropped += 1
            return
        except ConnectionRefusedError:
            # Its process died without leaving.
            self._remove(name)
        except OSError:
            self.dropped += len(waiting)
        del self._waiting[name]

    def _receive(self) -> None:
        if self._receiving is None:
            return
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                datagram = self._receiving.recv(_MAX_MESSAGE_BYTES)
            except OSError:
                return
            with suppress(msgspec.DecodeError):
                for topic, message in msgspec.json.decode(datagram, type=list[Message]):
                    self._deliver(topic, message)

    def _enter(self) -> None:
        """Make the folder ours alone. Raises OSError."""
        if self._handle is not None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(handle).st_mode & 0o077:
                os.fchmod(handle, 0o700)
        except OSError:
            os.close(handle)
            raise
        self._handle = handle

    def _path(self, name: str) -> str:
        path = str(self._folder / name)
        # A longer path has no address of its own, but one by way of the open folder, where there is /proc.
        return path if len(os.fsencode(path)) <= _MAX_PATH_BYTES else f"/proc/self/fd/{self._handle}/{name}"

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            (self._folder / name).unlink()


def _packed(waiting: deque[Message]) -> tuple[bytes, int]:
    """Give as many messages as fit a datagram, and their number; at least one."""
    taken: list[Message] = []
    size = 0
    for message in waiting:
        size += len(message[0]) + len(message[1])
        if taken and size > _DATAGRAM_BYTES:
            break
        taken.append(message)
    return msgspec.json.encode(taken), len(taken)
