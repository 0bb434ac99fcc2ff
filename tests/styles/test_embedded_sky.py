"""What makes *sky* luminous: clean gradients, strong blues, glow."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import fedi
from fedi.styles.facemaps import CHANNELS, SCALE

FOLDER = Path(fedi.__file__).parent / "styles" / "embedded" / "sky"
LEVEL = 1 / 255


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


def draw(session, picture):
    """Run the style where no face was found."""
    maps = np.zeros((1, CHANNELS, picture.shape[2] // SCALE, picture.shape[3] // SCALE), np.float32)
    (styled,) = session.run(["styled"], {"image": np.ascontiguousarray(picture), "face_maps": maps})
    return styled


def flat(*colour):
    return np.broadcast_to(np.float32(colour)[None, :, None, None], (1, 3, 256, 256))


@pytest.mark.parametrize("colour", [(0.2, 0.5, 0.9), (0.7, 0.6, 0.3), (0.05, 0.05, 0.06), (0.5, 0.5, 0.5)])
def test_an_even_colour_stays_even(session, colour):
    middle = draw(session, flat(*colour))[..., 96:160, 96:160]

    assert np.ptp(middle, axis=(2, 3)).max() <= 2 * LEVEL


def test_a_blue_sky_becomes_a_stronger_blue_and_not_darker(session):
    photo = np.float32([0.42, 0.58, 0.75])

    drawn = draw(session, flat(*photo)).mean((0, 2, 3))

    assert np.ptp(drawn) > np.ptp(photo)
    assert drawn.mean() > photo.mean() - 0.02


def test_light_glows_into_the_dark_beside_it(session):
    lamp = np.full((1, 3, 256, 256), 0.1, np.float32)
    lamp[..., 112:144, 112:144] = 1

    glowing = draw(session, lamp)[..., 128, 152:160].mean()

    assert glowing > draw(session, flat(0.1, 0.1, 0.1))[..., 128, 152:160].mean() + 3 * LEVEL
