"""What makes *ink* manga: paper, screentone, black."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import fedi
from fedi.styles.facemaps import CHANNELS, SCALE

FOLDER = Path(fedi.__file__).parent / "styles" / "embedded" / "ink"
LEVEL = 1 / 255
PERIOD = 8


@pytest.fixture(scope="module")
def manifest():
    return tomllib.loads((FOLDER / "style.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def session(manifest):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(FOLDER / manifest["file"]), options, providers=["CPUExecutionProvider"]
    )


def draw(session, picture, *, line_weight=1.0):
    """Run the style where no face was found."""
    given = {
        "image": np.ascontiguousarray(picture),
        "face_maps": np.zeros(
            (1, CHANNELS, picture.shape[2] // SCALE, picture.shape[3] // SCALE), np.float32
        ),
        "line_weight": np.float32([line_weight]),
    }
    return session.run(["styled"], given)[0]


def grey(value):
    return np.full((1, 3, 256, 256), value, np.float32)


def test_white_paper_has_no_dots_and_black_no_holes(session):
    assert draw(session, grey(1.0)).min() > 1 - 4 * LEVEL
    assert draw(session, grey(0.0)).max() < 4 * LEVEL


def test_a_middle_tone_is_a_screen_that_repeats(session):
    middle = draw(session, grey(0.5))[0, 0, 96:160, 96:160]

    assert 0.2 < middle.mean() < 0.95
    assert middle.min() < 0.2
    assert np.abs(middle[PERIOD:] - middle[:-PERIOD]).max() <= LEVEL


def test_darker_greys_have_more_ink(session):
    ink = [1 - draw(session, grey(value)).mean() for value in (0.9, 0.5, 0.38, 0.05)]

    assert ink == sorted(ink)
    assert ink[-1] - ink[0] > 0.9
