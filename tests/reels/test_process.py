"""Films in their confined process: read, steadied, written, refused."""

import io
import os
import socket

import anyio
import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from fedi.errors import NotFound, StyleFailed
from fedi.media.provenance import DigitalSource, Label, read_label, write_packet
from fedi.reels.messages import ClipLimits, Frame, Made, Open, Opened, Step, Transcode
from fedi.reels.process import ReelLimits, open_reel
from tests.support import films
from tests.support.pictures import animation

pytestmark = pytest.mark.anyio

LABEL = Label(source=DigitalSource.COMPOSITE_WITH_TRAINED, system="Cel")
XMP = write_packet(LABEL)
LIMITS = ReelLimits(seconds=30)


@pytest.fixture
def film(tmp_path):
    """Write a film to a file."""

    def write(data):
        path = tmp_path / "film"
        path.write_bytes(data)
        return path

    return write


async def drawn(path, kind="animation", *, draw=None, **changes):
    """Send a film through a style that is a function of pixels; gives what was made and what was asked."""
    asked = []
    wanted = {"pixels": 600_000, "frames": 300, "frames_a_second": 12, "seconds": 15} | changes
    async with open_reel(path, LIMITS) as reel:
        await reel.ask(Open(file=reel.file, kind=kind, xmp=XMP, **wanted), Opened)
        step = Step()
        while isinstance(answer := await reel.ask(step, (Frame, Made)), Frame):
            pixels = np.asarray(Image.open(io.BytesIO(answer.picture)))
            asked.append((pixels, answer.fraction))
            file = io.BytesIO()
            Image.fromarray(draw(pixels) if draw else pixels).save(file, "PNG")
            step = Step(drawn=file.getvalue())
    return answer, asked


def frames_of(data):
    with Image.open(io.BytesIO(data)) as image:
        return [
            (np.asarray(each.convert("RGBA")), int(each.info["duration"]))
            for each in ImageSequence.Iterator(image)
        ]


# Animations


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_an_animation_is_drawn_frame_by_frame(film, kind):
    durations = [40, 100, 250, 60]
    source = animation(kind, durations=durations, loop=3)

    made, asked = await drawn(film(source), draw=lambda pixels: 255 - pixels[..., :3])

    frames = frames_of(made.data)
    assert (made.media_type, made.frames, made.duration_ms) == ("image/webp", 4, 450)
    assert [duration for _, duration in frames] == durations
    for (pixels, _), (original, _) in zip(frames, frames_of(source), strict=True):
        assert np.abs(255 - original[..., :3].astype(int) - pixels[..., :3]).mean() < 8
    assert [fraction for _, fraction in asked] == [0.0, 0.25, 0.5, 0.75]
    assert read_label(made.data) == LABEL
    loops = Image.open(io.BytesIO(made.data)).info["loop"]
    # A GIF says how often it is shown again.
    assert loops == (4 if kind == "GIF" else 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_transparency_is_kept(film, kind):
    source = animation(kind, durations=[40, 40], alpha=True)

    made, _ = await drawn(film(source))

    for (pixels, _), (original, _) in zip(frames_of(made.data), frames_of(source), strict=True):
        assert np.abs(pixels[..., 3].astype(int) - original[..., 3]).mean() < 4


async def test_a_still_scene_is_drawn_once_in_spite_of_noise(film):
    random = np.random.default_rng(1)
    scene = np.asarray(Image.linear_gradient("L").resize((96, 64)).convert("RGB"), np.float32)
    frames = [
        Image.fromarray(np.clip(scene + random.normal(0, 4, scene.shape), 0, 255).astype(np.uint8))
        for _ in range(6)
    ]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=50, lossless=True)

    made, asked = await drawn(film(file.getvalue()))

    assert (len(asked), made.frames, made.duration_ms) == (1, 1, 300)


async def test_frames_without_a_duration_are_shown_as_browsers_do(film):
    made, _ = await drawn(film(animation("GIF", durations=[0, 0, 500])))

    assert [duration for _, duration in frames_of(made.data)] == [100, 100, 500]


async def test_frames_of_different_sizes_are_drawn_as_they_show(film):
    parts = [Image.new("RGB", (64, 48), "white"), Image.new("RGB", (64, 48), "white")]
    parts[1].paste("red", (10, 10, 20, 20))
    file = io.BytesIO()
    # Pillow writes the second frame as the part that differs.
    parts[0].save(file, "GIF", save_all=True, append_images=parts[1:], duration=40)

    made, asked = await drawn(film(file.getvalue()))

    assert {pixels.shape[:2] for pixels, _ in asked} == {(48, 64)}
    assert (made.width, made.height) == (64, 48)


async def test_a_large_animation_is_drawn_smaller(film):
    made, asked = await drawn(film(animation("WEBP", durations=[40, 40], size=(400, 300))), pixels=30_000)

    assert asked[0][0].shape[:2] == (150, 200)
    assert (made.width, made.height) == (200, 150)


async def test_more_frames_than_are_drawn_are_refused(film):
    with pytest.raises(StyleFailed, match="6 frames; at most 5"):
        await drawn(film(animation("WEBP", durations=[40] * 6)), frames=5)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("share", [0.3, 0.7])
async def test_an_animation_that_is_cut_off_is_refused(film, kind, share):
    data = animation(kind, durations=[40] * 5)

    with pytest.raises(StyleFailed, match="damaged"):
        await drawn(film(data[: int(len(data) * share)]))


# Clips


async def transcoded(path, *, container="mp4", **limits):
    async with open_reel(path, LIMITS) as reel:
        request = Transcode(file=reel.file, container=container, limits=ClipLimits(**limits), xmp=XMP)
        return await reel.ask(request, Made)


