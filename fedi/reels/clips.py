"""Clips by FFmpeg (the extra `video`, PyAV): opened within limits, their frames, the file that is written.

For the reel's process only. FFmpeg never opens anything: it reads from the descriptor that was handed in,
with the one reader for the kind of file that was recognised, and the process has neither files nor network.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame

from fedi.errors import StyleFailed
from fedi.media.decode import fit
from fedi.reels.animations import Still
from fedi.reels.steady import Pixels

DEMUXERS = {"mp4": "mov", "webm": "matroska"}
VIDEO_CODECS = {"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "libvpx", "libvpx-vp9"}
AUDIO_CODECS = {"aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "pcm_s16le", "alac"}
SPARE_SECONDS = 0.5
AUDIO_RATE, AUDIO_BITS = 44_100, 128_000
# An XMP packet in MP4 stands in a box of this type (ISO 16684-3; Adobe XMP part 3, 1.3.3.3).
XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
# Room before the pixels for the index, so that a clip starts to play before it is loaded whole.
INDEX_BYTES, INDEX_BYTES_PER_SECOND = 16_384, 3072
ENCODER = {"preset": "veryfast", "crf": "22", "rc-lookahead": "10"}
MAX_FILE_BYTES = 32 * 1024 * 1024
MILLISECONDS = 1000
LEAST_SHAPE = Fraction(1, 4)
QUARTER, TURN = 90, 360
TRANSPOSE = {90: ("transpose", "cclock"), 270: ("transpose", "clock")}


class Clip:
    """An opened clip. Raises StyleFailed for what is broken, too long, or of a kind that is not read."""

    def __init__(self, file: BinaryIO, container: str, *, seconds: float, pixels: int) -> None:
        self._seconds = seconds + SPARE_SECONDS
        try:
            self._input: InputContainer = av.open(
                file, "r", format=DEMUXERS[container], metadata_errors="ignore"
            )
        except (av.FFmpegError, OSError, ValueError, OverflowError) as error:
            raise StyleFailed("The clip is cut off or broken and cannot be read.") from error
        pictures, sounds = self._input.streams.video, self._input.streams.audio
        if not pictures:
            raise StyleFailed("The file has no moving picture.")
        self.picture, self.sound = pictures[0], sounds[0] if sounds else None
        if self.picture.codec_context.name not in VIDEO_CODECS:
            raise StyleFailed(
                "The clip is coded in a way that is not read here (H.264, HEVC, VP8, VP9, AV1)."
            )
        if self.sound is not None and self.sound.codec_context.name not in AUDIO_CODECS:
            self.sound = None
        self._check(self.picture.codec_context.width, self.picture.codec_context.height, pixels)
        said = (self._input.duration or 0) / av.time_base
        self._check_time(said)
        self.seconds = said or seconds
        # Nor may its pictures be larger than its header says.
        self.picture.codec_context.options = {"max_pixels": str(pixels)}
        self.picture.thread_type = "AUTO"

    @property
    def has_sound(self) -> bool:
        """Whether there is a sound that can be kept."""
        return self.sound is not None

    def frames(self, *, rate: Fraction, pixels: int) -> Iterator[VideoFrame]:
        """Decode the pictures: upright, at most `rate` a second, within `pixels`, both sides even."""
        graph: Graph | None = None
        shape: tuple[int, int, str] | None = None
        try:
            for frame in self._input.decode(self.picture):
                self._check_time(float(frame.time or 0))
                if graph is None:
                    shape = (frame.width, frame.height, frame.format.name)
                    graph = self._graph(frame, rate, pixels)
                elif shape != (frame.width, frame.height, frame.format.name):
                    raise StyleFailed("The clip changes its size while it plays, which is not accepted.")
                graph.push(frame)
                yield from _pulled(graph)
            if graph is None:
                raise StyleFailed("The clip has no pictures.")
            graph.push(None)
            yield from _pulled(graph)
        except (av.FFmpegError, OSError, ValueError, OverflowError) as error:
            raise StyleFailed("The clip is cut off or broken and cannot be read.") from error

    def rewind(self) -> None:
        """Begin anew, for the sound after the pictures."""
        self._input.seek(0)

    def packets_of_sound(self) -> Iterator[Any]:
        """Give the sound as it is coded."""
        if self.sound is not None:
            yield from (packet for packet in self._input.demux(self.sound) if packet.dts is not None)

    def sounds(self) -> Iterator[Any]:
        """Decode the sound as far as it is whole."""
        if self.sound is None:
            return
        try:
            for frame in self._input.decode(self.sound):
                if float(frame.time or 0) > self._seconds:
                    return
                yield frame
        except (av.FFmpegError, ValueError, OverflowError):
            # A clip with half a sound is still a clip.
            return

    def close(self) -> None:
        """Let the file go."""
        self._input.close()

    def _graph(self, frame: VideoFrame, rate: Fraction, pixels: int) -> Graph:
        turn = round(frame.rotation / QUARTER) * QUARTER % TURN
        # Pixels that are not square become so.
        shape = self.picture.sample_aspect_ratio or Fraction(1)
        wide = max(1, round(frame.width * min(max(shape, LEAST_SHAPE), 1 / LEAST_SHAPE)))
        fitted = fit((frame.height, wide) if turn in TRANSPOSE else (wide, frame.height), pixels)
        width, height = (max(2, side - side % 2) for side in fitted)
        own = self.picture.average_rate or rate
        graph = Graph()
        steps = [graph.add_buffer(template=self.picture)]
        steps.append(graph.add("fps", f"fps={min(rate, own)}"))
        if turn in TRANSPOSE:
            steps.append(graph.add(*TRANSPOSE[turn]))
        elif turn:
            steps += [graph.add("hflip"), graph.add("vflip")]
        steps.append(graph.add("scale", f"{width}:{height}:flags=bicubic"))
        steps.append(graph.add("format", "yuv420p"))
        steps.append(graph.add("buffersink"))
        graph.link_nodes(*steps).configure()
        return graph

    def _check(self, width: int, height: int, pixels: int) -> None:
        if not width or not height:
            raise StyleFailed("The clip has no pictures.")
        if width * height > pixels:
            raise StyleFailed(f"The clip has {width} x {height} pixels; at most {pixels} are read.")

    def _check_time(self, seconds: float) -> None:
        if seconds > self._seconds:
            raise StyleFailed(f"The clip is longer than {self._seconds - SPARE_SECONDS:g} seconds.")


class ClipWriter:
    """Writes an MP4 that every browser plays: H.264 and AAC, index first, no metadata but `xmp`."""

    media_type = "video/mp4"

    def __init__(self, *, rate: Fraction, size: tuple[int, int], seconds: float, xmp: bytes) -> None:
        self._file, self._xmp = io.BytesIO(), xmp
        self.size, self.frames, self._rate = size, 0, rate
        room = INDEX_BYTES + int(seconds * INDEX_BYTES_PER_SECOND)
        self._output: OutputContainer = av.open(
            self._file, "w", format="mp4", options={"moov_size": str(room), "fflags": "+bitexact"}
        )
        self._picture = self._output.add_stream("libx264", rate=rate, options=ENCODER)
        self._picture.width, self._picture.height = size
        self._picture.pix_fmt = "yuv420p"
        self._picture.thread_count = 2
        self._picture.codec_context.flags |= Flags.bitexact
        self._sound: Any = None

    @property
    def duration_ms(self) -> int:
        """How long the pictures are shown."""
        return round(self.frames / self._rate * MILLISECONDS)

    def like(self, clip: Clip) -> None:
        """Have a sound, to be copied packet by packet; before the first picture."""
        if clip.sound is not None:
            self._sound = self._output.add_stream_from_template(clip.sound)

    def speak(self) -> None:
        """Have a sound that is encoded anew; before the first picture."""
        self._sound = self._output.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
        self._sound.bit_rate = AUDIO_BITS
        self._sound.codec_context.flags |= Flags.bitexact

    def add(self, frame: VideoFrame) -> None:
        """Show a picture for one frame's time. Raises StyleFailed when the file becomes too large."""
        frame.pts, frame.time_base = self.frames, 1 / self._rate
        self.frames += 1
        self._output.mux(self._picture.encode(frame))
        if self._file.tell() > MAX_FILE_BYTES:
            raise StyleFailed("The clip is too large to be kept.")

    def hear(self, frame: Any) -> None:
        """Add sound; None at its end."""
        self._output.mux(self._sound.encode(frame))

    def copy_sound(self, clip: Clip) -> None:
        """Add the sound of a clip as it is coded there, as far as there are pictures."""
        for packet in clip.packets_of_sound():
            if float(packet.pts * packet.time_base) * MILLISECONDS < self.duration_ms:
                packet.stream = self._sound
                self._output.mux(packet)

    def finish(self) -> bytes:
        """Give the file."""
        self._output.mux(self._picture.encode(None))
        self._output.close()
        body = XMP_BOX + self._xmp
        box = (len(body) + 8).to_bytes(4, "big") + b"uuid" + body if self._xmp else b""
        return self._file.getvalue() + box


