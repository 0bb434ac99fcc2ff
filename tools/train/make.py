"""Make the styles that ship from nothing but the data folder: pairs, training, export, sheets.

    python -m tools.train.make --data ../shared/studio --out fedi/styles/embedded [--style cel]

Steps that are done already are kept: the cache of pairs, and with --weights trained students.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from tools.train import data, export, loop, sheets
from tools.train.looks import STYLES
from tools.train.student import Students

VERSION = "2.1.0"
SEED = 1
STEPS = 4000


def main() -> None:
    """Run all steps."""
    arguments = read_arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(arguments.threads)
    # Numbers near nought cost a hundred times as much as others.
    torch.set_flush_denormal(True)
    students = Students()
    if arguments.weights is not None:
        students.load_state_dict(torch.load(arguments.weights, weights_only=True))
    else:
        data.prepare(arguments.data, arguments.cache, workers=arguments.threads)
        plan = loop.Plan(steps=arguments.steps, seconds=arguments.seconds, seed=SEED)
        students = loop.train(students, arguments.cache, plan, save=arguments.cache / "students.pt")

    for name in arguments.style or STYLES:
        style, folder = STYLES[name](students), arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        model = folder / f"{name}.onnx"
        export.export_style(style, model)
        text = export.manifest(style, model, version=VERSION)
        (folder / "style.toml").write_text(text, encoding="utf-8")
    if arguments.sheets is not None:
        sheets.write(arguments.out, arguments.data, arguments.sheets)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the styles' folders")
    parser.add_argument(
        "--style", choices=sorted(STYLES), action="append", help="only this one; may be repeated"
    )
    parser.add_argument("--cache", type=Path, default=Path("build/pairs"), help="where pairs are kept")
    parser.add_argument("--weights", type=Path, help="trained students: export them, train nothing")
    parser.add_argument("--sheets", type=Path, help="a folder for comparison sheets")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end the training after so long")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
