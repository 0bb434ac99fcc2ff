"""Maps of faces: what they say, and that senseless landmarks cannot break them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedi.styles import facemaps

NEAR, EYES, BROWS, MOUTH, NOSTRILS = range(5)
SKIN = slice(5, 8)
POINTS = np.array([[80, 80], [120, 80], [100, 104], [84, 124], [116, 124]], np.float32)
COLOUR = (200, 120, 40)


def picture(height=240, width=200):
    return np.full((height, width, 3), COLOUR, np.uint8)


def at(maps, channel, point):
    x, y = (int(value) // facemaps.SCALE for value in point)
    return float(maps[channel, y, x])


@pytest.mark.parametrize(("height", "width"), [(64, 96), (61, 90)])
def test_a_picture_without_faces_has_empty_maps_of_a_quarter_of_its_size(height, width):
    maps = facemaps.draw(picture(height, width), [])

    assert maps.shape == (facemaps.CHANNELS, 16, 24)
    assert maps.dtype == np.float32
    assert not maps.any()


def test_each_feature_shows_where_it_is_and_nowhere_else():
    maps = facemaps.draw(picture(), [POINTS])

    places = {EYES: POINTS[:2], NOSTRILS: [POINTS[2] + [0, 4]], MOUTH: [POINTS[3:].mean(0)]}
    for channel, inside in places.items():
        assert all(at(maps, channel, point) > 0.9 for point in inside)
        assert at(maps, channel, (4, 4)) == 0
    assert at(maps, EYES, POINTS[3:].mean(0)) == at(maps, MOUTH, POINTS[0]) == 0
    assert at(maps, NEAR, POINTS[2]) == 1


def test_the_skins_colour_is_painted_over_the_face():
    maps = facemaps.draw(picture(), [POINTS])

    assert np.allclose(maps[SKIN][:, maps[NEAR] == 1].T, np.array(COLOUR) / 255, atol=1e-5)
    assert not maps[SKIN][:, maps[NEAR] == 0].any()


def test_a_face_that_is_too_small_is_not_told_of():
    assert not facemaps.draw(picture(), [POINTS / 8]).any()


@given(arrays(np.float32, (5, 2), elements=st.floats(width=32)), st.integers(1, 90), st.integers(1, 90))
@settings(max_examples=150, deadline=None)
def test_no_landmarks_break_them(points, height, width):
    maps = facemaps.draw(picture(height, width), [points, points[:3]])

    assert np.isfinite(maps).all()
    assert maps.min() >= 0
    assert maps.max() <= 1.0001
