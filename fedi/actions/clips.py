"""Clips of local accounts: what is taken, and made of an upload. Decoding and encoding: fedi/reels.

Needs the extra `video`. Only the reel's process reads a clip; here are its head, to tell what it is, and the
file that came back.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from anyio import CapacityLimiter, to_thread

from fedi.config import Settings
from fedi.errors import Invalid, StyleFailed, TooLarge
from fedi.media.prepared import EncodedImage, Prepared
from fedi.media.provenance import DigitalSource, Label, label_in, write_packet
from fedi.media.sniff import ClipKind, ImageKind
from fedi.reels.messages import ClipLimits, Made, Transcode
from fedi.reels.process import ReelLimits, open_reel
from fedi.server import Server

NOT_READ = "is a video; this server takes pictures only"
_MIB = 1024 * 1024


class Turns:
    """One clip of an upload at a time: each takes two cores and 200 MB while it lasts."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(1)


@cache
def are_read() -> bool:
    """Say whether clips can be read: the extra `video` is installed."""
    return find_spec("av") is not None


def largest_upload(settings: Settings) -> int:
    """Give how many bytes a file may have, of the kind that may be largest."""
    return max(settings.media.max_bytes, settings.media.max_clip_bytes if are_read() else 0)


def check(server: Server, size: int) -> None:
    """Raise Invalid when this server takes no clips, TooLarge when one has too many bytes."""
    if not are_read():
        raise Invalid("file", NOT_READ)
    most = server.settings.media.max_clip_bytes
    if size > most:
        raise TooLarge(f"The clip is larger than {most // _MIB} MiB.")


async def prepare(server: Server, file: Path, kind: ClipKind, claimed: DigitalSource | None) -> Prepared:
    """Make of an uploaded clip what is kept; `claimed` is how its author says it came to be.

    Raises Invalid for what cannot be read or is too long.
    """
    label, origin = await to_thread.run_sync(lambda: label_in(file.read_bytes(), claimed))
    request = ClipLimits(seconds=server.settings.studio.clip_seconds)
    try:
        async with server.memory.of(Turns).limiter, open_reel(file, reel_limits(server.settings)) as reel:
            made = await reel.ask(
                Transcode(
                    file=reel.file,
                    container=kind.container,
                    limits=request,
                    xmp=write_packet(label) if label else b"",
                ),
                Made,
            )
    except StyleFailed as error:
        raise Invalid("file", str(error)) from error
    return await prepared(server, made, label, origin)


async def prepared(server: Server, made: Made, label: Label | None, origin: str) -> Prepared:
    """Check what a reel's process made and give it as it is stored. Raises StyleFailed, Invalid."""
    is_clip = made.media_type == ClipKind.MP4
    if not is_clip and made.media_type != ImageKind.WEBP:
        raise StyleFailed("The film's process made something else than was asked.")
    first = await server.pictures.prepare_first(made.preview, label)
    file = EncodedImage(data=made.data, media_type=made.media_type, width=made.width, height=made.height)
    return Prepared(
        full=None,
        file=file,
        preview=first.preview,
        blurhash=first.blurhash,
        label=label,
        origin=origin,
        kind=("video" if made.has_sound else "gifv") if is_clip else "image",
        frames=made.frames,
        duration_ms=made.duration_ms,
    )


def reel_limits(settings: Settings) -> ReelLimits:
    """What a reel's process may take, from the settings."""
    return ReelLimits(
        seconds=settings.studio.seconds, threads=settings.studio.threads, max_pixels=settings.media.max_pixels
    )
