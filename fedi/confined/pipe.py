"""What a server and a confined process say to each other: msgpack structs, each after its length (4 bytes).

Each kind of process has words of its own (styles, reels and media: messages.py); those here are said to and
by all of them. The server does not trust the process, which reads strangers' files: it bounds every reply.
"""

import os
import sys
from typing import BinaryIO, TypeVar

import msgspec

LENGTH_BYTES = 4

T = TypeVar("T")


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First word to a process: the bounds it puts on itself before it reads anything else."""

    parent: int
    threads: int
    seconds: int
    memory_bytes: int
    max_pixels_in: int
    max_pixels_out: int
    providers: tuple[str, ...] = ()
    nice: int = 10


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process stands; which limits the system granted."""

    limits: dict[str, bool]


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How much is done, 0..1, never less than before."""

    fraction: float


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It did not work, with a sentence for a person. After `ended` the process goes: its state is unknown."""

    reason: str
    ended: bool = False


def framed(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def receive(pipe: BinaryIO, requests: msgspec.msgpack.Decoder[T]) -> T | None:
    """The server's next word, waiting for it; None when the server is gone."""
    head = pipe.read(LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    body = pipe.read(length) if len(head) == LENGTH_BYTES else b""
    return requests.decode(body) if body and len(body) == length else None


def send(pipe: BinaryIO, reply: msgspec.Struct) -> None:
    """Say something to the server at once."""
    pipe.write(framed(reply))
    pipe.flush()


def private_output() -> BinaryIO:
    """The pipe to the server under a number of its own; what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies
