"""Faces found by the nets that ship, and the square around them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles import candidates, faces
from fedi.styles.candidates import CROP_SIDE
from fedi.styles.faces import Face, FaceFinder, square_around

PHOTOS = Path(__file__).parents[3] / "shared" / "studio" / "photos"
# Held out of training (tools/train/data.py): dark and light skin, glasses, a beard, a hat.
PORTRAITS = (6, 16, 57, 60, 82, 88)
BEGIN = Begin(parent=0, threads=1, seconds=60, memory_bytes=0, max_pixels_in=10**8, max_pixels_out=10**8)
EYES = np.array([[-0.5, 0], [0.5, 0], [0, 0.6], [-0.4, 1.1], [0.4, 1.1]], np.float32)


@pytest.fixture(scope="module")
def finder():
    return FaceFinder(BEGIN)


def portrait(number):
    path = PHOTOS / "faces-500" / f"face_{number:03d}.jpg"
    if not path.exists():
        pytest.skip(f"../shared has no {path.name}")
    return Image.open(path).convert("RGB")


def face(x, y, unit):
    return Face(points=EYES * np.float32(unit) + np.array([x, y], np.float32), score=1.0)


@pytest.mark.parametrize("number", PORTRAITS)
def test_a_portrait_has_one_face_with_its_parts_in_order(finder, number):
    (found,) = finder.find(np.asarray(portrait(number)))

    left, right, nose, mouth_left, mouth_right = found.points
    assert left[0] < nose[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    assert 40 < found.unit < 180


def test_a_mirrored_face_has_mirrored_landmarks(finder):
    picture = portrait(88)
    (found,) = finder.find(np.asarray(picture))

    (mirrored,) = finder.find(np.asarray(ImageOps.mirror(picture)))

    back = mirrored.points[[1, 0, 2, 4, 3]] * [-1, 1] + [picture.width - 1, 0]
    assert np.abs(back - found.points).max() < 0.15 * found.unit


def test_a_face_is_found_wherever_it_stands(finder):
    canvas = Image.new("RGB", (900, 600), (90, 120, 90))
    small = portrait(88).resize((200, 200))
    canvas.paste(small, (600, 50))

    (found,) = finder.find(np.asarray(canvas))

    assert 600 < found.middle[0] < 800
    assert 50 < found.middle[1] < 250


def test_several_faces_are_told_apart_largest_first(finder):
    canvas = Image.new("RGB", (800, 500), (120, 120, 130))
    canvas.paste(portrait(57).resize((450, 450)), (0, 0))
    canvas.paste(portrait(88).resize((300, 300)), (480, 100))

    found = finder.find(np.asarray(canvas))

    assert len(found) == 2
    assert found[0].middle[0] < 450 < found[1].middle[0]
    assert found[0].unit > found[1].unit


def test_the_same_picture_has_the_same_faces(finder):
    pixels = np.asarray(portrait(6))

    first, again = finder.find(pixels), finder.find(pixels)

    assert np.array_equal(first[0].points, again[0].points)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (31, 33), (1200, 90)])
def test_a_picture_without_a_face_has_none(finder, size):
    random = np.random.default_rng(1)
    flat = np.full((*size, 3), 140, np.uint8)
    noise = random.integers(0, 256, (*size, 3), dtype=np.uint8)

    assert finder.find(flat) == ()
    assert finder.find(noise) == ()


@pytest.mark.parametrize("name", ["coffee.png", "rocket.jpg"])
def test_things_are_not_faces(finder, name):
    path = PHOTOS / "test" / name
    if not path.exists():
        pytest.skip(f"../shared has no {name}")

    assert finder.find(np.asarray(Image.open(path).convert("RGB"))) == ()


def test_a_model_that_was_changed_is_refused(tmp_path, monkeypatch):
    for name in faces.SHA256:
        (tmp_path / name).write_bytes((faces.FOLDER / name).read_bytes() + b"\0")
    monkeypatch.setattr(faces, "FOLDER", tmp_path)

    with pytest.raises(StyleFailed, match="not the one that shipped"):
        FaceFinder(BEGIN)


def test_models_together_are_small():
    assert sum((faces.FOLDER / name).stat().st_size for name in faces.SHA256) < 400_000


@pytest.mark.parametrize("fill", [np.nan, np.inf, -np.inf, 1e30])
def test_answers_that_are_not_numbers_are_no_faces(fill):
    maps = np.full((15, 8, 8), fill, np.float32)
    maps[0] = 9

    for candidate in candidates.read(maps):
        assert np.isfinite(candidate.middle).all()
        assert np.isfinite(candidate.side)


def test_a_crop_from_beyond_the_border_is_a_crop():
    pixels = np.full((40, 30, 3), 77, np.uint8)
    place = candidates.Candidate(np.array([-500, 900], np.float32), 60.0, 0.3, 1.0)

    assert candidates.crop(pixels, place).shape == (CROP_SIDE, CROP_SIDE, 3)


def test_the_square_holds_the_face_its_hair_and_its_shoulders():
    left, top, right, bottom = square_around((2000, 1200), (face(1400, 500, 100),))

    assert right - left == bottom - top
    assert left < 1400 - 150
    assert right > 1400 + 150
    assert top < 500 - 150
    assert bottom > 500 + 250


def test_the_square_holds_all_of_a_group_and_not_a_passer_by():
    group = (face(500, 400, 60), face(800, 420, 55), face(1700, 300, 12))

    left, _, right, _ = square_around((2000, 1000), group)

    assert left < 440
    assert 860 < right < 1700


def test_without_a_face_the_square_is_the_middle_and_a_little_above():
    assert square_around((300, 100), ()) == (100, 0, 200, 100)
    left, top, right, bottom = square_around((100, 400), ())
    assert (left, right - left, bottom - top) == (0, 100, 100)
    assert 50 < top < 150


@given(
    st.integers(1, 4000), st.integers(1, 4000),
    st.lists(st.tuples(st.floats(-50, 4000), st.floats(-50, 4000), st.floats(1, 900)), max_size=4),
)  # fmt: skip
def test_the_square_is_always_a_square_inside_the_picture(width, height, places):
    found = tuple(sorted((face(*place) for place in places), key=lambda one: -one.unit))

    left, top, right, bottom = square_around((width, height), found)

    assert right - left == bottom - top >= 1
    assert left >= 0
    assert top >= 0
    assert right <= width
    assert bottom <= height


def test_a_face_in_the_dark_is_found(finder):
    pixels = np.asarray(portrait(57)) // 4

    assert len(finder.find(pixels)) == 1
