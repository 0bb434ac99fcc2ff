"""What the embedded styles promise in their manifests, checked on the shipped files."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import fedi
from fedi.styles import facemaps

EMBEDDED = Path(fedi.__file__).parent / "styles" / "embedded"
STYLES = ("cel", "soft", "sky", "ink")
WITH_LINES = ("cel", "soft", "ink")
MEGABYTE = 1_000_000
LEVEL = 1 / 255
POINTS = np.array([[100, 90], [140, 90], [120, 114], [104, 134], [136, 134]], np.float32)


@pytest.fixture(scope="module", params=STYLES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def manifest(name):
    return tomllib.loads((EMBEDDED / name / "style.toml").read_text(encoding="utf-8"))


def opened(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(EMBEDDED / name / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
    )


@pytest.fixture(scope="module")
def session(name):
    return opened(name)


def stylise(session, picture, *, maps=None, line_weight=1.0):
    height, width = picture.shape[2:]
    given = {
        "image": picture,
        "face_maps": np.zeros((1, facemaps.CHANNELS, height // 4, width // 4), np.float32)
        if maps is None
        else maps,
        "line_weight": np.array([line_weight], np.float32),
    }
    names = [node.name for node in session.get_inputs()]
    (styled,) = session.run(["styled"], {each: given[each] for each in names})
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
    content = (EMBEDDED / manifest["name"] / manifest["file"]).read_bytes()

    assert len(content) < MEGABYTE
    assert hashlib.sha256(content).hexdigest() == manifest["sha256"]


def test_the_manifest_names_what_the_model_takes_and_gives(manifest, session):
    taken = {node.name: node for node in session.get_inputs()}
    (given,) = session.get_outputs()

    image = taken.pop(manifest["input"]["name"])
    assert (image.type, image.shape[:2]) == ("tensor(float)", [1, 3])
    assert all(isinstance(side, str) for side in image.shape[2:])
    assert given.name == manifest["output"]["name"]
    assert set(taken) == {extra["name"] for extra in manifest["extra"]}


@pytest.mark.parametrize(("height", "width"), [(64, 64), (8, 200), (264, 136), (512, 384)])
def test_any_size_that_the_multiple_allows_is_styled(manifest, session, height, width):
    picture = gradient(height, width)

    styled = stylise(session, picture)

    assert height % manifest["input"]["multiple"] == width % manifest["input"]["multiple"] == 0
    assert styled.shape == picture.shape
    assert np.isfinite(styled).all()
    assert styled.min() >= 0
    assert styled.max() <= 1


def test_black_and_white_give_no_surprises(name, session):
    for value in (0.0, 1.0):
        styled = stylise(session, np.full((1, 3, 64, 64), value, np.float32))

        assert np.isfinite(styled).all()
        assert abs(float(styled.mean()) - value) < 0.15


@pytest.mark.parametrize("colour", [(0.8, 0.6, 0.5), (0.3, 0.5, 0.7)])
def test_flat_colours_have_no_checkerboard(name, session, colour):
    if name == "ink":
        pytest.skip("screentone is a pattern by intent")
    picture = np.broadcast_to(np.float32(colour)[None, :, None, None], (1, 3, 128, 128)).copy()

    middle = stylise(session, picture)[..., 32:96, 32:96]

    assert np.abs(np.diff(middle, axis=2)).max() <= LEVEL
    assert np.abs(np.diff(middle, axis=3)).max() <= LEVEL


def test_the_same_picture_gives_the_same_drawing(session):
    picture = photo_like(128, 96)

    assert np.array_equal(stylise(session, picture), stylise(session, picture))


@pytest.mark.parametrize(("tile", "left"), [(64, 128), (40, 72)])
def test_a_tile_with_its_halo_equals_the_whole(manifest, session, tile, left):
    halo = manifest["tiles"]["halo"]
    picture = photo_like(2 * halo + tile, 2 * halo + 5 * 64)
    maps = facemaps.draw((picture[0].transpose(1, 2, 0) * 255).astype(np.uint8), [POINTS + 40])[None]
    whole = stylise(session, picture, maps=maps)

    right = left + 2 * halo + tile
    part = stylise(session, picture[..., left:right], maps=maps[..., left // 4 : right // 4])

    middle = whole[..., left + halo : left + halo + tile]
    assert np.abs(part[..., halo : halo + tile] - middle).max() <= LEVEL


def test_being_told_of_a_face_changes_the_drawing_there(session):
    picture = gradient(256, 256)
    pixels = (picture[0].transpose(1, 2, 0) * 255).astype(np.uint8)

    plain, told = (
        stylise(session, picture, maps=facemaps.draw(pixels, faces)[None]) for faces in ([], [POINTS])
    )

    assert np.abs(plain - told)[..., 60:160, 80:160].max() > 4 * LEVEL


@pytest.mark.parametrize("style", WITH_LINES)
def test_line_weight_thins_and_thickens_the_lines(style):
    session, picture = opened(style), gradient(256, 256)

    light = [float(stylise(session, picture, line_weight=weight).mean()) for weight in (0.0, 1.0, 2.0)]

    assert light[0] > light[1] > light[2]


@pytest.mark.parametrize("style", ["cel", "sky"])
def test_colours_stay_near_the_photo(style):
    picture = gradient(256, 256)

    apart = stylise(opened(style), picture).mean((0, 2, 3)) - picture.mean((0, 2, 3))

    assert np.abs(apart).max() < 0.12


def test_ink_is_black_and_white():
    styled = stylise(opened("ink"), gradient(256, 256))

    assert float(np.abs(styled - styled[:, :1]).max()) < LEVEL
    assert float(((styled < 0.15) | (styled > 0.85)).mean()) > 0.75
