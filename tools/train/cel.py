"""Make the style *cel* from nothing but the data folder: pairs, training, export, sheets.

    python -m tools.train.cel --data ../shared/studio --out fedi/styles/embedded/cel

Steps that are done already are kept: the cache of pairs, and with --weights a trained student.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from tools.train import data, export, loop, sheets
from tools.train.finish import Cel
from tools.train.student import Student

VERSION = "1.0.0"
SEED = 1
STEPS = 3400
# What the manifest promises; `tests/styles/test_embedded_cel.py` holds the halo to it.
HALO_PIXELS = 96
MEMORY_MB_PER_MEGAPIXEL = 430
PORTRAITS_PER_SHEET = 4
SCENE_SIDE = 640


def main() -> None:
    """Run all steps."""
    arguments = read_arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(arguments.threads)
    student = Student()
    if arguments.weights is not None:
        student.load_state_dict(torch.load(arguments.weights, weights_only=True))
    else:
        detector = arguments.data / "models-open" / "yunet_2026may.onnx"
        data.prepare(arguments.data, arguments.cache, workers=arguments.threads)
        plan = loop.Plan(steps=arguments.steps, seed=SEED)
        student = loop.train(student, arguments.cache, detector, plan, save=arguments.cache / "student.pt")

    model = arguments.out / "cel.onnx"
    arguments.out.mkdir(parents=True, exist_ok=True)
    export.export(Cel(student), model)
    text = export.manifest(model, version=VERSION, halo=HALO_PIXELS, memory=MEMORY_MB_PER_MEGAPIXEL)
    (arguments.out / "style.toml").write_text(text, encoding="utf-8")
    if arguments.sheets is not None:
        write_sheets(model, arguments.data, arguments.sheets)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--out", type=Path, required=True, help="where cel.onnx and style.toml go")
    parser.add_argument("--cache", type=Path, default=Path("build/cel"), help="where pairs are kept")
    parser.add_argument("--weights", type=Path, help="a trained student: export it, train nothing")
    parser.add_argument("--sheets", type=Path, help="a folder for comparison sheets")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def write_sheets(model: Path, source: Path, target: Path) -> None:
    """Sheets of held-out portraits, and one of the test pictures."""
    photos = data.held_out(source)
    portraits = [path for path in photos if path.stem.startswith("face_")]
    others = [path for path in photos if path not in portraits]
    for start in range(0, len(portraits), PORTRAITS_PER_SHEET):
        name = f"portraits-{start // PORTRAITS_PER_SHEET + 1}.jpg"
        chosen = portraits[start : start + PORTRAITS_PER_SHEET]
        sheets.make(model, chosen, target / name, side=sheets.PORTRAIT_SIDE)
    sheets.make(model, others, target / "pictures.jpg", side=SCENE_SIDE)


if __name__ == "__main__":
    main()
