"""GIFs are copied without being decoded, and without what is not picture."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from fedi.errors import FediError, Invalid
from fedi.media import gifs
from fedi.media.images import process
from fedi.media.prepared import ImageLimits


def animation(frames: int = 5, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    drawn = [
        Image.linear_gradient("L").resize(size).rotate(20 * number).convert("P") for number in range(frames)
    ]
    target = BytesIO()
    settings = {"save_all": True, "append_images": drawn[1:], "duration": 70, "loop": 3} | options
    drawn[0].save(target, "GIF", **settings)
    return target.getvalue()


def pixels(data: bytes) -> list[bytes]:
    with Image.open(BytesIO(data)) as image:
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)]


def test_an_animation_stays_as_it_moves_and_loses_its_comment() -> None:
    data = animation(comment=b"GPS 52.1 N") + b"<script>trailing</script>"

    kept = process(data, limits=ImageLimits())

    assert kept.media_type == "image/gif"
    assert (kept.width, kept.height) == (40, 30)
    assert pixels(kept.data) == pixels(data)
    assert b"GPS" not in kept.data
    assert kept.data.endswith(b"\x3b")
    assert b"script" not in kept.data
    with Image.open(BytesIO(kept.data)) as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (5, 70, 3)


def test_the_preview_is_a_still() -> None:
    kept = process(animation(size=(1200, 900)), limits=ImageLimits())
    with Image.open(BytesIO(kept.preview)) as preview:
        assert getattr(preview, "n_frames", 1) == 1
        assert preview.width * preview.height <= 230_400


def test_frames_are_counted_without_decoding() -> None:
    assert gifs.timing(animation(7))[0] == 7


def test_too_many_frames_or_pixels_in_all_are_refused() -> None:
    data = animation(5)
    for limits in (ImageLimits(max_frames=4), ImageLimits(max_animation_pixels=5 * 40 * 30 - 1)):
        with pytest.raises(Invalid, match="5 frames"):
            process(data, limits=limits)


def test_one_too_large_to_keep_becomes_a_still() -> None:
    kept = process(animation(size=(400, 300)), limits=ImageLimits(), max_pixels_kept=30_000)
    assert kept.media_type == "image/png"
    assert kept.width * kept.height <= 30_000


def test_every_cut_is_noticed() -> None:
    data = animation(2)
    for length in range(len(data)):
        with pytest.raises(Invalid):
            gifs.timing(data[:length])


def test_frames_outside_of_the_picture_are_refused() -> None:
    data = animation(2)
    at = data.index(b"\x2c\x00\x00\x00\x00")
    with pytest.raises(Invalid, match="outside"):
        gifs.clean(data[: at + 5] + b"\xff\xff" + data[at + 7 :], None)


@given(st.data())
def test_broken_gifs_are_refused_and_never_crash(data: st.DataObject) -> None:
    broken = bytearray(animation(2))
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(6, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        process(bytes(broken), limits=ImageLimits())
    except FediError:
        return
