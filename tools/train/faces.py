"""Where a face is, for the teacher only: five points from YuNet, and coordinates that move with the face.

The detector (MIT licence) runs while the training pairs are made; the shipped model does not know faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.train.flow import Array, ramp

DETECT_SIDE = 640
SCORE = 0.6


def detect(rgb: NDArray[np.uint8], model: Path) -> list[Array]:
    """The faces of a picture, largest first: five points each (eyes, nose, mouth corners) in its pixels."""
    height, width = rgb.shape[:2]
    scale = min(1.0, DETECT_SIDE / max(height, width))
    small = cv2.resize(rgb[..., ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detector = cv2.FaceDetectorYN.create(str(model), "", (small.shape[1], small.shape[0]), SCORE)
    rows = detector.detect(small)[1]
    if rows is None:
        return []
    rows = sorted(rows, key=lambda row: -row[2])
    return [row[4:14].reshape(5, 2) / scale for row in rows]


class Face:
    """Coordinates on one face: origin between the eyes, u to the picture's right, v to the chin.

    The unit is the distance of the eyes, or nearly: a turned face is measured from eyes to mouth.
    """

    def __init__(self, points: Array, shape: tuple[int, int]) -> None:
        left, right, nose, mouth_left, mouth_right = points
        mouth = (mouth_left + mouth_right) / 2
        self.origin = (left + right) / 2
        between = float(np.linalg.norm(right - left))
        self.unit = max(between, 0.92 * float(np.linalg.norm(mouth - self.origin)))
        self.axis_u = (right - left) / max(between, 1e-3)
        self.axis_v = np.array([-self.axis_u[1], self.axis_u[0]])

        y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        x, y = x - self.origin[0], y - self.origin[1]
        self.u = ((x * self.axis_u[0] + y * self.axis_u[1]) / self.unit).astype(np.float32)
        self.v = ((x * self.axis_v[0] + y * self.axis_v[1]) / self.unit).astype(np.float32)

        self.eyes = (self.place(left), self.place(right))
        self.nose, self.mouth = self.place(nose), self.place(mouth)
        self.mouth_width = float(np.linalg.norm(mouth_right - mouth_left)) / self.unit
        # 0 straight ahead, 1 a profile.
        self.turned = 1 - between / self.unit
        self.turn = float(self.nose[0])

    def place(self, point: Array) -> Array:
        """A point of the picture in the face's coordinates."""
        offset = (point - self.origin) / self.unit
        return np.array([offset @ self.axis_u, offset @ self.axis_v], np.float32)

    def ellipse(
        self, centre: Sequence[float] | Array, radii: tuple[float, float], soft: float = 0.15
    ) -> Array:
        """A soft-edged ellipse in the face's coordinates, 1 inside."""
        distance = np.hypot((self.u - centre[0]) / radii[0], (self.v - centre[1]) / radii[1])
        return 1 - ramp(distance.astype(np.float32), 1 - soft, 1 + soft)
