"""The training loop: crops of the cached pairs, losses on every painting and on the ink, averaged weights."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from numpy.typing import NDArray
from torch import Tensor

from fedi.styles.facemaps import SCALE
from tools.train import data
from tools.train.student import MULTIPLE, Drawn, Students

Map = NDArray[np.uint8] | NDArray[np.float32]

# Eyes and mouths are few pixels and most of the likeness.
EYE_WEIGHT, MOUTH_WEIGHT = 4.0, 2.5
# This share of crops is taken around a face where there is one.
FACE_SHARE = 0.6
MIRROR_SHARE = 0.5
# In this share of crops the faces are not told of, as where none is found.
BLIND_SHARE = 0.1
# Each crop's white balance and exposure are multiplied by numbers from these ranges.
LIGHT, EXPOSURE = (0.94, 1.06), (0.8, 1.15)
PAINTINGS = ("cel", "soft", "sky")
# Channels of the face maps (fedi/styles/facemaps.py).
NEAR, EYES, MOUTH, SKIN = 0, 1, 3, slice(5, 8)
WARM_UP_STEPS = 100
PRINT_STEPS = 100
SAVE_STEPS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to train: `batch` square crops of `side` pixels a step; the rate falls to 2 % at the end.

    `seconds` ends the training early, with the rate fallen as far: on machines that are slower than planned.
    """

    steps: int
    seconds: float = float("inf")
    batch: int = 4
    side: int = 176
    rate: float = 3e-3
    seed: int = 1


class Batch(NamedTuple):
    """Float NCHW crops: photo, face maps at a quarter of the size, paintings by name, ink, weight."""

    photo: Tensor
    maps: Tensor
    paints: dict[str, Tensor]
    ink: Tensor
    weight: Tensor


@dataclass(frozen=True, slots=True)
class Example:
    """One pair: photo, three paintings and ink stacked as uint8 (height, width, 13), and the face maps."""

    layers: NDArray[np.uint8]
    maps: NDArray[np.float32]


def examples(cache: Path) -> list[Example]:
    """Load a cache of pairs."""
    return [
        Example(
            np.concatenate(
                [pair.photo, *(getattr(pair.layers, name) for name in PAINTINGS), pair.layers.ink[..., None]],
                -1,
            ),
            pair.maps,
        )
        for pair in data.read(cache)
    ]


def train(students: Students, cache: Path, plan: Plan, *, save: Path) -> Students:
    """Train `students` in place; give back, and keep in `save`, the running mean of their weights."""
    torch.manual_seed(plan.seed)
    chance = random.Random(plan.seed)
    loaded = examples(cache)
    students.train().to(memory_format=torch.channels_last)
    mean = Students()
    mean.load_state_dict(students.state_dict())
    optimiser = torch.optim.Adam(students.parameters(), plan.rate, betas=(0.9, 0.98))
    started, running, step, done = time.monotonic(), {}, 0, 0.0

    while done < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, done, plan)
        parts = losses(students, sample(loaded, plan, chance))
        total = sum(parts.values())
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(students.parameters(), 1.0)
        optimiser.step()
        average(mean, students, min(0.998, (step + 1) / (step + 10)))

        step += 1
        seconds = time.monotonic() - started
        done = max(step / plan.steps, seconds / plan.seconds)
        for name, value in parts.items():
            running[name] = 0.98 * running.get(name, value.item()) + 0.02 * value.item()
        if step % PRINT_STEPS == 0:
            report = {name: round(value, 4) for name, value in running.items()}
            print(json.dumps({"step": step, "seconds": round(seconds), **report}), flush=True)
        if step % SAVE_STEPS == 0 or done >= 1:
            torch.save(mean.state_dict(), save)
    return mean


def rate_at(step: int, done: float, plan: Plan) -> float:
    """The learning rate: a short warm-up, then a straight line down to 2 %."""
    return plan.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * (1 - 0.98 * done)


def average(mean: Students, students: Students, keep: float) -> None:
    """Move the running mean of the weights towards the students."""
    with torch.no_grad():
        for slow, fast in zip(mean.parameters(), students.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)


