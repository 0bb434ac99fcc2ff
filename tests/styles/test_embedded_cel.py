"""What the embedded style *cel* promises in its manifest, checked on the shipped file."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import fedi

FOLDER = Path(fedi.__file__).parent / "styles" / "embedded" / "cel"
MEGABYTE = 1_000_000
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


def stylise(session, picture):
    (styled,) = session.run(["styled"], {"image": picture})
    return styled


def gradient(height, width):
    """A soft picture with an edge and a face-like spot in it, the same every time."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    channels = [0.25 + 0.5 * x / width, 0.3 + 0.35 * y / height, 0.6 - 0.3 * x / width]
    picture = np.stack(channels)
    spot = np.hypot(x - width / 2, y - height / 2) < min(height, width) / 4
    picture[:, spot] = np.float32([0.85, 0.65, 0.55])[:, None]
    return picture[None].astype(np.float32)


def photo_like(height, width):
    """Noise at several sizes, which looks to a net much like a photo's texture."""
    random = np.random.default_rng(5)
    total = np.zeros((3, height, width), np.float32)
    for cell in (4, 16, 64):
        coarse = random.random((3, -(-height // cell), -(-width // cell)), np.float32)
        total += coarse.repeat(cell, 1).repeat(cell, 2)[:, :height, :width]
    return (total / 3)[None]


def test_the_file_is_small_and_is_the_one_the_manifest_names(manifest):
    content = (FOLDER / manifest["file"]).read_bytes()

    assert len(content) < MEGABYTE
    assert hashlib.sha256(content).hexdigest() == manifest["sha256"]


def test_the_manifest_names_what_the_model_takes_and_gives(manifest, session):
    (taken,), (given,) = session.get_inputs(), session.get_outputs()

    assert (taken.name, taken.type) == (manifest["input"]["name"], "tensor(float)")
    assert (given.name, given.type) == (manifest["output"]["name"], "tensor(float)")
    assert taken.shape[:2] == [1, 3]
    assert all(isinstance(side, str) for side in taken.shape[2:])


@pytest.mark.parametrize(("height", "width"), [(64, 64), (8, 200), (264, 136), (512, 384)])
def test_any_size_that_the_multiple_allows_is_styled(manifest, session, height, width):
    picture = gradient(height, width)

    styled = stylise(session, picture)

    assert height % manifest["input"]["multiple"] == width % manifest["input"]["multiple"] == 0
    assert styled.shape == picture.shape
    assert np.isfinite(styled).all()
    assert styled.min() >= 0
    assert styled.max() <= 1


def test_black_and_white_give_no_surprises(session):
    for value in (0.0, 1.0):
        styled = stylise(session, np.full((1, 3, 64, 64), value, np.float32))

        assert np.isfinite(styled).all()
        assert abs(float(styled.mean()) - value) < 0.12


def test_the_same_picture_gives_the_same_drawing(session):
    picture = photo_like(128, 96)

    assert np.array_equal(stylise(session, picture), stylise(session, picture))


def test_a_tile_with_its_halo_equals_the_whole(manifest, session):
    halo, tile = manifest["tiles"]["halo"], 64
    picture = photo_like(2 * halo + tile, 2 * halo + 5 * tile)
    whole = stylise(session, picture)

    left = 2 * tile
    part = stylise(session, picture[..., left : left + 2 * halo + tile])

    middle = whole[..., left + halo : left + halo + tile]
    assert np.abs(part[..., halo : halo + tile] - middle).max() <= LEVEL


def test_colours_stay_near_the_photo(session):
    picture = gradient(256, 256)

    apart = stylise(session, picture).mean((0, 2, 3)) - picture.mean((0, 2, 3))

    assert np.abs(apart).max() < 0.08
