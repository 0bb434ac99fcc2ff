"""An uploaded clip decoded and encoded anew: what is kept is what we wrote, without metadata."""

import io
from collections.abc import Callable
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from av.audio.resampler import AudioResampler
from av.video.frame import VideoFrame
from PIL import Image

from fedi.errors import StyleFailed
from fedi.media.decode import fit
from fedi.media.images import PREVIEW_PIXELS
from fedi.reels.clips import AUDIO_RATE, Clip, ClipWriter
from fedi.reels.messages import Made, Transcode


def transcode(request: Transcode, file: BinaryIO, on_progress: Callable[[float], None]) -> Made:
    """Make of a clip what we keep. Raises StyleFailed for what is broken or beyond the limits."""
    limits = request.limits
    clip = Clip(file, request.container, seconds=limits.seconds, pixels=limits.pixels_in)
    try:
        most = Fraction(limits.frames_a_second)
        frames = clip.frames(rate=most, pixels=limits.pixels_out)
        first = next(frames, None)
        if first is None:
            raise StyleFailed("The clip has no pictures.")
        rate = min(most, clip.picture.average_rate or most)
        writer = ClipWriter(
            rate=rate, size=(first.width, first.height), seconds=limits.seconds, xmp=request.xmp
        )
        if clip.has_sound:
            writer.speak()
        preview = _still(first)
        writer.add(first)
        for frame in frames:
            writer.add(frame)
            on_progress(min(0.99, float(writer.frames / rate) / clip.seconds))
        if clip.has_sound:
            _speak(clip, writer)
        return Made(
            data=writer.finish(), preview=preview, media_type=writer.media_type,
            width=writer.size[0], height=writer.size[1], frames=writer.frames,
            duration_ms=writer.duration_ms, has_sound=clip.has_sound,
        )  # fmt: skip
    finally:
        clip.close()


def _speak(clip: Clip, writer: ClipWriter) -> None:
    clip.rewind()
    resampler = AudioResampler(format="fltp", layout="stereo", rate=AUDIO_RATE)
    heard = 0
    for frame in (*clip.sounds(), None):
        for part in resampler.resample(frame):
            if heard * 1000 // AUDIO_RATE >= writer.duration_ms:
                break
            part.pts = heard
            heard += part.samples
            writer.hear(part)
    writer.hear(None)


def _still(frame: VideoFrame) -> bytes:
    image = Image.fromarray(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    file = io.BytesIO()
    image.resize(fit(image.size, PREVIEW_PIXELS)).save(file, "PNG", compress_level=1)
    return file.getvalue()
