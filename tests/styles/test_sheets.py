"""What a picture is cut around."""

import numpy as np
import pytest

from fedi.styles.controls import Controls
from fedi.styles.faces import Face
from fedi.styles.messages import Draw
from fedi.styles.sheets import _region

WHOLE = (500, 500)
SQUARE = Draw(
    style="x", picture=b"", controls=Controls(crop="square"), size="portrait", output="webp", xmp=None
)


def face(unit):
    points = np.array([[-0.5, 0], [0.5, 0], [0, 0.5], [-0.4, 1], [0.4, 1]], np.float32) * unit + 250
    return Face(points=points.astype(np.float32), score=0.9)


@pytest.mark.parametrize(("unit", "is_cut"), [(60.0, True), (30.0, True), (10.0, False)])
def test_what_is_too_small_to_be_somebodys_face_is_not_cut_around(unit, is_cut):
    left, _, right, _ = _region(SQUARE, WHOLE, (face(unit),))

    assert (right - left < 500) is is_cut
