"""The processes that decode pictures: what they may, and what becomes of a picture that ends one."""

import asyncio
import os
import signal
import sys

import pytest

from fedi.errors import Invalid, Postponed, TooLarge, Unsupported
from fedi.media.pictures import PictureLimits, PictureReader, _check
from fedi.media.prepared import EncodedImage, ImageLimits
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reader():
    """What starts a reader within given limits; all are closed after the test."""
    readers = []

    def make(**limits) -> PictureReader:
        readers.append(PictureReader(PictureLimits(**limits)))
        return readers[-1]

    yield make
    for each in readers:
        await each.close()


async def prepare(reader: PictureReader, data: bytes = b"", **limits):
    return await reader.prepare(data or png(), ImageLimits(**limits), pixels_kept=1_000_000)


def process_of(reader: PictureReader):
    (process,) = reader._idle
    return process


def pid_of(reader: PictureReader) -> int:
    return process_of(reader)._process.pid


async def test_a_process_reads_one_picture_after_the_other(reader):
    pictures = reader()
    first = await prepare(pictures)
    pid = pid_of(pictures)

    second = await prepare(pictures)

    assert first == second
    assert pid_of(pictures) == pid


async def test_two_pictures_are_read_at_once_and_a_third_waits(reader):
    pictures = reader()

    await asyncio.gather(*(prepare(pictures) for _ in range(3)))

    assert len(pictures._idle) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="what confines is Linux's")
async def test_it_stands_under_every_limit(reader):
    pictures = reader()
    await prepare(pictures)

    assert set(process_of(pictures).limits.values()) == {True}


async def test_what_is_refused_is_named_as_in_the_server(reader):
    pictures = reader()
    with pytest.raises(Unsupported, match="PDF"):
        await prepare(pictures, b"%PDF-1.7")
    with pytest.raises(TooLarge, match="larger than 0 MiB"):
        await prepare(pictures, max_bytes=10)
    with pytest.raises(Invalid, match="of this kind") as caught:
        await pictures.look(png(64, 64), ImageLimits(max_pixels=100))

    assert caught.value.field == "file"


async def test_one_that_died_while_idle_is_not_asked_and_seen_out(reader):
    pictures = reader()
    await prepare(pictures)
    process = process_of(pictures)
    os.kill(process._process.pid, signal.SIGKILL)
    await process._process.wait()

    assert (await prepare(pictures)).file.media_type == "image/png"
    await pictures.close()
    assert process._process.stdout.at_eof()


async def killed_when_asked(pictures: PictureReader) -> None:
    """Have the idle process stand still, and die a moment after it is asked."""
    pid = pid_of(pictures)
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)


async def test_a_picture_whose_process_died_is_tried_once_more(reader):
    pictures = reader()
    await prepare(pictures)
    _, made = await asyncio.gather(killed_when_asked(pictures), prepare(pictures))

    assert made.file.media_type == "image/png"


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_is_read(reader):
    pictures = reader(seconds=1)
    await prepare(pictures)
    os.kill(pid_of(pictures), signal.SIGSTOP)

    with pytest.raises(Invalid, match="longer than 1 second"):
        await prepare(pictures)

    assert (await prepare(pictures)).file.media_type == "image/png"


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is Linux's")
async def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_is_read(reader):
    pictures = reader(memory_bytes=96 * 2**20)

    with pytest.raises(Invalid, match="more memory"):
        await prepare(pictures, png(5000, 5000))

    assert (await prepare(pictures)).file.media_type == "image/png"


async def test_one_that_is_idle_goes(reader):
    pictures = reader(idle_seconds=0.1)
    await prepare(pictures)
    process = process_of(pictures)

    await asyncio.wait_for(process._process.wait(), 5)

    assert pictures._idle == []


async def test_a_picture_in_hand_when_the_server_stops_is_left_for_later(reader):
    pictures = reader()
    await prepare(pictures)
    os.kill(pid_of(pictures), signal.SIGSTOP)
    asked = asyncio.ensure_future(prepare(pictures))
    await asyncio.sleep(0.1)

    await pictures.close()

    with pytest.raises(Postponed):
        await asked


@pytest.mark.parametrize(
    ("blurhash", "media_type", "width"),
    [("x" * 65, "image/png", 1), ("", "text/html", 1), ("", "image/png", 0)],
)
def test_an_answer_that_is_no_picture_is_refused(blurhash: str, media_type: str, width: int):
    with pytest.raises(Invalid, match="something else"):
        _check(blurhash, EncodedImage(data=b"", media_type=media_type, width=width, height=1))
