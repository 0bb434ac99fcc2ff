"""The training loop: crops of the cached pairs, losses on both layers and on their sum, averaged weights."""

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

from tools.train import data, faces
from tools.train.student import MULTIPLE, Layers, Student, compose

Picture = NDArray[np.uint8]

# Eyes and mouths are few pixels and most of the likeness.
FEATURE_WEIGHT = 4.0
# This share of crops is taken around a face where there is one.
FACE_SHARE = 0.6
MIRROR_SHARE = 0.5
# Each crop's white balance and exposure are multiplied by numbers from these ranges.
LIGHT, EXPOSURE = (0.94, 1.06), (0.8, 1.15)
# Strokes are kept as uint8 between these values.
STROKE_RANGE = (-1.0, 3.0)
WARM_UP_STEPS = 100
PRINT_STEPS = 100
SAVE_STEPS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to train: `batch` square crops of `side` pixels a step; the rate falls to 2 % at the end."""

    steps: int
    batch: int = 4
    side: int = 160
    rate: float = 2.5e-3
    seed: int = 1


class Batch(NamedTuple):
    """Float NCHW crops. `base` and `strokes` come from the student's fixed stages, run once a picture."""

    photo: Tensor
    base: Tensor
    strokes: Tensor
    paint: Tensor
    ink: Tensor
    weight: Tensor


@dataclass(frozen=True, slots=True)
class Example:
    """One pair as uint8 maps of the same height and width, in the order of `Batch`, and where its faces are.

    A face is (x, y) between the eyes and the distance of the eyes, in pixels.
    """

    maps: tuple[Picture, ...]
    places: tuple[tuple[float, float, float], ...]


def examples(cache: Path, detector: Path, student: Student) -> list[Example]:
    """Load a cache of pairs, find the faces again for weights and crops, run the fixed stages once."""
    loaded = []
    for pair in data.read(cache):
        weight = np.ones(pair.ink.shape, np.float32)
        places = []
        for points in faces.detect(pair.photo, detector):
            face = faces.Face(points, pair.ink.shape)
            spots = [face.ellipse(eye, (0.36, 0.22)) for eye in face.eyes]
            spots.append(0.5 * face.ellipse(face.mouth, (face.mouth_width * 0.5 + 0.1, 0.25)))
            weight = np.maximum(weight, 1 + (FEATURE_WEIGHT - 1) * np.maximum.reduce(spots))
            places.append((float(face.origin[0]), float(face.origin[1]), face.unit))
        base, strokes = fixed_stages(student, pair.photo)
        grey = (pair.ink, weight * (255 / FEATURE_WEIGHT))
        ink, importance = (layer.astype(np.uint8)[..., None] for layer in grey)
        loaded.append(Example((pair.photo, base, strokes, pair.paint, ink, importance), tuple(places)))
    return loaded


def fixed_stages(student: Student, photo: Picture) -> tuple[Picture, Picture]:
    """The painting and the strokes of a whole picture, as uint8 of its size."""
    height, width = photo.shape[:2]
    padded = np.pad(photo, ((0, -height % MULTIPLE), (0, -width % MULTIPLE), (0, 0)), mode="reflect")
    tensor = torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        base, strokes = student.fixed(tensor)
    strokes = (strokes - STROKE_RANGE[0]) / (STROKE_RANGE[1] - STROKE_RANGE[0])
    base, strokes = (
        (layer[0].clamp(0, 1) * 255).round().permute(1, 2, 0).byte().numpy()[:height, :width]
        for layer in (base, strokes)
    )
    return base, strokes


def train(student: Student, cache: Path, detector: Path, plan: Plan, *, save: Path) -> Student:
    """Train `student` in place; give back, and keep in `save`, the running mean of its weights."""
    torch.manual_seed(plan.seed)
    chance = random.Random(plan.seed)
    loaded = examples(cache, detector, student)
    student.train().to(memory_format=torch.channels_last)
    mean = Student()
    mean.load_state_dict(student.state_dict())
    optimiser = torch.optim.Adam(student.parameters(), plan.rate, betas=(0.9, 0.98))
    started, running = time.monotonic(), {}

    for step in range(plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, plan)
        batch = sample(loaded, plan, chance)
        parts = losses(student, batch)
        total = sum(parts.values())
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        average(mean, student, min(0.998, (step + 1) / (step + 10)))

        for name, value in parts.items():
            running[name] = 0.98 * running.get(name, value.item()) + 0.02 * value.item()
        if (step + 1) % PRINT_STEPS == 0:
            seconds = round(time.monotonic() - started)
            report = {name: round(value, 4) for name, value in running.items()}
            print(json.dumps({"step": step + 1, "seconds": seconds, **report}), flush=True)
        if (step + 1) % SAVE_STEPS == 0 or step + 1 == plan.steps:
            torch.save(mean.state_dict(), save)
    return mean