@pytest.mark.parametrize("container", ["mp4", "webm"])
async def test_a_clip_is_encoded_anew_without_metadata(film, container):
    data = films.clip(container=container, metadata={"comment": "home address", "title": "home address"})
    assert b"home address" in data

    made = await transcoded(film(data), container=container)

    found = films.probe(made.data)
    assert (made.media_type, made.width, made.height, made.has_sound) == ("video/mp4", 160, 96, True)
    assert (found["size"], found["codecs"], found["frames"]) == ((160, 96), ["h264", "aac"], 10)
    assert (made.frames, made.duration_ms) == (10, 1000)
    assert b"home address" not in made.data
    assert read_label(made.data) == LABEL
    assert Image.open(io.BytesIO(made.preview)).size == (160, 96)


async def test_a_clip_begins_with_its_index(film):
    made = await transcoded(film(films.clip()))

    assert made.data.index(b"moov") < made.data.index(b"mdat")


async def test_a_clip_without_sound_has_none(film):
    made = await transcoded(film(films.clip(sound=False)))

    assert not made.has_sound
    assert films.probe(made.data)["codecs"] == ["h264"]


async def test_a_large_and_fast_clip_becomes_smaller_and_slower(film):
    made = await transcoded(
        film(films.clip(0.5, size=(640, 360), rate=60)), pixels_out=57_600, frames_a_second=30
    )

    assert (made.width, made.height) == (320, 180)
    assert 14 <= made.frames <= 16


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"seconds": 1}, "longer than 1 seconds"), ({"pixels_in": 10_000}, "160 x 96 pixels")],
)
async def test_a_clip_beyond_the_limits_is_refused(film, limits, words):
    with pytest.raises(StyleFailed, match=words):
        await transcoded(film(films.clip(3)), **limits)


async def test_a_clip_that_lies_about_its_length_is_refused_where_it_is_too_long(film):
    data = bytearray(films.clip(4))
    # The duration in the movie's header (ISO 14496-12, mvhd): said to be nothing.
    at = data.index(b"mvhd") + 4 + 16
    data[at : at + 4] = bytes(4)

    with pytest.raises(StyleFailed, match="longer"):
        await transcoded(film(bytes(data)), seconds=2)


@pytest.mark.parametrize("container", ["mp4", "webm"])
@pytest.mark.parametrize("share", [0.02, 0.4])
async def test_a_clip_that_is_cut_off_is_refused_or_ends_early(film, container, share):
    data = films.clip(2, container=container)

    if share > 0.1 and container == "webm":
        # Its index is beside each picture: what is there can be played.
        made = await transcoded(film(data[: int(len(data) * share)]), container=container)
        assert made.duration_ms < 2000
    else:
        with pytest.raises(StyleFailed, match=r"cut off|no "):
            await transcoded(film(data[: int(len(data) * share)]), container=container)


async def test_a_sound_alone_is_no_clip(film):
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        hum = output.add_stream("aac", rate=44_100)
        films._hum(output, hum, 1.0)

    with pytest.raises(StyleFailed, match="no moving picture"):
        await transcoded(film(file.getvalue()))


@pytest.mark.parametrize("container", ["mp4", "webm"])
async def test_a_playlist_opens_nothing(film, tmp_path, container):
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(films.clip())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
        lines = [f"#EXTINF:1,\n{each}" for each in (f"file://{secret}", address, f"concat:{secret}|{secret}")]
        playlist = "\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:1", *lines, "#EXT-X-ENDLIST"])

        with pytest.raises(StyleFailed):
            await transcoded(film(playlist.encode()), container=container)

        with pytest.raises(TimeoutError):
            listener.accept()


async def test_a_film_is_drawn_on_twos_and_keeps_its_sound(film):
    stored = await transcoded(film(films.clip(2, rate=24)))
    path = film(stored.data)

    made, asked = await drawn(path, "clip", draw=lambda pixels: 255 - pixels)

    found = films.probe(made.data)
    assert (len(asked), made.frames, made.duration_ms, made.has_sound) == (24, 24, 2000, True)
    assert found["codecs"] == ["h264", "aac"]
    # Grey of 90, turned round.
    assert abs(np.median(films.frames_of(made.data)[5]) - 165) < 12
    assert read_label(made.data) == LABEL


async def test_a_long_film_is_drawn_at_fewer_frames_a_second_to_its_end(film):
    stored = await transcoded(film(films.clip(4, rate=24)))

    made, _ = await drawn(film(stored.data), "clip", frames=20)

    assert made.frames <= 20
    assert 3800 <= made.duration_ms <= 4200


# The process


async def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        async with open_reel(tmp_path / "nothing", LIMITS):
            pass


async def test_what_takes_too_long_is_ended(film):
    path = film(animation("WEBP", durations=[40] * 3))
    async with open_reel(path, ReelLimits(seconds=1)) as reel:
        os.kill(reel._worker._process.pid, 19)
        with pytest.raises(StyleFailed, match="longer than 1 seconds"):
            await reel.ask(Step(), Made)
        pid = reel._worker._process.pid

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_process_that_dies_is_told_of(film):
    async with open_reel(film(b"x"), LIMITS) as reel:
        os.kill(reel._worker._process.pid, 9)
        with pytest.raises(StyleFailed, match="SIGKILL"):
            await reel.ask(Step(), Made)


async def test_a_process_has_neither_network_nor_other_files(film):
    async with open_reel(film(b"x"), LIMITS) as reel:
        lines = await anyio.Path(f"/proc/{reel._worker._process.pid}/status").read_text()
        status = dict(line.split(":\t", 1) for line in lines.splitlines() if ":\t" in line)

    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
