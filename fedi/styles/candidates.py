"""Places where a face may be: read from the finder's maps, cut out for a closer look, and told apart.

Pure: numpy and Pillow only. Points are x and y in pixels, whole numbers the middles of pixels.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fedi.styles.sampling import sample
from fedi.styles.tensors import Pixels

Points = NDArray[np.float32]

# The finder's grid (tools/train/detector_nets.py).
STRIDE = 8
# Two boxes that share more than this of what they cover together mean the same face.
SAME = 0.3
# The second net's crop, and its side in units of the box's.
CROP_SIDE, CROP_FACES = 96, 1.6
# From landmarks to the box: its side in units of the face, and how far below the eyes its middle lies.
BOX_UNITS, BOX_DOWN = 2.49, 0.34
# Logits beyond are as good as sure.
SURE = 30.0
# A turned face is measured from its eyes to its mouth.
MOUTH_TO_EYES = 0.92
MAX_CANDIDATES = 24
# A candidate is looked at again with this.
MIN_CANDIDATE = 0.2
# Evidence of an even chance.
ENOUGH = 1.0


class Candidate(NamedTuple):
    """Where a face may be: its box (middle and side, in pixels) and how its eyes are turned (radians)."""

    middle: Points
    side: float
    turn: float
    score: float
    evidence: float = 0.0

    @property
    def certainty(self) -> float:
        """That it is a face, 0..1, by what both nets say."""
        return math.sqrt(self.score * float(chance_of(np.float32(self.evidence - ENOUGH))))


def unit_of(points: Points) -> float:
    """The size of a face by its landmarks: from eye to eye, or from eyes to mouth where it is turned."""
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    apart = float(np.linalg.norm(points[1] - points[0]))
    return max(apart, MOUTH_TO_EYES * float(np.linalg.norm(mouth - eyes)), 1e-3)


def chance_of(logit: Points | np.float32) -> Points:
    """The chances, 0..1, that logits stand for."""
    return (1 / (1 + np.exp(-np.clip(logit, -SURE, SURE)))).astype(np.float32)


def read(maps: NDArray[np.float32]) -> list[Candidate]:
    """Read the finder's maps (15, rows, columns): its highest cells, best first, each face once."""
    chance = chance_of(maps[0])
    order = np.argsort(-chance, axis=None)[: MAX_CANDIDATES * 16]
    found = []
    for row, column in zip(*np.unravel_index(order, chance.shape), strict=True):
        if not chance[row, column] >= MIN_CANDIDATE:
            break
        x, y, *sides = maps[1:5, row, column]
        side = STRIDE * math.exp(float(np.clip(np.mean(sides), -SURE, SURE)))
        middle = (np.array([column + x, row + y], np.float32) + np.float32(0.5)) * np.float32(STRIDE)
        points = maps[5:, row, column].reshape(5, 2)
        # No face is much larger than the picture that it is in.
        if np.isfinite(maps[:, row, column]).all() and side < 2 * STRIDE * max(chance.shape):
            found.append(Candidate(middle, side, turn_of(points), float(chance[row, column])))
    return told_apart(found)


def told_apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each face once, the best of what was said of it."""
    kept: list[Candidate] = []
    for one in sorted(candidates, key=lambda candidate: -candidate.score):
        if all(_overlap(one, other) < SAME for other in kept):
            kept.append(one)
    return kept


def _overlap(one: Candidate, other: Candidate) -> float:
    within = np.maximum((one.side + other.side) / 2 - np.abs(one.middle - other.middle), 0)
    shared = float(np.prod(np.minimum(within, min(one.side, other.side))))
    return shared / max(one.side**2 + other.side**2 - shared, 1e-6)


def turn_of(points: Points) -> float:
    """How a face is turned in the picture's plane, by its eyes and the way down to its mouth."""
    across, down = points[1] - points[0], points[3:].mean(0) - points[:2].mean(0)
    axis = across + np.array([down[1], -down[0]])
    return math.atan2(float(axis[1]), float(axis[0]))


def _axes(place: Candidate) -> Points:
    """A crop's unit vectors in the picture, one a row."""
    cosine, sine = math.cos(place.turn), math.sin(place.turn)
    return np.array([[cosine, sine], [-sine, cosine]], np.float32)


def crop(pixels: Pixels, place: Candidate) -> Pixels:
    """The square around a candidate, upright, at the second net's size."""
    side = place.side * CROP_FACES
    reach = side * 0.75
    left, top = (max(0, math.floor(at - reach)) for at in place.middle)
    right, bottom = (max(0, math.ceil(at + reach) + 1) for at in place.middle)
    part = pixels[top:bottom, left:right]
    if part.size == 0:
        return np.zeros((CROP_SIDE, CROP_SIDE, 3), np.uint8)
    # Read between pixels only what is at most twice too large.
    shrink = max(1, int(side / CROP_SIDE))
    if shrink > 1:
        part = np.asarray(Image.fromarray(part).reduce(shrink))
    at = (np.arange(CROP_SIDE, dtype=np.float32) - CROP_SIDE / 2) * np.float32(side / CROP_SIDE)
    axes = _axes(place)
    x = place.middle[0] + at[None, :] * axes[0, 0] + at[:, None] * axes[1, 0]
    y = place.middle[1] + at[None, :] * axes[0, 1] + at[:, None] * axes[1, 1]
    inside = (shrink - 1) / 2
    return sample(part, (x - left - inside) / shrink, (y - top - inside) / shrink)


def out_of(answer: Points, place: Candidate) -> Points:
    """Points of a crop (0..1) in the picture's pixels."""
    side = np.float32(place.side * CROP_FACES)
    return ((answer - np.float32(0.5)) * side @ _axes(place) + place.middle).astype(np.float32)


def around(points: Points, place: Candidate) -> Candidate:
    """Where to look again, by the landmarks."""
    unit, turn = unit_of(points), turn_of(points)
    down = np.array([-math.sin(turn), math.cos(turn)], np.float32)
    middle = points[:2].mean(0) + down * np.float32(BOX_DOWN * unit)
    return place._replace(middle=middle.astype(np.float32), side=BOX_UNITS * unit, turn=turn)
