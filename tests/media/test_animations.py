"""Animated WebP and PNG: kept with all frames, without metadata, and never decoded to be counted."""

import io

import pytest
from PIL import Image, ImageSequence

from fedi.errors import Invalid
from fedi.media import apngs, webps
from fedi.media.decode import read_header
from fedi.media.images import process
from fedi.media.prepared import ImageLimits
from fedi.media.provenance import DigitalSource, Label, read_label
from tests.support.pictures import animation

LIMITS = ImageLimits()
KINDS = ["GIF", "WEBP", "PNG"]


def frames_of(data):
    with Image.open(io.BytesIO(data)) as image:
        return [
            (each.convert("RGBA").tobytes(), int(each.info.get("duration", 0)))
            for each in ImageSequence.Iterator(image)
        ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_animation_is_counted_and_timed_by_its_container(kind):
    said = read_header(animation(kind, durations=[40, 100, 250]), limits=LIMITS)

    assert (said.frames, said.duration_ms) == (3, 390)


@pytest.mark.parametrize("kind", KINDS)
def test_an_animation_keeps_its_frames_and_times_and_loses_its_metadata(kind):
    data = animation(kind, durations=[40, 100, 250], comment="home address")
    assert b"home address" in data

    made = process(data, limits=LIMITS)

    assert frames_of(made.data) == frames_of(data)
    assert (made.frames, made.duration_ms) == (3, 390)
    assert b"home address" not in made.data


@pytest.mark.parametrize("kind", KINDS)
def test_a_label_is_written_into_an_animation(kind):
    label = Label(source=DigitalSource.TRAINED, system="A model")

    made = process(animation(kind, durations=[40, 40]), limits=LIMITS, label=label)

    assert read_label(made.data) == label
    assert len(frames_of(made.data)) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_behind_the_end_does_not_come_out(kind):
    made = process(animation(kind, durations=[40, 40]) + b"<script>PK", limits=LIMITS)

    assert b"<script>" not in made.data


@pytest.mark.parametrize("kind", KINDS)
def test_how_often_it_is_shown_is_kept(kind):
    made = process(animation(kind, durations=[40, 40], loop=3), limits=LIMITS)

    assert Image.open(io.BytesIO(made.data)).info["loop"] == 3


@pytest.mark.parametrize("kind", KINDS)
def test_five_thousand_frames_are_refused_by_the_count(kind):
    # A tenth of them: counted by a lower limit.
    data = animation(kind, durations=[10] * 500, size=(16, 16))

    with pytest.raises(Invalid, match="500 frames"):
        read_header(data, limits=ImageLimits(max_frames=499))


@pytest.mark.parametrize("kind", KINDS)
def test_an_animation_that_is_cut_off_anywhere_is_refused(kind):
    data = animation(kind, durations=[40, 100, 250], size=(24, 24))

    for end in range(40, len(data) - 8):
        with pytest.raises(Invalid):
            process(data[:end], limits=LIMITS)


def test_a_frame_outside_of_the_canvas_is_refused():
    frame = webps.Frame(picture=still(32, 32), x=2, y=0, width=32, height=32, duration_ms=10)
    frames = [webps.encode_frame(frame)] * 2
    data = webps.assemble(frames, size=(32, 32), loops=0, has_alpha=False, xmp=b"")

    with pytest.raises(Invalid, match="outside"):
        webps.timing(data)


def test_a_frame_without_pixels_is_refused():
    data = bytearray(animation("WEBP", durations=[10, 10]))
    at = data.index(b"ANMF")
    inner = data.index(b"VP8", at)
    data[inner : inner + 4] = b"JUNK"

    with pytest.raises(Invalid, match="no pixels"):
        webps.clean(bytes(data), None)


def test_a_checksum_that_is_wrong_is_refused():
    data = bytearray(animation("PNG", durations=[10, 10]))
    data[data.index(b"fcTL") + 10] ^= 1

    with pytest.raises(Invalid):
        apngs.timing(bytes(data))


def test_frames_are_joined_where_they_stand():
    whole = webps.Frame(picture=still(32, 32), x=0, y=0, width=32, height=32, duration_ms=40)
    part = webps.Frame(picture=still(8, 6, "red"), x=10, y=4, width=8, height=6, duration_ms=80)

    frames = [webps.encode_frame(whole), webps.encode_frame(part)]
    data = webps.assemble(frames, size=(32, 32), loops=0, has_alpha=True, xmp=b"")

    (before, _), (after, duration) = frames_of(data)
    assert duration == 80
    changed = Image.frombytes("RGBA", (32, 32), after)
    assert changed.getpixel((10, 4)) == changed.getpixel((17, 9)) == (255, 0, 0, 255)
    assert changed.getpixel((9, 4)) == changed.getpixel((18, 9)) == (0, 0, 255, 255)
    assert before != after


def still(width, height, colour="blue"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "WEBP", lossless=True)
    return file.getvalue()
