import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.errors import StyleFailed
from fedi.styles.catalogue import Input
from fedi.styles.tensors import on_white, pad, to_colours, to_pixels, to_tensor
from tests.support.styles import waves


def spec(layout="nchw", channels="rgb", values=(0.0, 1.0)):
    return Input(name="image", layout=layout, channels=channels, range=values, multiple=8)


@given(
    st.sampled_from(["nchw", "nhwc"]),
    st.sampled_from(["rgb", "bgr"]),
    st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)]),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_pixels_come_back_as_they_went(layout, channels, values, width, height):
    pixels = waves(width, height)
    wanted = spec(layout, channels, values)

    tensor = to_tensor(pixels, wanted)

    assert tensor.dtype == np.float32
    assert tensor.shape == ((1, 3, height, width) if layout == "nchw" else (1, height, width, 3))
    assert tensor.min() >= values[0]
    assert tensor.max() <= values[1]
    assert (to_pixels(to_colours(tensor, wanted)) == pixels).all()


def test_bgr_puts_blue_first():
    red = np.full((8, 8, 3), (255, 0, 0), np.uint8)

    assert to_tensor(red, spec(channels="bgr"))[0, :, 0, 0].tolist() == [0, 0, 1]


def test_white_and_black_stand_at_the_ends_of_the_range():
    both = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)

    assert to_tensor(both, spec(values=(-1.0, 1.0)))[0, 0, 0].tolist() == [-1, 1]


@pytest.mark.parametrize("shape", [(1, 1, 8, 8), (2, 3, 8, 8), (3, 8, 8), (1, 8, 8, 3)])
def test_an_answer_that_is_no_picture_is_refused(shape):
    with pytest.raises(StyleFailed, match="not a picture"):
        to_colours(np.zeros(shape, np.float32), spec())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_number_is_refused(value):
    with pytest.raises(StyleFailed, match="not numbers"):
        to_colours(np.full((1, 3, 8, 8), value, np.float32), spec())


def test_colours_beyond_the_range_are_clipped():
    assert to_pixels(np.array([[[-5.0, 127.6, 300.0]]], np.float32)).tolist() == [[[0, 128, 255]]]


def test_edges_are_mirrored():
    pixels = waves(5, 4)

    padded = pad(pixels, 8, 8)

    assert padded.shape == (8, 8, 3)
    assert (padded[:4, :5] == pixels).all()
    assert (padded[4, :5] == pixels[2]).all()
    assert pad(waves(1, 1), 8, 8).shape == (8, 8, 3)


def test_transparency_is_laid_on_white_and_kept():
    pixels = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 0, 0, 128]]], np.uint8)

    flat, alpha = on_white(pixels)

    assert flat.tolist() == [[[255, 255, 255], [10, 20, 30], [127, 127, 127]]]
    assert alpha.tolist() == [[0, 255, 128]]
