"""What the server and a reel's process say to each other, over the pipe of confined/pipe.py.

The file that is read came to the process as an open descriptor; what it makes is in its last answer.
"""

from typing import Literal

import msgspec

from fedi.confined.pipe import Begin, Failed, Progress, Ready

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

REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
