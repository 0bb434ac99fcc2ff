"""What the server and the style worker say to each other: msgpack structs, each after its length (4 bytes).

The server does not trust the worker, which reads strangers' pictures: it bounds the length of each reply.
"""

from typing import Any, BinaryIO, Literal

import msgspec

from fedi.styles.catalogue import Extra, Guide, Input, Output, Size, Tiles
from fedi.styles.controls import Controls

LENGTH_BYTES = 4

PictureSize = Literal["portrait", "picture", "header", "full"]
PictureType = Literal["webp", "png", "jpeg"]


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First word to a worker: the bounds it puts on itself before it reads anything else."""

    parent: int
    threads: int
    seconds: int
    memory_bytes: int
    max_pixels_in: int
    max_pixels_out: int
    providers: tuple[str, ...] = ()
    nice: int = 10


class Load(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make this model ready; `model` (and `guide_model`, b"" for none) is the file whose hash was checked.

    The styles named in `forget` go first; one of the same name is replaced.
    """

    name: str
    forget: tuple[str, ...] = ()
    model: bytes
    input: Input
    output: Output
    tiles: Tiles
    size: Size
    extra: tuple[Extra, ...] = ()
    guide: Guide | None = None
    guide_model: bytes = b""


class Inspect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Try a model whose manifest is still to be written."""

    model: bytes


class Inspected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was found in it (styles/probing.py)."""

    facts: dict[str, Any]


class Measure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Measure the processor, and count what a loaded style asks of it."""

    style: str


class Measured(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Float operations of the style's convolutions for a pixel; of a matrix product in a second."""

    operations_per_pixel: float
    operations_per_second: float


class Draw(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Draw `picture` (the bytes of an image file) in a loaded style; `xmp` is put into the result.

    `guide` is the picture to draw like, b"" for none. A preview is small, and nearly what it would be.
    """

    style: str
    picture: bytes
    controls: Controls = Controls()
    guide: bytes = b""
    size: PictureSize
    output: PictureType
    xmp: bytes | None
    is_preview: bool = False


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The worker stands; which limits the system granted."""

    limits: dict[str, bool]


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The model passed every check; what was found in it."""

    facts: dict[str, Any]


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How much is drawn, 0..1, never less than before."""

    fraction: float


class Drawn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The finished picture as a file; `peak_bytes` is the worker's largest resident memory so far."""

    data: bytes
    media_type: str
    width: int
    height: int
    cpu_seconds: float
    peak_bytes: int


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It did not work, with a sentence for a person. After `ended` the worker goes: its state is unknown."""

    reason: str
    ended: bool = False


Request = Begin | Load | Inspect | Measure | Draw
Reply = Ready | Loaded | Inspected | Measured | Progress | Drawn | Failed

_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def frame(message: Request | Reply) -> bytes:
    """A message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_reply(body: bytes) -> Reply:
    """What a worker said. Raises msgspec.DecodeError on anything else."""
    return _replies.decode(body)


def receive(pipe: BinaryIO) -> Request | None:
    """The server's next word, waiting for it; None when the server is gone."""
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    body = pipe.read(length)
    return _requests.decode(body) if len(body) == length else None


def send(pipe: BinaryIO, reply: Reply) -> None:
    """Say something to the server at once."""
    pipe.write(frame(reply))
    pipe.flush()