def sample(loaded: list[Example], plan: Plan, chance: random.Random) -> Batch:
    """Crops of random pairs, mirrored and relit at random."""
    crops = [crop(chance.choice(loaded), plan.side, chance) for _ in range(plan.batch)]
    layers = torch.stack([torch.from_numpy(each.layers.copy()) for each in crops]).permute(0, 3, 1, 2)
    layers = layers.float() / 255
    maps = torch.stack([torch.from_numpy(each.maps.copy()) for each in crops])
    spots = F.interpolate(maps, scale_factor=SCALE, mode="bilinear", align_corners=False)
    weight = (
        1 + (EYE_WEIGHT - 1) * spots[:, EYES : EYES + 1] + (MOUTH_WEIGHT - 1) * spots[:, MOUTH : MOUTH + 1]
    )
    relit = torch.tensor([[chance.uniform(*LIGHT) for _ in range(3)] for _ in crops])
    relit = (relit * torch.tensor([[chance.uniform(*EXPOSURE)] for _ in crops]))[:, :, None, None]
    coloured = [(layers[:, at : at + 3] * relit).clamp(0, 1) for at in range(0, 12, 3)]
    maps[:, SKIN] = (maps[:, SKIN] * relit).clamp(0, 1)
    seen = torch.tensor([float(chance.random() >= BLIND_SHARE) for _ in crops])[:, None, None, None]
    photo = coloured[0].to(memory_format=torch.channels_last)
    return Batch(photo, maps * seen, dict(zip(PAINTINGS, coloured[1:], strict=True)), layers[:, 12:], weight)


def crop(example: Example, side: int, chance: random.Random) -> Example:
    """Cut a square out of a pair, at a multiple of `MULTIPLE`, mostly around a face; mirrored at times."""
    height, width = example.layers.shape[:2]
    left, top = chance.randint(0, width - side), chance.randint(0, height - side)
    near = example.maps[NEAR]
    if near.max() > 0.5 and chance.random() < FACE_SHARE:
        rows, columns = np.nonzero(near > 0.5)
        at = chance.randrange(len(rows))
        left, top = (int(spots[at]) * SCALE - side // 2 for spots in (columns, rows))
        left, top = min(max(0, left), width - side), min(max(0, top), height - side)
    left, top = left // MULTIPLE * MULTIPLE, top // MULTIPLE * MULTIPLE
    layers = example.layers[top : top + side, left : left + side]
    maps = example.maps[:, top // SCALE : (top + side) // SCALE, left // SCALE : (left + side) // SCALE]
    if chance.random() < MIRROR_SHARE:
        layers, maps = layers[:, ::-1], maps[..., ::-1]
    return Example(layers, maps)


def losses(students: Students, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss, each already weighted."""
    made = students(batch.photo, batch.maps)
    parts = {name: painting_loss(made[name], batch.paints[name], batch.weight) for name in PAINTINGS}
    # The two styles with lines learn the same lines.
    lines = [ink_loss(made[name].ink, batch.ink) for name in ("cel", "soft")]
    parts["ink"] = 0.3 * (batch.weight * (lines[0] + lines[1])).mean()
    return parts


def painting_loss(made: Drawn, wanted: Tensor, weight: Tensor) -> Tensor:
    """L1 on the colours, on their slopes, and on their means over 8 x 8 pixels."""
    colours = 2 * (weight * (made.paint - wanted).abs()).mean()
    across = (
        weight[..., 1:]
        * ((made.paint[..., 1:] - made.paint[..., :-1]) - (wanted[..., 1:] - wanted[..., :-1])).abs()
    )
    down = (
        weight[..., 1:, :]
        * (
            (made.paint[..., 1:, :] - made.paint[..., :-1, :]) - (wanted[..., 1:, :] - wanted[..., :-1, :])
        ).abs()
    )
    broad = (F.avg_pool2d(made.paint, 8) - F.avg_pool2d(wanted, 8)).abs().mean()
    return colours + 3 * (across.mean() + down.mean()) + broad


def ink_loss(logit: Tensor, ink: Tensor) -> Tensor:
    """Binary cross-entropy with soft targets, lines counting double."""
    return F.binary_cross_entropy_with_logits(logit, ink, reduction="none") * (1 + ink)
