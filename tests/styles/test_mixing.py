import colorsys

import numpy as np
import pytest

from fedi.styles.mixing import mix, with_colours
from tests.support.styles import waves

# Skins from fair to dark (Monk scale, 1 to 10, every third), lips, and a blue and a green.
COLOURS = [
    (246, 237, 228), (215, 189, 150), (130, 92, 67), (58, 49, 42),
    (180, 90, 90), (40, 90, 190), (60, 160, 70),
]  # fmt: skip


def flat(colour):
    return np.full((8, 8, 3), colour, np.uint8)


def lightness(pixels):
    return (pixels / 255.0) ** 2.2 @ (0.2126, 0.7152, 0.0722)


def test_no_strength_is_the_photo_and_all_of_it_the_drawing():
    photo, drawing = waves(40, 30), waves(30, 40).transpose(1, 0, 2)

    assert (mix(photo, drawing, strength=0, keep_colours=True) == photo).all()
    assert (mix(photo, drawing, strength=1, keep_colours=False) == drawing).all()


def test_half_strength_is_half_way():
    half = mix(flat((0, 100, 200)), flat((200, 100, 0)), strength=0.5, keep_colours=False)

    assert half[0, 0].tolist() == [100, 100, 100]


@pytest.mark.parametrize("colour", COLOURS)
def test_hues_are_the_photos_and_light_the_drawings(colour):
    drawing = flat((110, 110, 110))

    kept = with_colours(flat(colour), drawing)[0, 0]

    before, after = (colorsys.rgb_to_hsv(*(int(each) / 255 for each in rgb)) for rgb in (colour, kept))
    assert abs((before[0] - after[0] + 0.5) % 1 - 0.5) < 0.035
    assert lightness(kept) == pytest.approx(lightness(drawing[0, 0]), abs=0.02)


@pytest.mark.parametrize("colour", COLOURS)
def test_ink_stays_ink_and_paper_paper(colour):
    assert with_colours(flat(colour), flat((0, 0, 0)))[0, 0].max() <= 2
    assert with_colours(flat(colour), flat((255, 255, 255)))[0, 0].min() >= 253


def test_a_photo_keeps_its_own_colours_under_its_own_light():
    photo = waves(64, 64)

    assert np.abs(with_colours(photo, photo).astype(int) - photo).mean() < 0.1
