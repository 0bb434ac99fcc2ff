"""What a model must cost at least, counted from a real run."""

import os

import numpy as np
import pytest

from fedi.confined.pipe import Begin
from fedi.styles import counting
from tests.support.styles import convolutions, instance_norm

BEGIN = Begin(
    parent=os.getppid(), threads=1, seconds=9, memory_bytes=1 << 30, max_pixels_in=1, max_pixels_out=1
)


@pytest.mark.parametrize(("model", "weights"), [(convolutions(), 9 * (24 + 64 + 24)), (instance_norm(), 0)])
def test_each_weight_meets_each_pixel(model, weights):
    picture = np.zeros((1, 3, 16, 24), np.float32)

    assert counting.operations(model, BEGIN, {"image": picture}) == 2 * weights * 16 * 24


def test_the_machine_is_measured():
    assert 1e8 < counting.product_rate(1) < 1e14
