"""What a style is told about the faces in a picture: maps drawn from five landmarks each. Pure: numpy only.

A small net sees too little of a picture to know skin from sand; these maps tell it where a face is, where its
features are and which colour its skin has. They are drawn at a quarter of the picture's size and depend on
position and on each face alone, so a tile's maps are cut out of the whole picture's.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fedi.styles.tensors import Pixels

Maps = NDArray[np.float32]
# The eye at the picture's left, the one at its right, nose tip, mouth corners left and right: (x, y), pixels.
Landmarks = NDArray[np.float32]

# The face, its eyes, brows, mouth and nostrils (1 inside, soft edges), and the skin's colour (RGB 0..1, as
# strong as the face is).
CHANNELS = 8
SCALE = 4
MULTIPLE = 8
# Eyes nearer to each other than this, in pixels, belong to a face that is too small to be told of.
MIN_EYE_DISTANCE = 10.0
# A turned face is measured from its eyes to its mouth.
MOUTH_TO_EYES = 0.92
SOFT = 0.15
# Landmarks farther out than this, in pixels, are no landmarks.
FARTHEST = 1e5


def draw(pixels: Pixels, faces: Sequence[Landmarks]) -> Maps:
    """Draw the maps of a picture: (CHANNELS, height / 4, width / 4), sides brought up to multiples of 8."""
    height, width = (math.ceil(side / MULTIPLE) * MULTIPLE // SCALE for side in pixels.shape[:2])
    maps = np.zeros((CHANNELS, height, width), np.float32)
    rows, columns = (
        np.minimum(np.arange(length) * SCALE + SCALE // 2, side - 1)
        for length, side in zip((height, width), pixels.shape[:2], strict=True)
    )
    for points in faces:
        if np.shape(points) != (5, 2) or not (np.abs(points) < FARTHEST).all():
            continue
        face = _Face(np.asarray(points, np.float32) / np.float32(SCALE), height, width)
        if face.unit * SCALE >= MIN_EYE_DISTANCE and face.rows.size and face.columns.size:
            _draw_face(maps, pixels[np.ix_(rows[face.rows], columns[face.columns])], face)
    return maps


class _Face:
    """Coordinates on one face in eye distances: origin between the eyes, u to the right, v to the chin."""

    def __init__(self, points: Landmarks, height: int, width: int) -> None:
        left, right, nose, mouth_left, mouth_right = points
        mouth = (mouth_left + mouth_right) / 2
        self.origin = (left + right) / 2
        between = max(float(np.linalg.norm(right - left)), 1e-3)
        self.unit = max(between, MOUTH_TO_EYES * float(np.linalg.norm(mouth - self.origin)))
        self.axis = (right - left) / between
        reach = 4.0 * self.unit
        self.rows = _window(self.origin[1], reach, height)
        self.columns = _window(self.origin[0], reach, width)
        x = self.columns.astype(np.float32)[None, :] + 0.5 - self.origin[0]
        y = self.rows.astype(np.float32)[:, None] + 0.5 - self.origin[1]
        self.u = (x * self.axis[0] + y * self.axis[1]) / self.unit
        self.v = (y * self.axis[0] - x * self.axis[1]) / self.unit
        self.eyes = self.place(left), self.place(right)
        self.nose, self.mouth = self.place(nose), self.place(mouth)
        self.mouth_width = float(np.linalg.norm(mouth_right - mouth_left)) / self.unit

    def place(self, point: NDArray[np.float32]) -> tuple[float, float]:
        """A point of the picture in the face's coordinates."""
        x, y = (point - self.origin) / self.unit
        return float(x * self.axis[0] + y * self.axis[1]), float(y * self.axis[0] - x * self.axis[1])

    def ellipse(self, centre: tuple[float, float], across: float, along: float, soft: float = SOFT) -> Maps:
        """A soft-edged ellipse: 1 inside, 0 outside."""
        distance = np.hypot((self.u - centre[0]) / across, (self.v - centre[1]) / along)
        return _ramp((1 + soft - distance) / (2 * soft))


def _window(centre: float, reach: float, length: int) -> NDArray[np.int64]:
    if not math.isfinite(centre + reach):
        return np.arange(0)
    return np.arange(max(0, int(centre - reach)), min(length, int(centre + reach) + 1))


def _ramp(values: NDArray[np.float32]) -> Maps:
    t = np.clip(values, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _draw_face(maps: Maps, pixels: Pixels, face: _Face) -> None:
    area = np.ix_(face.rows, face.columns)
    near = face.ellipse((0.2 * face.nose[0], 0.45), 1.25, 1.65, 0.2)
    eyes = np.maximum(*(face.ellipse(eye, 0.40, 0.25) for eye in face.eyes))
    brows = np.maximum(*(face.ellipse((eye[0], eye[1] - 0.36), 0.48, 0.22) for eye in face.eyes))
    mouth = face.ellipse(face.mouth, face.mouth_width * 0.5 + 0.15, 0.28)
    nostrils = face.ellipse((face.nose[0], face.nose[1] + 0.12), 0.26, 0.13, 0.3)
    for channel, feature in enumerate((near, eyes, brows, mouth, nostrils)):
        maps[channel][area] = np.maximum(maps[channel][area], feature)
    colour = _skin_colour(pixels, face)
    for channel in range(3):
        layer = maps[5 + channel]
        layer[area] = layer[area] * (1 - near) + colour[channel] * near


def _skin_colour(pixels: Pixels, face: _Face) -> NDArray[np.float32]:
    """The middle colour of cheeks and nose, without their shaded quarter; RGB 0..1."""
    cheeks = pixels[(np.abs(face.u) < 0.62) & (face.v > 0.25) & (face.v < 0.8)].astype(np.float32)
    if not len(cheeks):
        return np.full(3, 0.5, np.float32)
    light = cheeks.sum(1)
    middle: NDArray[np.float32] = np.median(cheeks[light >= np.percentile(light, 25)], 0) / 255
    return middle.astype(np.float32)
