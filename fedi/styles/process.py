"""One style worker and what it holds, seen from the server. What it is asked: styles/engine.py."""

from asyncio.subprocess import Process
from collections import OrderedDict
from typing import Any, NamedTuple

from fedi.confined.pipe import Begin
from fedi.confined.process import ConfinedProcess
from fedi.errors import StyleFailed, StyleStopped
from fedi.styles.catalogue import Style
from fedi.styles.messages import REPLIES, Reply

# PNG of noise is the longest answer: four bytes a pixel and a little.
_REPLY_BYTES_PER_PIXEL = 4
_REPLY_SPARE_BYTES = 1024 * 1024
# Of styles that are kept loaded: a session takes some three times its model's bytes, and up to a megabyte.
MAX_STYLES, MAX_HELD_BYTES = 8, 16 * 1024 * 1024


class Held(NamedTuple):
    """A style that a worker holds: its models' bytes, and what was found in them."""

    style: Style
    size: int
    facts: dict[str, Any]


def longest_reply(begin: Begin) -> int:
    """Give how many bytes the largest picture may take that a worker with these bounds answers with."""
    return begin.max_pixels_out * _REPLY_BYTES_PER_PIXEL + _REPLY_SPARE_BYTES


class WorkerProcess(ConfinedProcess[Reply]):
    """A started worker. `held` is what it has loaded, last used last. Raises StyleFailed and StyleStopped."""

    module, subject = "fedi.styles.worker", "The style"
    failed, stopped = StyleFailed, StyleStopped
    replies = REPLIES

    def __init__(self, process: Process, max_reply_bytes: int) -> None:
        super().__init__(process, max_reply_bytes)
        self.held: OrderedDict[str, Held] = OrderedDict()

    def make_room(self, size: int) -> tuple[str, ...]:
        """Count as gone those styles that were used longest ago, until `size` bytes more may be held."""
        gone = []
        while self.held and (
            len(self.held) >= MAX_STYLES
            or size + sum(held.size for held in self.held.values()) > MAX_HELD_BYTES
        ):
            gone.append(self.held.popitem(last=False)[0])
        return tuple(gone)
