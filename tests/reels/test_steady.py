"""A drawing keeps still where its film does, and follows where it moves."""

import numpy as np
import pytest

from fedi.reels.steady import Steady, news

HEIGHT, WIDTH = 96, 144


def scene(seed=1):
    """Slopes and edges, as a room has them."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.stack([x, y * 2, (x + y)], axis=-1) % 200 + 20
    pixels[30:60, 40:80] = (200, 60, 40)
    return pixels.astype(np.float32)


def noisy(pixels, sigma, seed):
    random = np.random.default_rng(seed)
    return np.clip(pixels + random.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [0, 2, 5, 8])
def test_noise_is_no_event(sigma):
    steady = Steady()
    steady.look(noisy(scene(), sigma, 0))

    assert [steady.look(noisy(scene(), sigma, n)) for n in range(1, 12)] == [False] * 11


@pytest.mark.parametrize("sigma", [0, 2, 5])
def test_what_moves_is_seen_and_the_rest_stays_as_it_was(sigma):
    steady = Steady()
    first = noisy(scene(), sigma, 0)
    steady.look(first)
    moved = scene()
    moved[60:76, 100:116] = (20, 220, 240)

    assert steady.look(noisy(moved, sigma, 1))

    assert np.abs(steady.seen[62:74, 102:114].astype(int) - (20, 220, 240)).mean() < 3 + sigma
    assert (steady.seen[:30] == first[:30]).all()
    assert (steady.seen[:, :60] == first[:, :60]).all()


def test_a_thin_line_that_moves_is_seen():
    before, after = (np.full((64, 64, 3), 200, np.uint8) for _ in range(2))
    before[30], after[33] = 20, 20

    assert news(before, after)[3:5].max() == 1


def test_light_that_changes_slowly_is_followed():
    steady = Steady()
    for n in range(40):
        steady.look(noisy(scene() + n, 2, n))

    assert abs(steady.seen.mean() - (scene() + 39).clip(0, 255).mean()) < 5


def test_a_cut_is_followed_at_once():
    steady = Steady()
    steady.look(noisy(scene(), 3, 0))
    other = noisy(scene()[::-1, ::-1] * 0.4 + 100, 3, 1)

    steady.look(other)

    assert np.abs(steady.seen.astype(int) - other).mean() < 2


def test_a_drawing_keeps_its_lines_where_nothing_happens():
    steady, random = Steady(), np.random.default_rng(7)
    drawn = [random.integers(0, 255, (2 * HEIGHT, 2 * WIDTH, 3)).astype(np.uint8) for _ in range(2)]
    moved = scene()
    moved[60:76, 100:116] = (20, 220, 240)
    steady.look(noisy(scene(), 2, 0))
    first = steady.settle(drawn[0])

    steady.look(noisy(moved, 2, 1))
    second = steady.settle(drawn[1])

    assert (second[: 2 * 30] == first[: 2 * 30]).all()
    assert (second[2 * 64 : 2 * 72, 2 * 104 : 2 * 112] == drawn[1][2 * 64 : 2 * 72, 2 * 104 : 2 * 112]).all()


def test_what_is_transparent_has_no_colour():
    clear = [
        np.dstack([np.full((32, 32, 3), level, np.uint8), np.zeros((32, 32, 1), np.uint8)])
        for level in (0, 255)
    ]

    assert not news(*clear).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 9)])
def test_small_and_thin_frames_are_read(size):
    black, white = (np.full((*size, 3), level, np.uint8) for level in (0, 255))
    steady = Steady()
    steady.look(black)

    assert steady.look(white)
    assert (steady.seen == 255).all()
    assert steady.settle(white).shape == (*size, 3)
