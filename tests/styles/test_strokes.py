"""Borders drawn again along their course: smooth, crisp, and nothing else touched."""

import io

import numpy as np
import pytest
from PIL import Image

from fedi.styles import strokes
from fedi.styles.catalogue import Strokes
from tests.support.styles import first_channel_inverted

SPEC = Strokes(rounds=2, coherence=0.35)
DARK, LIGHT = 40, 220


def stairs(side=96, *, step=6):
    """A dark triangle whose long side goes up in steps."""
    y, x = np.mgrid[0:side, 0:side]
    dark = x // step * step + y // step * step < side
    return np.where(dark[..., None], np.uint8(DARK), np.uint8(LIGHT)).repeat(3, 2)


def photo_like(height, width):
    """Blots of several sizes."""
    random = np.random.default_rng(7)
    total = np.zeros((height, width, 3))
    for cell in (3, 9, 27):
        coarse = random.random((-(-height // cell), -(-width // cell), 3))
        total += coarse.repeat(cell, 0).repeat(cell, 1)[:height, :width]
    return (total * 85).astype(np.uint8)


def ripple(picture):
    """How far the border of dark and light strays from a straight line, in pixels."""
    inner = picture[20:-20, :, 0]
    places = (inner < (DARK + LIGHT) / 2).sum(1)
    line = np.polyval(np.polyfit(np.arange(len(places)), places, 1), np.arange(len(places)))
    return float(np.abs(places - line).max())


def test_steps_along_a_border_become_a_line():
    picture = stairs()

    drawn = strokes.apply(picture, SPEC)

    assert ripple(drawn) < 0.6 * ripple(picture)


def test_a_border_stays_crisp():
    drawn = strokes.apply(stairs(), SPEC)

    row = drawn[40, :, 0].astype(int)
    between = ((row > DARK + 30) & (row < LIGHT - 30)).sum()
    assert between <= 3
    assert (row.min(), row.max()) == (DARK, LIGHT)


def test_a_line_that_wavers_becomes_even():
    picture = np.full((64, 96, 3), LIGHT, np.uint8)
    for left in range(0, 96, 4):
        top = 31 + left // 4 % 2
        picture[top : top + 3, left : left + 4] = DARK

    drawn = strokes.apply(picture, SPEC)

    dark = drawn[:, 16:-16, 0] < (DARK + LIGHT) / 2
    assert np.ptp(dark.argmax(0)) < np.ptp((picture[:, 16:-16, 0] == DARK).argmax(0))
    assert dark.any(0).all()


def test_what_has_no_edge_stays_as_it_was():
    y, x = np.mgrid[0:80, 0:120]
    slope = np.stack([100 + x / 4, 80 + y / 4, 90 + (x + y) / 8], -1).astype(np.uint8)

    assert np.array_equal(strokes.apply(slope, SPEC), slope)


def test_no_colour_comes_that_was_not_near():
    picture = photo_like(90, 110)

    drawn = strokes.apply(picture, SPEC)

    reach = SPEC.rounds * (strokes.REACH + max(strokes.ACROSS)) + 1
    wide = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (2 * reach + 1, 2 * reach + 1), axis=(0, 1))
    assert (drawn >= windows.min((-1, -2))).all()
    assert (drawn <= windows.max((-1, -2))).all()
    assert not np.array_equal(drawn, picture)


def test_a_pattern_of_dots_is_spared_where_one_direction_is_asked_for():
    y, x = np.mgrid[0:96, 0:96]
    first, second = (np.hypot(x % 8 - at, y % 8 - at) < 2.2 for at in (1.5, 5.5))
    dots = np.where((first | second)[..., None], np.uint8(0), np.uint8(255)).repeat(3, 2)

    drawn = strokes.apply(dots, Strokes(rounds=2, coherence=0.6))

    inner = slice(16, -16), slice(16, -16)
    assert np.array_equal(drawn[inner], dots[inner])


@pytest.mark.parametrize("shape", [(300, 140), (301, 141)])
def test_bands_and_threads_change_nothing(monkeypatch, shape):
    picture = photo_like(*shape)
    whole = strokes.apply(picture, SPEC)

    monkeypatch.setattr(strokes, "BAND", 32)

    assert np.array_equal(strokes.apply(picture, SPEC), whole)
    assert np.array_equal(strokes.apply(picture, SPEC, threads=3), whole)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (2, 2), (3, 5), (2, 500)])
def test_the_smallest_pictures_pass(shape):
    picture = photo_like(*shape)

    assert strokes.apply(picture, SPEC).shape == picture.shape


def test_without_strokes_the_picture_is_the_same():
    picture = photo_like(40, 40)

    assert strokes.apply(picture, None) is picture


@pytest.mark.anyio
async def test_a_style_whose_manifest_says_so_is_drawn_with_strokes(studio):
    photo = io.BytesIO()
    Image.fromarray(stairs(128)).save(photo, "PNG")
    names = [
        studio.add(first_channel_inverted(), more=more)
        for more in ("", "[strokes]\nrounds = 2\ncoherence = 0.35\n")
    ]

    drawn = [await studio.engine.run(name, photo.getvalue(), size="full", output="png") for name in names]

    plain, stroked = (np.asarray(Image.open(io.BytesIO(each.data))) for each in drawn)
    assert np.array_equal(stroked, strokes.apply(plain, SPEC))
    assert not np.array_equal(stroked, plain)