class DrawnClip:
    """A clip of ours, to be drawn: its frames as RGB pixels at `rate` a second, its sound kept."""

    def __init__(self, file: BinaryIO, *, frames: int, pixels: int, rate: int, seconds: float) -> None:
        self._clip = Clip(file, "mp4", seconds=seconds, pixels=pixels * 64)
        own = self._clip.picture.average_rate or Fraction(rate)
        # A long clip is drawn at fewer frames a second rather than not to its end.
        most = Fraction(frames, max(1, int(-(-self._clip.seconds // 1))))
        self._rate, self._pixels = min(Fraction(rate), own, most), pixels
        self.frames = max(1, min(frames, round(self._clip.seconds * self._rate)))
        context = self._clip.picture.codec_context
        self.size = fit((context.width, context.height), pixels)

    def __iter__(self) -> Iterator[Still]:
        """Give the frames in order."""
        duration = round(MILLISECONDS / self._rate)
        for frame in self._clip.frames(rate=self._rate, pixels=self._pixels):
            yield Still(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), duration)

    def writer(self, xmp: bytes) -> "DrawnClipWriter":
        """What writes the drawn frames, with the sound of the clip."""
        return DrawnClipWriter(self._clip, self._rate, xmp)


class DrawnClipWriter:
    """Drawn frames and the sound of the clip they were drawn from, to MP4."""

    media_type = "video/mp4"

    def __init__(self, clip: Clip, rate: Fraction, xmp: bytes) -> None:
        self._clip, self._rate, self._xmp = clip, rate, xmp
        self._writer: ClipWriter | None = None
        self._last: Pixels | None = None

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return self._writer.frames if self._writer else 0

    @property
    def duration_ms(self) -> int:
        """How long they are shown."""
        return self._writer.duration_ms if self._writer else 0

    @property
    def has_sound(self) -> bool:
        """Whether the clip has a sound."""
        return self._clip.has_sound

    def add(self, pixels: Pixels, duration_ms: int) -> None:
        """Show `pixels` for one frame's time."""
        del duration_ms
        height, width = (side - side % 2 for side in pixels.shape[:2])
        self._last = np.ascontiguousarray(pixels[:height, :width, :3])
        if self._writer is None:
            self._writer = ClipWriter(
                rate=self._rate, size=(width, height), seconds=self._clip.seconds, xmp=self._xmp
            )
            self._writer.like(self._clip)
        self._writer.add(VideoFrame.from_ndarray(self._last, format="rgb24"))

    def repeat(self, duration_ms: int) -> None:
        """Show the last picture for one frame's time more."""
        if self._last is not None:
            self.add(self._last, duration_ms)

    def finish(self) -> bytes:
        """Give the file."""
        if self._writer is None:
            raise StyleFailed("The clip has no pictures.")
        self._clip.rewind()
        self._writer.copy_sound(self._clip)
        return self._writer.finish()


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, VideoFrame):
            yield frame
