"""What the face detector's training knows of a picture: YuNet's labels, and the maps they become."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.train.detector_nets import STRIDE

Array = NDArray[np.float32]
Image = NDArray[np.uint8]

# YuNet is asked at several sizes, turned and mirrored; what it says in the median is the label.
LABEL_SIDES, LABEL_TURNS = (320, 400, 500), (-12.0, 0.0, 12.0)
SCORE = 0.6
# The landmarks of a mirrored face in the order of one that is not.
MIRRORED = [1, 0, 2, 4, 3]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture at full, half and quarter size; the box (left, top, right, bottom) and points of its face."""

    sizes: tuple[Image, Image, Image]
    box: Array
    points: Array


class Labeller:
    """YuNet (MIT), asked with care."""

    def __init__(self, model: Path) -> None:
        self._net = cv2.FaceDetectorYN.create(str(model), "", (LABEL_SIDES[0],) * 2, SCORE)

    def rows(self, bgr: Image) -> NDArray[np.float32]:
        """YuNet's own rows for a picture as it is, best first."""
        self._net.setInputSize((bgr.shape[1], bgr.shape[0]))
        rows = self._net.detect(bgr)[1]
        empty = np.zeros((0, 15), np.float32)
        return empty if rows is None else rows[np.argsort(-rows[:, 14])]

    def label(self, bgr: Image) -> tuple[Array, Array] | None:
        """Box and points of the largest face, the median of all questions; None when few were answered."""
        height, width = bgr.shape[:2]
        boxes, points = [], []
        for side in LABEL_SIDES:
            scale = side / max(height, width)
            for turn in LABEL_TURNS:
                matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
                matrix[:, 2] += np.array([width, height]) * (scale - 1) / 2
                for mirror in (False, True):
                    picture = bgr[:, ::-1] if mirror else bgr
                    turned = cv2.warpAffine(
                        picture, matrix, (round(width * scale), round(height * scale)), flags=cv2.INTER_AREA
                    )
                    rows = self.rows(turned)
                    if len(rows) == 0:
                        continue
                    row = max(rows, key=lambda row: row[2] * row[3])
                    corners = np.concatenate([row[:2], row[:2] + row[2:4]]).reshape(2, 2)
                    both = np.concatenate([row[4:14].reshape(5, 2), corners])
                    both = apply(cv2.invertAffineTransform(matrix), both)
                    if mirror:
                        both[:, 0] = width - 1 - both[:, 0]
                        both[:5] = both[MIRRORED]
                    points.append(both[:5])
                    if turn == 0:
                        boxes.append([*both[5:].min(0), *both[5:].max(0)])
        if len(points) < len(LABEL_SIDES) * len(LABEL_TURNS) or not boxes:
            return None
        return np.median(boxes, 0).astype(np.float32), np.median(points, 0).astype(np.float32)


def apply(matrix: NDArray[np.float64], points: Array) -> Array:
    """Points through a 2 x 3 matrix."""
    moved: Array = (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    return moved


def targets(faces: list[tuple[Array, Array]], side: int) -> tuple[Array, Array, Array]:
    """Heat (H, W), values (14, H, W) and where they count (H, W), in the layout of detector_nets.Finder."""
    cells = side // STRIDE
    heat = np.zeros((cells, cells), np.float32)
    values = np.zeros((14, cells, cells), np.float32)
    counts = np.zeros((cells, cells), np.float32)
    y, x = np.mgrid[0:cells, 0:cells].astype(np.float32) + 0.5
    for box, points in faces:
        sides = (box[2:] - box[:2]) / STRIDE
        middle = (box[:2] + box[2:]) / 2 / STRIDE
        mean = float(np.sqrt(np.prod(sides)))
        distance = np.hypot(x - middle[0], y - middle[1])
        radius = max(0.8, 0.1 * mean)
        heat = np.maximum(heat, np.exp(-((distance / radius) ** 2) / 2))
        here = int(np.clip(middle[0], 0, cells - 1)), int(np.clip(middle[1], 0, cells - 1))
        heat[here[1], here[0]] = 1
        near = distance < max(1.5, 0.2 * mean)
        near[here[1], here[0]] = True
        row = [middle[0] - x, middle[1] - y, *(np.full_like(x, np.log(length)) for length in sides)]
        for px, py in points / STRIDE:
            row += [(px - x) / mean, (py - y) / mean]
        values[:, near] = np.stack(row)[:, near]
        counts[near] = 1 / max(1.0, float(near.sum())) ** 0.5
    return heat, values, counts
