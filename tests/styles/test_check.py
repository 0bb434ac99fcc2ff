import contextlib
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from fedi.errors import StyleFailed
from fedi.styles.catalogue import Input, Output
from fedi.styles.check import Shape, check_ends, scan
from tests.support.styles import convolutions, endless, model

IDENTITY = [helper.make_node("Identity", ["image"], ["styled"])]


def test_a_plain_model_passes():
    found = scan(convolutions())

    assert (found.opset, found.nodes) == (17, 6)
    assert found.operators == {"Conv", "Relu", "Sigmoid"}


def test_operators_inside_a_loop_are_seen():
    assert "Sin" in scan(endless()).operators


@pytest.mark.parametrize("opset", [1, 8, 26, 1000])
def test_an_opset_out_of_range_is_refused(opset):
    with pytest.raises(StyleFailed, match="opset"):
        scan(model(IDENTITY, {}, opset=opset))


def test_an_operator_from_another_domain_is_refused():
    node = helper.make_node("Steal", ["image"], ["styled"], domain="com.example")

    with pytest.raises(StyleFailed, match="Steal"):
        scan(model([node], {}))


def test_an_operator_from_another_domain_inside_a_branch_is_refused():
    inner = helper.make_graph(
        [helper.make_node("Steal", ["image"], ["x"], domain="com.example")],
        "branch", [], [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
    )  # fmt: skip
    node = helper.make_node("If", ["yes"], ["styled"], then_branch=inner, else_branch=inner)

    with pytest.raises(StyleFailed, match="outside standard"):
        scan(model([node], {"yes": np.bool_(True)}))


def test_a_declared_domain_that_nobody_uses_is_fine():
    sound = onnx.load_from_string(model(IDENTITY, {}))
    sound.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))

    assert scan(sound.SerializeToString()).opset == 17


def external(tensor):
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return tensor


def test_weights_in_another_file_are_refused():
    bad = onnx.load_from_string(convolutions())
    external(bad.graph.initializer[0])

    with pytest.raises(StyleFailed, match="another file"):
        scan(bad.SerializeToString())


def test_weights_in_another_file_named_by_an_attribute_are_refused():
    tensor = external(numpy_helper.from_array(np.ones(3, np.float32), "w"))
    nodes = [
        helper.make_node("Constant", [], ["w"], value=tensor),
        helper.make_node("Identity", ["image"], ["styled"]),
    ]

    with pytest.raises(StyleFailed, match="another file"):
        scan(model(nodes, {}))


def test_sparse_tensors_functions_and_training_are_refused():
    sparse = onnx.load_from_string(convolutions())
    sparse.graph.sparse_initializer.add().dims.append(3)
    functions = onnx.load_from_string(convolutions())
    functions.functions.add().name = "mine"
    training = onnx.load_from_string(convolutions())
    training.training_info.add()

    for bad, word in ((sparse, "sparse"), (functions, "functions"), (training, "training")):
        with pytest.raises(StyleFailed, match=word):
            scan(bad.SerializeToString())


def test_deep_nesting_is_refused():
    graph = helper.make_graph([], "leaf", [], [])
    for _ in range(12):
        graph = helper.make_graph([helper.make_node("If", ["yes"], [], then_branch=graph)], "g", [], [])
    deep = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])

    with pytest.raises(StyleFailed, match="nested"):
        scan(deep.SerializeToString())


def test_too_many_nodes_are_refused():
    nodes = [helper.make_node("Relu", ["image"], ["styled"])] * 20_001

    with pytest.raises(StyleFailed, match="20000 nodes"):
        scan(model(nodes, {}))


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_nothing_else(content):
    with pytest.raises(StyleFailed):
        scan(content)


@given(st.integers(0, 1200), st.integers(0, 255))
def test_a_damaged_model_is_read_or_refused(at, value):
    damaged = bytearray(convolutions())
    damaged[at] = value

    with contextlib.suppress(StyleFailed):
        scan(bytes(damaged))


def node(name, shape, kind="tensor(float)"):
    return SimpleNamespace(name=name, shape=shape, type=kind)


WANTED = Input(name="image", layout="nchw", channels="rgb", range=(0.0, 1.0), multiple=8)
GIVEN = Output(name="styled")
OPEN = [1, 3, "h", "w"]


def ends(first=OPEN, last=OPEN, wanted=WANTED):
    return check_ends([node("image", first)], [node("styled", last)], wanted, GIVEN)


def test_open_and_fixed_sides_are_told():
    assert ends() == Shape(height=None, width=None)
    assert ends([1, 3, 64, 96], [1, 3, 64, 96]) == Shape(height=64, width=96)
    assert ends(["n", 3, "h", None]) == Shape(height=None, width=None)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ([1, 3, "h"], OPEN),
        ([2, 3, "h", "w"], OPEN),
        ([1, 1, "h", "w"], OPEN),
        ([1, "h", "w", 3], OPEN),
        (OPEN, [1, 4, "h", "w"]),
        ([1, 3, 64, 64], [1, 3, 128, 128]),
        ([1, 3, 60, 60], [1, 3, 60, 60]),
        ([1, 3, 64, "w"], OPEN),
    ],
)
def test_shapes_that_do_not_fit_are_refused(first, last):
    with pytest.raises(StyleFailed):
        ends(first, last)


def test_other_names_more_inputs_and_other_types_are_refused():
    image, styled = node("image", OPEN), node("styled", OPEN)
    for inputs, outputs in [
        ([node("photo", OPEN)], [styled]),
        ([image, node("weights", [26])], [styled]),
        ([], [styled]),
        ([image], [styled, node("mask", OPEN)]),
        ([node("image", OPEN, "tensor(float16)")], [styled]),
    ]:
        with pytest.raises(StyleFailed):
            check_ends(inputs, outputs, WANTED, GIVEN)
