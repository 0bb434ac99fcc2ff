"""The warp that gives a face the proportions of a character."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedi.styles import proportions
from fedi.styles.faces import Face

POINTS = np.array([[200, 200], [280, 200], [240, 248], [210, 290], [270, 290]], np.float32)
FACE = Face(points=POINTS, score=1.0)


def ramps(height=500, width=480):
    """A picture whose colours say where each pixel came from: red across, green down."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, x * 0], -1).astype(np.uint8)


def test_an_amount_of_nought_gives_the_picture_itself():
    pixels = ramps()

    assert proportions.apply(pixels, [FACE], 0) is pixels


def test_nothing_moves_outside_a_faces_surroundings():
    pixels = ramps()

    warped = proportions.apply(pixels, [FACE], 1.0)

    changed = (warped != pixels).any(-1)
    rows, columns = np.nonzero(changed)
    assert changed.any()
    assert rows.min() > 200 - 0.9 * FACE.unit
    assert rows.max() < 200 + 3 * FACE.unit
    assert abs(columns - 240).max() < 2 * FACE.unit


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_eyes_grow_and_the_mouth_shrinks(amount):
    pixels = ramps()

    warped = proportions.apply(pixels, [FACE], amount).astype(int)

    # Twenty pixels across an eye now show less of the photo, across the mouth more.
    for x, y, is_grown in ((200, 200, True), (280, 200, True), (240, 290, False)):
        before = int(pixels[y, x + 15, 0]) - int(pixels[y, x - 15, 0])
        after = warped[y, x + 15, 0] - warped[y, x - 15, 0]
        assert (after < before) == is_grown


def test_nothing_folds():
    warped = proportions.apply(ramps(), [FACE], 1.0).astype(int)

    # Colours keep their order along every row and column.
    assert (np.diff(warped[..., 0], axis=1) >= -1).all()
    assert (np.diff(warped[..., 1], axis=0) >= -1).all()


def test_a_profile_is_left_alone():
    turned = POINTS.copy()
    turned[1] = turned[0] + [14, 0]
    pixels = ramps()

    assert (proportions.apply(pixels, [Face(points=turned, score=1.0)], 1.0) == pixels).all()


def test_a_small_face_is_left_alone():
    pixels = ramps()

    assert (proportions.apply(pixels, [Face(points=POINTS / 8, score=1.0)], 1.0) == pixels).all()


@given(
    arrays(np.float32, (5, 2), elements=st.floats(-300, 900, width=32)),
    st.sampled_from([(1, 1), (3, 800), (400, 300), (700, 20)]),
)
@settings(max_examples=100, deadline=None)
def test_no_landmarks_break_it(points, size):
    pixels = ramps(*size)

    warped = proportions.apply(pixels, [Face(points=points, score=1.0)], 1.0)

    assert warped.shape == pixels.shape
    assert warped.dtype == np.uint8
