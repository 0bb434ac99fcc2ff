"""What the server and a reel's process say to each other: msgpack structs, each after its length (4 bytes).

The first word is the `Begin` of styles/messages.py. The file that is read came to the process as an open
descriptor; what it makes is in its last answer.
"""

from typing import BinaryIO, Literal

import msgspec

from fedi.styles.messages import LENGTH_BYTES
from fedi.styles.messages import Begin as Begin
from fedi.styles.messages import Failed as Failed
from fedi.styles.messages import Progress as Progress
from fedi.styles.messages import Ready as Ready

# Anime is drawn on twos: twelve pictures a second look drawn, and cost half of what a film has.
FRAMES_A_SECOND = 12

SourceKind = Literal["animation", "clip"]


class ClipLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a clip may be (`seconds`, `pixels` of a frame as it comes) and what is made of it."""

    seconds: int = 15
    pixels_in: int = 8_300_000
    # 1280 x 720: x264 takes some 60 MB for it, three times as much for the next size.
    pixels_out: int = 921_600
    frames_a_second: int = 30


class Open(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take the file apart to be drawn; `pixels` is the most of a frame that is given out.

    `xmp` is put into what is made. At most `frames` are drawn; a clip has at most `seconds`, and is drawn at
    `frames_a_second` or fewer.
    """

    file: int
    kind: SourceKind
    pixels: int
    frames: int
    frames_a_second: int
    seconds: int
    xmp: bytes


class Step(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Here is the drawing of the last frame (b"" at first): give the next one that has to be drawn."""

    drawn: bytes = b""


class Transcode(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Decode an uploaded clip and encode it anew; `xmp` is put into the result, b"" for none."""

    file: int
    container: str
    limits: ClipLimits
    xmp: bytes


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The file was read; it has about so many frames."""

    width: int
    height: int
    frames: int


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A frame to be drawn, as a PNG file; `fraction` of all frames are done before it."""

    picture: bytes
    fraction: float


class Made(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was made: a file, its first frame as a PNG file, and what is said of it."""

    data: bytes
    preview: bytes
    media_type: str
    width: int
    height: int
    frames: int
    duration_ms: int
    has_sound: bool


Request = Begin | Open | Step | Transcode
Reply = Ready | Opened | Frame | Progress | Made | Failed

_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def packed(message: Request | Reply) -> bytes:
    """A message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_reply(body: bytes) -> Reply:
    """What the process said. Raises msgspec.DecodeError on anything else."""
    return _replies.decode(body)


def receive(pipe: BinaryIO) -> Request | None:
    """The server's next word, waiting for it; None when the server is gone."""
    head = pipe.read(LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    body = pipe.read(length) if len(head) == LENGTH_BYTES else b""
    return _requests.decode(body) if body and len(body) == length else None


def send(pipe: BinaryIO, reply: Reply) -> None:
    """Say something to the server at once."""
    pipe.write(packed(reply))
    pipe.flush()
