"""Clips made on the spot with FFmpeg (the extra `video`), and files that only say that they are clips."""

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

_RATE = 44_100


def clip(
    seconds: float = 1.0,
    *,
    size: tuple[int, int] = (160, 96),
    rate: int = 10,
    container: str = "mp4",
    sound: bool = True,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """A white bar that crosses a grey picture, and a tone."""
    file = io.BytesIO()
    codecs = ("libx264", "aac") if container == "mp4" else ("libvpx", "libopus")
    with av.open(file, "w", format=container) as output:
        output.metadata.update(metadata or {})
        picture: Any = output.add_stream(codecs[0], rate=rate)
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        hum: Any = (
            output.add_stream(codecs[1], rate=48_000 if container == "webm" else _RATE) if sound else None
        )
        for n in range(round(seconds * rate)):
            pixels = np.full((size[1], size[0], 3), 90, np.uint8)
            left = n * 4 % size[0]
            pixels[:, left : left + 8] = 250
            frame = VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, rate)
            output.mux(picture.encode(frame))
        if hum is not None:
            _hum(output, hum, seconds)
        output.mux(picture.encode(None))
    return file.getvalue()


def probe(data: bytes) -> dict[str, Any]:
    """What is in a clip."""
    with av.open(io.BytesIO(data), "r") as found:
        picture = found.streams.video[0]
        return {
            "size": (picture.codec_context.width, picture.codec_context.height),
            "codecs": [each.codec_context.name for each in found.streams],
            "frames": sum(1 for _ in found.decode(picture)),
            "metadata": dict(found.metadata),
        }


def frames_of(data: bytes) -> list[np.ndarray[Any, Any]]:
    """The frames of a clip as RGB pixels."""
    with av.open(io.BytesIO(data), "r") as found:
        return [frame.to_ndarray(format="rgb24") for frame in found.decode(video=0)]


def _hum(output: Any, stream: Any, seconds: float) -> None:
    rate = stream.codec_context.sample_rate
    tone = np.sin(np.arange(int(seconds * rate)) / 20).astype(np.float32) * 0.3
    frame = av.AudioFrame.from_ndarray(tone[None], format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate, 0
    fifo = av.AudioFifo()
    resampler = av.AudioResampler(
        format=stream.codec_context.format, layout=stream.codec_context.layout, rate=rate
    )
    for part in resampler.resample(frame):
        fifo.write(part)
    size = stream.codec_context.frame_size or 960
    while (whole := fifo.read(size, partial=True)) is not None:
        output.mux(stream.encode(whole))
    output.mux(stream.encode(None))
