"""Make the face detector from nothing but the data folder: labels, training, export, figures.

    python -m tools.train.detector --data ../shared/studio --out fedi/styles/embedded_faces

Two small nets: one finds faces in a picture, one places five points on each. YuNet (MIT) is the labeller.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from numpy.typing import NDArray
from torch import Tensor, nn

from tools.train.detector_data import SIDE, Samples
from tools.train.detector_labels import targets
from tools.train.detector_nets import CROP_SIDE, Finder, Placer
from tools.train.export import save_halved

SEED = 1
FINDER_BATCH, FINDER_RATE = 16, 4e-3
PLACER_BATCH, PLACER_RATE = 32, 4e-3
MEAN_KEEP = 0.99
# Of the rate's course, the rise; then it falls to nothing.
RISE = 0.1
PRINT_STEPS = 50


def main() -> None:
    """Run all steps."""
    arguments = read_arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    # Numbers near nought cost a hundred times as much as others.
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    samples = Samples(arguments.data, SEED)
    say(f"{len(samples.portraits)} portraits, {len(samples.scenes)} scenes")
    if "placer" in arguments.nets:
        placer = Placer()
        keep = lambda mean: export_placer(mean, arguments.out / "points.onnx")  # noqa: E731
        train(placer, lambda: place_loss(placer, samples), arguments.seconds * 0.4, PLACER_RATE, keep)
    if "finder" in arguments.nets:
        finder = Finder()
        keep = lambda mean: export_finder(mean, arguments.out / "faces.onnx")  # noqa: E731
        train(finder, lambda: find_loss(finder, samples), arguments.seconds * 0.6, FINDER_RATE, keep)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--out", type=Path, required=True, help="where faces.onnx and points.onnx go")
    parser.add_argument("--nets", nargs="+", default=["placer", "finder"], choices=["placer", "finder"])
    parser.add_argument("--seconds", type=float, default=2100, help="of training, both nets together")
    return parser.parse_args()


def say(line: str) -> None:
    """A line for whoever waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def train(
    net: nn.Module,
    loss_of: Callable[[], Tensor],
    seconds: float,
    rate: float,
    keep: Callable[[nn.Module], None],
) -> None:
    """Train for so long; `keep` is given the running mean of the weights, each quarter and at the end."""
    net.train().to(memory_format=torch.channels_last)
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(MEAN_KEEP), use_buffers=True
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-3)
    start, done, step, total, quarter = time.monotonic(), 0.0, 0, 0.0, 1
    while done < 1:
        for group in optimiser.param_groups:
            fall = (1 + math.cos(math.pi * max(0.0, done - RISE) / (1 - RISE))) / 2
            group["lr"] = rate * min(done / RISE + 0.02, fall + 0.01)
        loss = loss_of()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        mean.update_parameters(net)
        step, total = step + 1, total + loss.item()
        done = (time.monotonic() - start) / seconds
        if step % PRINT_STEPS == 0:
            say(f"{type(net).__name__} step {step}, {done:.0%}, loss {total / PRINT_STEPS:.4f}")
            total = 0.0
        if done >= quarter / 4:
            quarter = math.floor(done * 4) + 1
            keep(mean.module.eval())


def find_loss(net: Finder, samples: Samples) -> Tensor:
    """Focal loss on the heat (as CenterNet's), L1 on boxes and points near centres."""
    pictures, heats, values, counts = [], [], [], []
    for _ in range(FINDER_BATCH):
        picture, faces = samples.picture()
        pictures.append(picture)
        for kept, target in zip((heats, values, counts), targets(faces, SIDE), strict=True):
            kept.append(target)
    answer = net(to_batch(pictures))
    heat, count = torch.from_numpy(np.stack(heats)), torch.from_numpy(np.stack(counts))
    logit = answer[:, 0]
    chance = torch.sigmoid(logit)
    here = (heat > 0.999).float()
    hit = -F.logsigmoid(logit) * (1 - chance) ** 2 * here
    miss = -F.logsigmoid(-logit) * chance**2 * (1 - heat) ** 4 * (1 - here)
    number = torch.clamp(here.sum(), min=1)
    apart = (answer[:, 1:] - torch.from_numpy(np.stack(values))).abs()
    weights = torch.tensor([0.3, 0.3, 1.0, 1.0] + [1.5] * 10)[None, :, None, None]
    boxes = (apart * weights).mean(1) * count
    return (hit + miss).sum() / number + 2 * boxes.sum() / torch.clamp(count.sum(), min=1)


def place_loss(net: Placer, samples: Samples) -> Tensor:
    """The points' distance in units of the eyes' distance, and whether it is a face."""
    crops, points, faces = [], [], []
    for _ in range(PLACER_BATCH):
        crop, placed = samples.crop()
        crops.append(crop)
        faces.append(placed is not None)
        points.append(np.zeros((5, 2), np.float32) if placed is None else placed)
    answer, logit = net(to_batch(crops))
    face = torch.tensor(faces, dtype=torch.float32)
    wanted = torch.from_numpy(np.stack(points).astype(np.float32))
    apart = (answer - wanted).abs().sum(2).mean(1) * 10
    return (apart * face).sum() / face.sum() + 0.5 * F.binary_cross_entropy_with_logits(logit, face)


def to_batch(pictures: list[NDArray[np.uint8]]) -> Tensor:
    """BGR pictures as a batch, RGB 0..1."""
    stacked = torch.from_numpy(np.stack(pictures)[..., ::-1].astype(np.float32) / 255)
    return stacked.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def export_finder(net: nn.Module, target: Path) -> None:
    """faces.onnx: `image` to `maps`, any sides that are multiples of 32."""
    free = {"image": {2: "height", 3: "width"}, "maps": {2: "rows", 3: "columns"}}
    example = (torch.rand(1, 3, 64, 96),)
    save_halved(net, example, target, inputs=["image"], outputs=["maps"], free=free)


def export_placer(net: nn.Module, target: Path) -> None:
    """points.onnx: `crops` to `points` and `logit`, any number at once."""
    free = {name: {0: "number"} for name in ("crops", "points", "logit")}
    example = (torch.rand(2, 3, CROP_SIDE, CROP_SIDE),)
    save_halved(net, example, target, inputs=["crops"], outputs=["points", "logit"], free=free)


if __name__ == "__main__":
    main()
