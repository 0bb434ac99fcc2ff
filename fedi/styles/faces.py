"""Where faces are: two small nets of our own (embedded_faces/), and the square around what they found.

One net finds faces in the whole picture, roughly; the other looks at each closely, says whether it is one,
and places its five landmarks.

For the style worker only. No identity is computed: a face here is a place, a size and five landmarks.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fedi.errors import StyleFailed
from fedi.styles import check, sessions
from fedi.styles.messages import Begin
from fedi.styles.sampling import sample
from fedi.styles.tensors import Pixels

FOLDER = Path(__file__).parent / "embedded_faces"
SHA256 = {
    "faces.onnx": "272ada9b6fb2550af5b6343a7367865a8f96fa5f462f52f1583f3b5c721ba478",
    "points.onnx": "094e78bd5a278a2950b68c6a3101e5ecae1dc8aebc37504db6c6b71136f9b533",
}
# The longer sides of what the finder looks at: large faces are found in the first, a group's in the others.
SIDES = (160, 320)
MULTIPLE = 32
# The finder's grid (tools/train/detector_nets.py).
STRIDE = 8
MAX_CANDIDATES = 24
MAX_FACES = 16
# A candidate is looked at again with this; a face has more, of what both nets say.
MIN_CANDIDATE, MIN_SCORE = 0.2, 0.65
# Two boxes that share more than this of what they cover together mean the same face.
SAME = 0.3
# The second net's crop, and its side in units of the box's.
CROP_SIDE, CROP_FACES = 96, 1.6
# From landmarks to the box: its side in units of the face, and how far below the eyes its middle lies.
BOX_UNITS, BOX_DOWN = 2.49, 0.34
# The second net looks again where it saw the face, now upright and in the middle.
LOOKS = 3
# The landmarks of a mirrored face in the order of one that is not.
MIRRORED = [1, 0, 2, 4, 3]
# How much landmarks that move in the mirror speak against a face (a crop's side would be 1), and the evidence
# of an even chance. Chosen on portraits and scenes, of which none was trained on.
DOUBT, ENOUGH = 100.0, 3.0
# Logits beyond are as good as sure.
SURE = 30.0
# A turned face is measured from its eyes to its mouth.
MOUTH_TO_EYES = 0.92
# A face counts as part of a group if it is at least this large beside the largest.
GROUP_SHARE = 0.6
# Of eye distances: how far a portrait's square reaches from the middle between eyes and mouth.
REACH = 2.9
RAISE = 0.25


@dataclass(frozen=True, slots=True)
class Face:
    """A face: `points` (5, 2) are x and y of the left eye (as we see it), the right one, nose, mouth corners.

    `unit` is about the distance of the eyes, in pixels of the picture that was searched.
    """

    points: NDArray[np.float32]
    score: float

    @property
    def unit(self) -> float:
        """The size of the face: from eye to eye, or from eyes to mouth where it is turned."""
        eyes, mouth = self.points[:2].mean(0), self.points[3:].mean(0)
        apart = float(np.linalg.norm(self.points[1] - self.points[0]))
        return max(apart, MOUTH_TO_EYES * float(np.linalg.norm(mouth - eyes)), 1e-3)

    @property
    def middle(self) -> NDArray[np.float32]:
        """Between eyes and mouth."""
        middle: NDArray[np.float32] = (self.points[:2].mean(0) + self.points[3:].mean(0)) / 2
        return middle

    def scaled(self, factor: float, left: float = 0.0, top: float = 0.0) -> "Face":
        """The same face in a picture that was cut at (left, top) and then scaled."""
        moved = (self.points - np.array([left, top], np.float32)) * np.float32(factor)
        return Face(points=moved.astype(np.float32), score=self.score)


class Candidate(NamedTuple):
    """Where a face may be: its box (middle and side, in pixels) and how its eyes are turned (radians)."""

    middle: NDArray[np.float32]
    side: float
    turn: float
    score: float
    evidence: float = 0.0

    @property
    def certainty(self) -> float:
        """That it is a face, 0..1, by what both nets say."""
        return math.sqrt(self.score * float(_chance(np.float32(self.evidence - ENOUGH))))


class FaceFinder:
    """Both nets, ready to look."""

    def __init__(self, begin: Begin) -> None:
        """Read and check the models. Raises StyleFailed when a file is not the one that shipped."""
        self._finder, self._placer = (
            sessions.on_processor(_read(name, digest), begin) for name, digest in SHA256.items()
        )

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """The faces of a picture (height, width, 3), largest first; none is an ordinary answer."""
        candidates: list[Candidate] = []
        for side in SIDES:
            if side == SIDES[0] or max(pixels.shape[:2]) > SIDES[0]:
                candidates += self._look(pixels, side)
        chosen = _apart(candidates)[:MAX_CANDIDATES]
        found = self._place(pixels, chosen) if chosen else []
        apart: list[Face] = []
        for face in sorted(found, key=lambda face: -face.score):
            if all(_distance(face, other) > max(face.unit, other.unit) for other in apart):
                apart.append(face)
        return tuple(sorted(apart[:MAX_FACES], key=lambda face: -face.unit))

    def _look(self, pixels: Pixels, side: int) -> list[Candidate]:
        scale = side / max(pixels.shape[:2])
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
        height, width = (math.ceil(length / MULTIPLE) * MULTIPLE for length in small.shape[:2])
        given = np.zeros((1, 3, height, width), np.float32)
        given[0, :, : small.shape[0], : small.shape[1]] = small.transpose(2, 0, 1) / np.float32(255)
        answer = sessions.guarded(lambda: self._finder.run(["maps"], {"image": given}))[0][0]
        return [
            found._replace(middle=found.middle / scale, side=found.side / scale) for found in read(answer)
        ]

    def _place(self, pixels: Pixels, places: Sequence[Candidate]) -> list[Face]:
        """The landmarks of the candidates that are faces to both nets, and what these say together."""
        found: list[Face] = []
        for look in range(LOOKS):
            if not places:
                return []
            points, evidence = self._look_closely(np.stack([crop(pixels, place) for place in places]))
            places = [
                place._replace(evidence=(place.evidence * look + float(said)) / (look + 1))
                for place, said in zip(places, evidence, strict=True)
            ]
            placed = [
                (Face(points=_out_of(there, place), score=place.certainty), place)
                for there, place in zip(points, places, strict=True)
            ]
            found = [face for face, place in placed if place.certainty >= MIN_SCORE]
            places = [_around(face, place) for face, place in placed if place.certainty >= MIN_CANDIDATE]
        return found

    def _look_closely(self, crops: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points (n, 5, 2; 0..1) and evidence (n) of crops, each seen as it is and in the mirror.

        Where there is no face, the landmarks seen in the mirror are others.
        """
        given = crops.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        given = np.concatenate([given, given[..., ::-1]])
        points, logit = sessions.guarded(partial(self._placer.run, ["points", "logit"], {"crops": given}))
        straight, mirrored = np.split(points, 2)
        mirrored = mirrored[:, MIRRORED]
        mirrored[..., 0] = (CROP_SIDE - 1) / CROP_SIDE - mirrored[..., 0]
        apart = np.linalg.norm(straight - mirrored, axis=2).mean(1)
        return (straight + mirrored) / 2, logit.reshape(2, -1).mean(0) - DOUBT * apart


