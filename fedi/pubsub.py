"""Tell other tasks what committed: topics of small messages, lost when nobody listens."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

_QUEUE_MESSAGES = 1000


class LocalPubSub:
    """Topics within one process."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[tuple[str, str]]]] = defaultdict(set)

    def publish(self, topic: str, message: str = "") -> None:
        """Give a message to every subscriber of the topic; a subscriber that is full loses its oldest."""
        for queue in self._queues.get(topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait((topic, message))

    @contextmanager
    def subscribe(self, *topics: str) -> Iterator[asyncio.Queue[tuple[str, str]]]:
        """Collect (topic, message) pairs of some topics in a queue for as long as the block runs."""
        queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_QUEUE_MESSAGES)
        for topic in topics:
            self._queues[topic].add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                self._queues[topic].discard(queue)
                if not self._queues[topic]:
                    del self._queues[topic]
