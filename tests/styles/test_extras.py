from types import SimpleNamespace

import numpy as np
import pytest

from fedi.errors import ConfigError, StyleFailed
from fedi.styles import extras
from fedi.styles.catalogue import Extra, read_style
from fedi.styles.controls import Controls
from tests.support.styles import convolutions, write_style

LINES = Extra(name="line_weight", control="line_weight")
MAPS = Extra(name="face_maps", control="face_maps")
KINDS = Extra(name="weights", control="variant", variants={"candy": 1, "mixed": (0.5, 0.5, 0.0)})
LIKE = Extra(name="numbers", control="guide", shape=(1, 4))
NODES = [
    SimpleNamespace(name="line_weight", shape=[1], type="tensor(float)"),
    SimpleNamespace(name="face_maps", shape=[1, 5, "h4", "w4"], type="tensor(float)"),
    SimpleNamespace(name="weights", shape=[3], type="tensor(float)"),
    SimpleNamespace(name="numbers", shape=["n", 4], type="tensor(float)"),
]


def fed(extra, guide=None, **controls):
    sides = extras.shapes([extra], NODES)
    return extras.feeds([extra], sides, Controls(**controls), guide)[extra.name].tolist()


def test_the_line_weight_is_one_number_scaled_by_the_manifests():
    assert fed(LINES, line_weight=0.5) == [0.5]
    assert fed(Extra(name="line_weight", control="line_weight", default=3), line_weight=0.5) == [1.5]


def test_a_variant_is_a_place_or_a_mixture_and_the_first_stands_without_a_choice():
    assert fed(KINDS, variant="mixed") == [0.5, 0.5, 0.0]
    assert fed(KINDS) == fed(KINDS, variant="candy") == [0.0, 1.0, 0.0]
    usual = Extra(name="weights", control="variant", default=0.25, variants={"candy": 1})
    assert fed(usual) == [0.25, 0.25, 0.25]


def test_a_variant_that_is_not_there_is_refused():
    with pytest.raises(StyleFailed, match="no variant called nope"):
        fed(KINDS, variant="nope")


def test_a_guide_is_what_was_read_out_of_the_second_picture():
    assert fed(LIKE, guide=np.ones((1, 1, 1, 4), np.float32)) == [[1, 1, 1, 1]]
    with pytest.raises(StyleFailed, match="choose one"):
        fed(LIKE)
    with pytest.raises(StyleFailed, match="count"):
        fed(LIKE, guide=np.ones(3, np.float32))


def test_face_maps_are_empty_at_a_quarter_of_the_size():
    maps = extras.no_faces([LINES, MAPS], extras.shapes([LINES, MAPS], NODES), 64, 32)

    assert {name: array.shape for name, array in maps.items()} == {"face_maps": (1, 5, 16, 8)}


@pytest.mark.parametrize(
    "extra",
    [
        Extra(name="weights", control="line_weight"),
        Extra(name="weights", control="face_maps"),
        Extra(name="weights", control="variant", shape=(4,), variants={"a": 1}),
        Extra(name="weights", control="variant", variants={"a": 3}),
        Extra(name="weights", control="variant", variants={"a": (1.0, 2.0)}),
        Extra(name="numbers", control="guide"),
        Extra(name="numbers", control="guide", shape=(4,)),
    ],
)
def test_an_extra_input_that_does_not_fit_the_model_is_refused(extra):
    with pytest.raises(StyleFailed):
        extras.shapes([extra], NODES)


GUIDE = '[guide]\nfile = "g.onnx"\nsha256 = "%s"\nside = 256\n' % ("0" * 64) + (
    '[guide.input]\nname = "i"\nlayout = "nhwc"\nchannels = "rgb"\nrange = [0.0, 1.0]\nmultiple = 1\n'
    '[guide.output]\nname = "o"\n'
)
KINDS_TABLE = '[[extra]]\nname = "w"\ncontrol = "variant"\nshape = [3]\n'
LINE_TABLE = '[[extra]]\nname = "lines"\ncontrol = "line_weight"\n'


def read(tmp_path, more, **changes):
    return read_style(write_style(tmp_path, "cel", convolutions(), more=more, **changes))


def test_a_manifest_with_extras_is_read(tmp_path):
    style = read(
        tmp_path,
        KINDS_TABLE + "[extra.variants]\nb = 2\na = [0.5, 0, 0.5]\n"
        '[[extra]]\nname = "n"\ncontrol = "guide"\nshape = [4]\n' + GUIDE,
    )

    assert (style.controls, style.variants, style.needs_guide) == ({"variant", "guide"}, ("b", "a"), True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (LINE_TABLE + LINE_TABLE, "name and a control of its own"),
        ('[[extra]]\nname = "image"\ncontrol = "line_weight"\n', "name and a control of its own"),
        (GUIDE, "need each other"),
        ('[[extra]]\nname = "n"\ncontrol = "guide"\n', "need each other"),
        ('[[extra]]\nname = "w"\ncontrol = "variant"\n', "needs one at least"),
        (LINE_TABLE + "[extra.variants]\na = 1\n", "belong to the control"),
        (KINDS_TABLE + "[extra.variants]\na = 3\n", "outside"),
        (KINDS_TABLE + "[extra.variants]\na = [1.0]\n", "each place"),
        (LINE_TABLE + "default = nan\n", "finite"),
        (LINE_TABLE + "speed = 3\n", "speed"),
        ('[[extra]]\nname = "w"\ncontrol = "magic"\n', "control"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named(tmp_path, more, said):
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, more)


def test_a_model_with_instance_norm_is_not_exact(tmp_path):
    with pytest.raises(ConfigError, match="instance norm"):
        read(tmp_path, "", tiles__norm="instance")
