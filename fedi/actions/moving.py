"""Animations and clips drawn in a style, frame by frame: out of a reel's process, through the engine, back.

Each frame waits for its turn at the engine like a picture, so that stills are drawn between frames. The
server holds one frame at a time; the film and what is made of it are in the reel's process (fedi/reels).
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

import msgspec

from fedi.actions import clips
from fedi.config import Settings
from fedi.errors import Invalid, StyleFailed
from fedi.media.prepared import Prepared
from fedi.media.provenance import Label, write_packet
from fedi.models.media import MediaAttachment
from fedi.reels.messages import FRAMES_A_SECOND, Frame, Made, Open, Opened, Step
from fedi.reels.process import ReelProcess, open_reel
from fedi.server import Server
from fedi.styles.controls import Controls
from fedi.styles.engine import StyledPicture
from fedi.styles.messages import PictureSize

ANIMATION, CLIP, STILL = "animation", "clip", "image"
# Of a frame before it is drawn; a style that wants more makes twice the side of it at most.
FRAME_PIXELS = 600_000
# Then something is wrong: a film of the most frames takes some five minutes.
MOST_SECONDS = 1800.0

Report = Callable[[float], Awaitable[None]]


class Drawn(NamedTuple):
    """A drawn film, ready to be stored, the style's version, and the seconds that all of it took."""

    prepared: Prepared
    version: str
    seconds: float


def kind_of(source: MediaAttachment) -> str:
    """Say whether a picture stands still, or what else it is."""
    if source.kind in {"video", "gifv"}:
        return CLIP
    return ANIMATION if (source.frames or 1) > 1 else STILL


def check(source: MediaAttachment, settings: Settings, *, size: str) -> None:
    """Raise Invalid for a film that cannot be drawn here, naming the field."""
    kind, studio = kind_of(source), settings.studio
    if kind != STILL and size == "header":
        raise Invalid("size", "is for pictures that stand still")
    if kind == CLIP and not clips.are_read():
        raise Invalid("media_id", "is a clip; this server draws pictures only")
    if kind == ANIMATION and (source.frames or 1) > studio.max_frames:
        raise Invalid(
            "media_id", f"has {source.frames} frames; at most {studio.max_frames} are drawn on this server"
        )


async def draw(
    server: Server,
    source: MediaAttachment,
    style: str,
    *,
    size: PictureSize,
    controls: Controls,
    guide: bytes,
    label: Label,
    report: Report,
) -> Drawn:
    """Draw a film in a style; cancel the task to stop. Raises StyleFailed, NotFound if the file is gone."""
    loop, studio = asyncio.get_running_loop(), server.settings.studio
    began = loop.time()
    deadline = asyncio.timeout(MOST_SECONDS)
    path = server.store.path(source.original_key)
    draw_one = partial(
        server.styles.run, style, size=size, output="png", controls=_for_frames(controls), guide=guide
    )
    try:
        async with deadline, open_reel(path, clips.reel_limits(server.settings)) as reel:
            await reel.ask(
                Open(
                    file=reel.file,
                    kind="clip" if kind_of(source) == CLIP else "animation",
                    pixels=FRAME_PIXELS,
                    frames=studio.max_frames,
                    frames_a_second=FRAMES_A_SECOND,
                    seconds=studio.clip_seconds,
                    xmp=write_packet(label),
                ),
                Opened,
            )
            made, version = await _frames(reel, draw_one, report)
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise StyleFailed("It took longer than a drawing may take on this server.") from error
    prepared = await clips.prepared(server, made, label, "studio")
    return Drawn(prepared, version, loop.time() - began)


async def _frames(
    reel: ReelProcess, draw_one: Callable[[bytes], Awaitable[StyledPicture]], report: Report
) -> tuple[Made, str]:
    """Draw the frames that the reel gives out until it has made a film of them."""
    version, step = "", Step()
    while True:
        asked: Frame | Made = await reel.ask(step, (Frame, Made))
        if isinstance(asked, Made):
            return asked, version
        drawn = await draw_one(asked.picture)
        version, step = drawn.version, Step(drawn=drawn.data)
        await report(asked.fraction)


def _for_frames(controls: Controls) -> Controls:
    """The controls that hold over a film: what follows faces would jump from frame to frame."""
    return msgspec.structs.replace(controls, crop="none", proportions=0.0)
