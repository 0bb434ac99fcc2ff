"""What the server and the style worker say to each other, over the pipe of confined/pipe.py."""

from typing import Any, Literal

import msgspec

from fedi.confined.pipe import Begin, Failed, Progress, Ready
from fedi.styles.catalogue import Extra, Guide, Input, Output, Size, Strokes, Tiles
from fedi.styles.controls import Controls

PictureSize = Literal["portrait", "picture", "header", "full"]
PictureType = Literal["webp", "png", "jpeg"]


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
    strokes: Strokes | None = None
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


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The model passed every check; what was found in it."""

    facts: dict[str, Any]


class Drawn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The finished picture as a file; `peak_bytes` is the worker's largest resident memory so far."""

    data: bytes
    media_type: str
    width: int
    height: int
    cpu_seconds: float
    peak_bytes: int


Request = Begin | Load | Inspect | Measure | Draw
Reply = Ready | Loaded | Inspected | Measured | Progress | Drawn | Failed

REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
