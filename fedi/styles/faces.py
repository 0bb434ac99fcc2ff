"""Where faces are: a small net of our own (embedded_faces/), its answers read, and the square around them.

For the style worker only. No identity is computed: a face here is a place, a size and five landmarks.
"""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fedi.errors import StyleFailed
from fedi.styles import check, sessions
from fedi.styles.messages import Begin
from fedi.styles.tensors import Pixels

FOLDER = Path(__file__).parent / "embedded_faces"
MODEL = FOLDER / "faces.onnx"
SHA256 = "0000000000000000000000000000000000000000000000000000000000000000"
# The longer side of what the net looks at: of a group, faces are found on the second look.
SIDES = (256, 512)
MULTIPLE = 32
# The net's grid, and the unit of its distances (tools/train/detector.py).
STRIDE, UNIT = 8, 32.0
MIN_SCORE = 0.45
MAX_FACES = 16
# Two answers nearer than this share of a face's size mean the same face.
SAME = 0.8
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


class FaceFinder:
    """The net, ready to look."""

    def __init__(self, begin: Begin) -> None:
        """Read and check the model. Raises StyleFailed when the file is not the one that shipped."""
        try:
            model = MODEL.read_bytes()
        except OSError as error:
            raise StyleFailed("The face finder's model cannot be read.") from error
        if hashlib.sha256(model).hexdigest() != SHA256:
            raise StyleFailed("The face finder's model is not the one that shipped.")
        check.scan(model)
        self._session = sessions.on_processor(model, begin)

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """The faces of a picture (height, width, 3), largest first; none is an ordinary answer."""
        for side in SIDES:
            if found := self._look(pixels, side):
                return tuple(sorted(found, key=lambda face: -face.unit))
            if max(pixels.shape[:2]) <= side:
                break
        return ()

    def _look(self, pixels: Pixels, side: int) -> list[Face]:
        scale = side / max(pixels.shape[:2])
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX if scale < 1 else None))
        height, width = (math.ceil(length / MULTIPLE) * MULTIPLE for length in small.shape[:2])
        given = np.zeros((1, 3, height, width), np.float32)
        given[0, :, : small.shape[0], : small.shape[1]] = small.transpose(2, 0, 1) / np.float32(255)
        answer = sessions.guarded(lambda: self._session.run(None, {"image": given}))[0][0]
        return [face.scaled(1 / scale) for face in read(answer)]


def read(answer: NDArray[np.float32]) -> list[Face]:
    """Read the net's maps (13, rows, columns): the highest spots, each face once."""
    chance = 1 / (1 + np.exp(-np.clip(answer[0], -30, 30)))
    order = np.argsort(chance, axis=None)[::-1][: MAX_FACES * 16]
    found: list[Face] = []
    for row, column in zip(*np.unravel_index(order, chance.shape), strict=True):
        if chance[row, column] < MIN_SCORE or len(found) >= MAX_FACES:
            break
        cell = np.array([column + 0.5, row + 0.5], np.float32) * STRIDE
        points = answer[3:, row, column].reshape(5, 2) * np.float32(UNIT) + cell
        face = Face(points=points.astype(np.float32), score=float(chance[row, column]))
        if np.isfinite(points).all() and all(
            np.linalg.norm(face.middle - other.middle) > SAME * max(face.unit, other.unit) for other in found
        ):
            found.append(face)
    return found


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
