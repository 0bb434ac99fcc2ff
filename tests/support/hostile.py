"""Models that are made to do harm, built with the onnx package."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.support.styles import convolutions, endless, model, write_style

# 52 GB of float32.
MANY = 13_000_000_000


def not_numbers() -> bytes:
    """Gives NaN for every pixel."""
    nodes = [
        helper.make_node("Mul", ["image", "nought"], ["black"]),
        helper.make_node("Div", ["black", "black"], ["styled"]),
    ]
    return model(nodes, {"nought": np.float32(0)})


def gluttonous() -> bytes:
    """Wants 52 GB between two of its layers."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[0, 1, 2, 3], keepdims=0),
        helper.make_node("Expand", ["mean", "many"], ["much"]),
        helper.make_node("ReduceMax", ["much"], ["least"], axes=[0], keepdims=0),
        helper.make_node("Add", ["image", "least"], ["styled"]),
    ]
    return model(nodes, {"many": np.array([MANY], np.int64)})


def elsewhere(path: str = "../../etc/passwd") -> bytes:
    """Has its weights in another file."""
    bad = onnx.load_from_string(convolutions())
    tensor = bad.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", path), ("offset", "0"), ("length", "100")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return bytes(bad.SerializeToString())


def vast() -> bytes:
    """Declares a weight of a million million numbers, and brings four bytes of it."""
    bad = onnx.load_from_string(convolutions())
    del bad.graph.initializer[0].dims[:]
    bad.graph.initializer[0].dims.extend([1_000_000, 1_000_000, 3, 3])
    bad.graph.initializer[0].raw_data = b"\0\0\0\0"
    return bytes(bad.SerializeToString())


def custom() -> bytes:
    """Uses an operator that only a library of its own would know."""
    return model([helper.make_node("Steal", ["image"], ["styled"], domain="com.example")], {})


def sparse() -> bytes:
    """Has a sparse weight, which libraries have read around their own checks."""
    bad = onnx.load_from_string(convolutions())
    bad.graph.sparse_initializer.add().dims.append(3)
    return bytes(bad.SerializeToString())


def growing() -> bytes:
    """Answers with a picture of another size."""
    return model([helper.make_node("Concat", ["image", "image"], ["styled"], axis=2)], {})


def _swapped(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(convolutions(seed=9))


def _linked(folder: Path) -> None:
    (folder / "model.onnx").rename(folder / "real.onnx")
    (folder / "model.onnx").symlink_to("real.onnx")


def _hard_linked(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    os.link(folder / "style.toml", folder / "model.onnx")


def _pipe(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    os.mkfifo(folder / "model.onnx")


# By name: the model, and what its owner is told.
MODELS: Mapping[str, tuple[Callable[[], bytes], str]] = MappingProxyType(
    {
        "endless": (endless, "longer than"),
        "not-numbers": (not_numbers, "not numbers"),
        "gluttonous": (gluttonous, "more memory"),
        "elsewhere": (elsewhere, "another file"),
        "vast": (vast, "does not run"),
        "custom": (custom, "outside standard"),
        "sparse": (sparse, "sparse"),
        "growing": (growing, "another size"),
    }
)
# What is done to a sound style's folder after it was installed.
TAMPERINGS: Mapping[str, tuple[Callable[[Path], None], str]] = MappingProxyType(
    {
        "swapped": (_swapped, "does not match its manifest"),
        "linked": (_linked, "cannot be read"),
        "hard-linked": (_hard_linked, "does not match its manifest"),
        "pipe": (_pipe, "cannot be read"),
    }
)


def install_all(root: Path) -> dict[str, str]:
    """Write every one of them as a style; gives what each one's owner is told."""
    for name, (make, _) in MODELS.items():
        write_style(root, name, make())
    for name, (tamper, _) in TAMPERINGS.items():
        tamper(write_style(root, name, convolutions()))
    return {name: said for name, (_, said) in (*MODELS.items(), *TAMPERINGS.items())}
