"""What the server and a picture's process say to each other, over the pipe of confined/pipe.py."""

from typing import Literal

import msgspec

from fedi.confined.pipe import Begin, Failed, Progress, Ready
from fedi.media.prepared import EncodedImage, ImageLimits, Prepared, PreparedEmoji
from fedi.media.provenance import DigitalSource, Label


class Look(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say whether this file is a picture that is taken, before its pixels are decoded."""

    data: bytes
    limits: ImageLimits


class Prepare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make an upload fit to be kept: at most `pixels_kept`, for the studio up to `pixels_drawn`.

    `claimed` is how its author says it came to be.
    """

    data: bytes
    limits: ImageLimits
    pixels_kept: int
    pixels_drawn: int
    claimed: DigitalSource | None


class PrepareDrawn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a picture of the studio fit to be kept; it has at most `pixels_drawn`."""

    drawn: EncodedImage
    label: Label
    pixels_kept: int
    pixels_drawn: int


class PrepareFirst(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a preview of a clip's first frame."""

    data: bytes
    label: Label | None


class PrepareEmoji(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a custom emoji."""

    data: bytes


class Relabel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put another label, or none, into the file of a picture that is kept."""

    data: bytes
    label: Label | None


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The file is a picture that is taken."""


class Made(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was made of a picture."""

    prepared: Prepared


class First(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A clip's preview and its blurhash."""

    preview: EncodedImage
    blurhash: str


class MadeEmoji(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was made of an emoji."""

    prepared: PreparedEmoji


class Relabelled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The same picture with the other label."""

    data: bytes


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The file is not taken: Invalid (with its `field`), TooLarge or Unsupported."""

    kind: Literal["invalid", "too_large", "unsupported"]
    reason: str
    field: str = ""


Request = Begin | Look | Prepare | PrepareDrawn | PrepareFirst | PrepareEmoji | Relabel
Reply = Ready | Taken | Made | First | MadeEmoji | Relabelled | Refused | Progress | Failed

REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