def _read(name: str, digest: str) -> bytes:
    try:
        model = (FOLDER / name).read_bytes()
    except OSError as error:
        raise StyleFailed("The face finder's model cannot be read.") from error
    if hashlib.sha256(model).hexdigest() != digest:
        raise StyleFailed("The face finder's model is not the one that shipped.")
    check.scan(model)
    return model


def _chance(logit: NDArray[np.float32] | np.float32) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(logit, -SURE, SURE)))).astype(np.float32)


def read(maps: NDArray[np.float32]) -> list[Candidate]:
    """Read the finder's maps (15, rows, columns): its highest cells, best first, each face once."""
    chance = _chance(maps[0])
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
            found.append(Candidate(middle, side, _turn(points), float(chance[row, column])))
    return _apart(found)


def _apart(candidates: Sequence[Candidate]) -> list[Candidate]:
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


def _distance(one: Face, other: Face) -> float:
    return float(np.linalg.norm(one.middle - other.middle))


def _turn(points: NDArray[np.float32]) -> float:
    """How a face is turned in the picture's plane, by its eyes and the way down to its mouth."""
    across, down = points[1] - points[0], points[3:].mean(0) - points[:2].mean(0)
    axis = across + np.array([down[1], -down[0]])
    return math.atan2(float(axis[1]), float(axis[0]))


def _axes(place: Candidate) -> NDArray[np.float32]:
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


def _out_of(answer: NDArray[np.float32], place: Candidate) -> NDArray[np.float32]:
    """Points of a crop (0..1) in the picture's pixels."""
    side = np.float32(place.side * CROP_FACES)
    return ((answer - np.float32(0.5)) * side @ _axes(place) + place.middle).astype(np.float32)


def _around(face: Face, place: Candidate) -> Candidate:
    """Where to look again, by the landmarks."""
    points, turn = face.points, _turn(face.points)
    down = np.array([-math.sin(turn), math.cos(turn)], np.float32)
    middle = points[:2].mean(0) + down * np.float32(BOX_DOWN * face.unit)
    return place._replace(middle=middle.astype(np.float32), side=BOX_UNITS * face.unit, turn=turn)


def square_around(size: tuple[int, int], faces: tuple[Face, ...]) -> tuple[int, int, int, int]:
    """The square (left, top, right, bottom) inside a picture of `size` (width, height) that a portrait shows.

    Around the largest face, with hair and shoulders; around all of like size if there are several; without
    faces the middle, a little above it.
    """
    width, height = size
    most = min(size)
    if not faces:
        left, top = (width - most) // 2, (height - most) // 3
        return left, top, left + most, top + most
    group = [face for face in faces if face.unit >= GROUP_SHARE * faces[0].unit]
    corners = np.array([[face.middle - REACH * face.unit, face.middle + REACH * face.unit] for face in group])
    low, high = corners[:, 0].min(0), corners[:, 1].max(0)
    side = int(min(most, max(high - low)))
    middle = (low + high) / 2 + np.array([0, RAISE * faces[0].unit])
    left = int(min(max(0, middle[0] - side / 2), width - side))
    top = int(min(max(0, middle[1] - side / 2), height - side))
    return left, top, left + max(side, 1), top + max(side, 1)