def rate_at(step: int, plan: Plan) -> float:
    """The learning rate: a short warm-up, then a straight line down to 2 %."""
    return plan.rate * min(1.0, (step + 1) / WARM_UP_STEPS) * (1 - 0.98 * step / plan.steps)


def average(mean: Student, student: Student, keep: float) -> None:
    """Move the running mean of the weights towards the student."""
    with torch.no_grad():
        for slow, fast in zip(mean.parameters(), student.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)


def sample(loaded: list[Example], plan: Plan, chance: random.Random) -> Batch:
    """A batch of crops, each in a light of its own that photo and target share."""
    crops = [crop(chance.choice(loaded), plan.side, chance) for _ in range(plan.batch)]
    layers = [
        torch.from_numpy(np.stack(layer)).permute(0, 3, 1, 2).float().div_(255)
        for layer in zip(*crops, strict=True)
    ]
    photo, base, strokes, paint, ink, weight = layers
    strokes = strokes * (STROKE_RANGE[1] - STROKE_RANGE[0]) + STROKE_RANGE[0]
    light = torch.tensor([chance.uniform(*LIGHT) for _ in range(3 * plan.batch)]).view(plan.batch, 3, 1, 1)
    light = light * torch.tensor([chance.uniform(*EXPOSURE) for _ in range(plan.batch)]).view(-1, 1, 1, 1)
    photo, base, paint = ((layer * light).clamp_(0, 1) for layer in (photo, base, paint))
    return Batch(photo, base, strokes, paint, ink, weight * FEATURE_WEIGHT)


def crop(example: Example, side: int, chance: random.Random) -> list[Picture]:
    """A square of one example, often around a face, mirrored half of the time."""
    layers = list(example.maps)
    height, width = layers[0].shape[:2]
    below, right = max(0, side - height), max(0, side - width)
    if below or right:
        layers = [np.pad(layer, ((0, below), (0, right), (0, 0)), mode="reflect") for layer in layers]
        height, width = layers[0].shape[:2]
    left, top = chance.randint(0, width - side), chance.randint(0, height - side)
    if example.places and chance.random() < FACE_SHARE:
        x, y, unit = chance.choice(example.places)
        x, y = x + chance.gauss(0, 0.7) * unit, y + unit * (0.4 + chance.gauss(0, 0.7))
        left = min(max(0, round(x - side / 2)), width - side)
        top = min(max(0, round(y - side / 2)), height - side)
    cut = [layer[top : top + side, left : left + side] for layer in layers]
    return [layer[:, ::-1] for layer in cut] if chance.random() < MIRROR_SHARE else cut


def losses(student: Student, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss, each already weighted."""
    paint, ink, weight = batch.paint, batch.ink, batch.weight
    made = student.finish(batch.photo, batch.base, batch.strokes)
    drawn = compose(made, ink_gain=1.0, ink_shift=0.0)
    wanted = torch.logit(ink.clamp(0.003, 0.997))
    truth = compose(Layers(paint, wanted), ink_gain=1.0, ink_shift=0.0)

    return {
        "paint": 2 * (weight * (made.paint - paint).abs()).mean(),
        "edges": 2 * sum((cut * (a - b).abs()).mean() for a, b, cut in slopes(made.paint, paint, weight)),
        "broad": (F.avg_pool2d(made.paint, 8) - F.avg_pool2d(paint, 8)).abs().mean(),
        # A line missed costs more than a line too many: lines are rare.
        "ink": 0.35 * (weight * ink_loss(made.ink, ink)).mean(),
        "drawn": (weight * (drawn - truth).abs()).mean(),
    }


def slopes(made: Tensor, wanted: Tensor, weight: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Differences to the right and downwards, of both pictures, with the weights cut to fit."""
    return [
        (made[..., 1:] - made[..., :-1], wanted[..., 1:] - wanted[..., :-1], weight[..., 1:]),
        (made[..., 1:, :] - made[..., :-1, :], wanted[..., 1:, :] - wanted[..., :-1, :], weight[..., 1:, :]),
    ]


def ink_loss(logit: Tensor, ink: Tensor) -> Tensor:
    """Binary cross-entropy with soft targets, lines counting double."""
    return F.binary_cross_entropy_with_logits(logit, ink, reduction="none") * (1 + ink)
