import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi.errors import StyleFailed
from fedi.styles import tiles
from fedi.styles.catalogue import Input
from fedi.styles.tensors import to_colours, to_pixels, to_tensor
from tests.support.styles import convolutions, instance_norm, waves

SPEC = Input(name="image", layout="nchw", channels="rgb", range=(0.0, 1.0), multiple=8)


def runner(model):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return lambda pixels, _: to_colours(session.run(["styled"], {"image": to_tensor(pixels, SPEC)})[0], SPEC)


def whole(pixels, run):
    grid = tiles.Grid(height=pixels.shape[0], width=pixels.shape[1], halo=0, multiple=8)
    return to_pixels(tiles.draw_whole(pixels, run, grid))


@given(st.integers(1, 5000), st.integers(32, 1024), st.integers(0, 64), st.sampled_from([1, 2, 4, 8, 16]))
@settings(max_examples=300)
def test_tiles_cover_a_side_and_share_two_halos(length, limit, halo, multiple):
    padded = -(-length // multiple) * multiple
    limit = max(limit, 2 * halo + 2 * multiple)
    tile = tiles.fit(length, limit, halo=halo, multiple=multiple)

    begins = tiles.starts(padded, tile, halo=halo, multiple=multiple)
    parts = tiles.bounds(begins, length, tile)

    assert tile <= limit
    assert tile % multiple == 0
    assert all(begin % multiple == 0 for begin in begins)
    assert parts[0][0] == 0
    assert parts[-1][1] == length
    assert begins[-1] + tile >= length
    for begin, (first, last) in zip(begins, parts, strict=True):
        assert first - begin >= halo or first == 0
        assert begin + tile - last >= halo or last == length


@given(st.integers(1, 2000), st.integers(64, 512), st.integers(0, 32))
@settings(max_examples=100)
def test_weights_sum_to_one_everywhere(length, limit, halo):
    padded = -(-length // 8) * 8
    tile = tiles.fit(length, max(limit, 2 * halo + 16), halo=halo, multiple=8)
    begins = tiles.starts(padded, tile, halo=halo, multiple=8)

    total = np.zeros(padded, np.float32)
    for begin, part in zip(begins, tiles.weights(begins, padded, tile, halo=halo), strict=True):
        total[begin : begin + tile] += part
        assert part.min() >= 0

    assert np.allclose(total, 1, atol=1e-5)


@pytest.mark.parametrize(("width", "height"), [(256, 256), (301, 203), (97, 500), (40, 41)])
def test_tiles_of_an_exact_style_are_the_whole(width, height):
    pixels, run = waves(width, height), runner(convolutions())

    drawn = tiles.draw_exact(pixels, run, tiles.Grid(height=64, width=96, halo=8, multiple=8), lambda _: None)

    # Convolution sums in another order at another size: the last bit of a float may round the other way.
    assert np.abs(drawn.astype(int) - whole(pixels, run)).max() <= 1
    assert (drawn != whole(pixels, run)).mean() < 0.001


def test_too_small_a_halo_would_show():
    pixels, run = waves(256, 256), runner(convolutions())

    drawn = tiles.draw_exact(pixels, run, tiles.Grid(height=64, width=64, halo=0, multiple=8), lambda _: None)

    assert np.abs(drawn.astype(int) - whole(pixels, run)).max() > 5


def test_blended_tiles_of_an_inexact_style_have_the_tones_of_the_whole_and_no_seam():
    ramp = np.linspace(0, 255, 512).astype(np.uint8)
    pixels = np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (256, 512, 3)))
    run = runner(instance_norm())
    grid = tiles.Grid(height=256, width=160, halo=32, multiple=8)

    drawn = tiles.draw_blended(pixels, run, grid, lambda _: None)

    wanted = whole(pixels, run).astype(int)
    plain = tiles.draw_exact(pixels, run, grid, lambda _: None)
    assert np.abs(drawn - wanted).mean() < 8 < 20 < np.abs(plain - wanted).mean()
    assert (
        np.abs(np.diff(drawn[128, :, 0].astype(int))).max()
        <= 6
        < 40
        < np.abs(np.diff(plain[128, :, 0].astype(int))).max()
    )


def test_a_model_of_one_size_gets_that_size_only():
    seen = []

    def run(pixels, _):
        seen.append(pixels.shape)
        return pixels.astype(np.float32)

    grid = tiles.Grid(height=64, width=64, halo=8, multiple=8, fixed=True)
    for width, height in [(20, 30), (64, 64), (200, 30), (130, 171)]:
        pixels = waves(width, height)
        assert (tiles.draw_exact(pixels, run, grid, lambda _: None) == pixels).all()
        tiles.draw_blended(pixels, run, grid, lambda _: None)

    assert set(seen) == {(64, 64, 3)}


def test_a_tile_that_is_all_halo_is_refused():
    with pytest.raises(StyleFailed, match="memory"):
        tiles.starts(512, 64, halo=32, multiple=8)


def test_progress_rises_to_one():
    reached = []
    grid = tiles.Grid(height=64, width=64, halo=8, multiple=8)

    tiles.draw_blended(waves(200, 150), lambda pixels, _: pixels.astype(np.float32), grid, reached.append)

    assert reached == sorted(reached)
    assert reached[-1] == 1.0
