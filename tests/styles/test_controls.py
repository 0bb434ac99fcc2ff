"""Controls through the real worker: each changes what it should and nothing else."""

import io

import numpy as np
import pytest
from PIL import Image

from fedi.styles.controls import Controls
from tests.support.styles import convolutions, first_channel_inverted, picture_file, waves

pytestmark = pytest.mark.anyio

PHOTO = picture_file(256, 192)


async def drawn(studio, style, photo=PHOTO, *, size="full", **controls):
    styled = await studio.engine.run(style, photo, size=size, output="png", controls=Controls(**controls))
    return np.asarray(Image.open(io.BytesIO(styled.data)))


async def test_strength_goes_from_the_photo_to_the_drawing(studio):
    style = studio.add(convolutions())
    photo = waves(256, 192)

    none, half, whole = [await drawn(studio, style, strength=strength) for strength in (0, 0.5, 1)]

    assert (none == photo).all()
    assert np.abs(half.astype(int) - (whole.astype(int) + photo) / 2).max() <= 1
    assert np.abs(whole.astype(int) - photo).mean() > 10


async def test_alpha_comes_back_whatever_is_chosen(studio):
    style = studio.add(convolutions())
    image = Image.fromarray(waves(256, 192)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((256, 192)))
    file = io.BytesIO()
    image.save(file, "PNG")

    for controls in ({"strength": 0.5}, {"detail": 0.5}, {"keep_colours": True}):
        result = await drawn(studio, style, file.getvalue(), **controls)
        assert (result[..., 3] == np.asarray(image)[..., 3]).all()


async def test_kept_colours_are_the_photos(studio):
    style = studio.add(first_channel_inverted())
    photo = picture_file(128, 128, (180, 120, 90))

    plain, kept = [await drawn(studio, style, photo, keep_colours=keep) for keep in (False, True)]

    assert plain[64, 64, 0] < plain[64, 64, 1]
    assert kept[64, 64, 0] > kept[64, 64, 1] > kept[64, 64, 2]


async def test_detail_draws_finer_lines_at_the_same_size(studio):
    style = studio.add(convolutions())

    usual, fine = [await drawn(studio, style, detail=detail) for detail in (1, 2)]

    assert usual.shape == fine.shape
    assert np.abs(usual.astype(int) - fine).max() > 4


async def test_a_crop_is_square_and_inside(studio):
    style = studio.add(convolutions())

    square = await drawn(studio, style, picture_file(300, 500), crop="square", strength=0)

    assert square.shape == (300, 300, 3)
    # The likeliest place of a face that was not found: above the middle.
    assert (square == waves(300, 500)[66:366]).all()


async def test_a_picture_larger_than_lines_bear_is_carried_up(studio):
    bold, fine = [studio.add(convolutions(), size__picture=size) for size in (128, 1024)]

    carried, native = [await drawn(studio, style, picture_file(1024, 768)) for style in (bold, fine)]

    assert carried.shape == native.shape == (768, 1024, 3)
    blurred, sharp = [np.abs(np.diff(each.astype(int), axis=1)).mean() for each in (carried, native)]
    assert blurred < 0.8 * sharp


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (3, 700)])
@pytest.mark.parametrize(
    "controls",
    [{"crop": "square"}, {"detail": 2.0}, {"detail": 0.5, "keep_colours": True, "strength": 0.3}],
    ids=lambda controls: next(iter(controls)),
)
async def test_pictures_of_odd_shapes_are_drawn_with_any_control(studio, size, controls):
    style = studio.add(convolutions())

    result = await drawn(studio, style, picture_file(*size), **controls)

    expected = (min(size), min(size)) if "crop" in controls else size
    limit = min(1.0, 16_383 / max(expected))
    assert result.shape[:2] == tuple(max(1, round(side * limit)) for side in reversed(expected))
