"""Anime proportions: larger eyes, a slimmer jaw, a smaller nose and mouth, by a smooth warp before drawing.

Every part is a smooth function of the distance to a landmark that leaves its edge in place, so nothing folds
and nothing outside a face's surroundings moves. Pure: numpy only.
"""

from collections.abc import Sequence

import numpy as np

from fedi.styles.faces import Face
from fedi.styles.sampling import Places, sample
from fedi.styles.tensors import Pixels

# For portraits, chosen by eye: a character, and still the person.
DEFAULT = 0.5
# A face with less than this between its eyes, in pixels, is left as it is.
MIN_UNIT = 24.0
# How far each part reaches, in eye distances, and what it does at an amount of 1.
EYE_REACH, EYE_GROWTH = 0.62, 0.60
NOSE_REACH, NOSE_SHRINKING = 0.42, 0.16
MOUTH_REACH, MOUTH_SHRINKING = 0.62, 0.14
JAW_GROWTH = 0.13
# The jaw is slimmed between these heights, most at the middle one, and ever less beyond this distance.
JAW_TOP, JAW_MOST, JAW_BOTTOM = 0.35, 1.45, 2.9
JAW_WIDTH = 1.7
# A face that is turned this far gets none: 1 is a profile.
TURNED_MOST = 0.55


def apply(pixels: Pixels, faces: Sequence[Face], amount: float) -> Pixels:
    """Give the faces of a picture the proportions of a character; an amount of 0 gives the picture itself."""
    if amount <= 0:
        return pixels
    out = pixels
    # The smallest first: where two overlap, the larger has the last word.
    for face in sorted(faces, key=lambda each: each.unit):
        strength = amount * _frontal(face)
        if face.unit >= MIN_UNIT and strength > 0:
            out = _warp(out, face, strength)
    return out


def _frontal(face: Face) -> float:
    """1 for a face that looks at us, 0 for one turned away: the nose leaves the middle of the eyes."""
    left, right, nose = face.points[:3]
    between = float(np.linalg.norm(right - left))
    if between < 1e-3:
        return 0.0
    axis = (right - left) / between
    aside = abs(float((nose - (left + right) / 2) @ axis)) / face.unit
    turned = max(1 - between / face.unit, aside)
    return float(np.clip(1.4 * (1 - turned / TURNED_MOST), 0, 1))


def _warp(pixels: Pixels, face: Face, amount: float) -> Pixels:
    height, width = pixels.shape[:2]
    # Whatever the face's turn, all parts lie within the jaw's reach of the eyes' middle.
    reach = JAW_BOTTOM * face.unit
    middle = face.points[:2].mean(0)
    upright = abs(float(face.points[1, 1] - face.points[0, 1])) < 0.2 * face.unit
    aside, above = (1.9 * face.unit, 0.9 * face.unit) if upright else (reach, reach)
    left, right = max(0, int(middle[0] - aside)), min(width, int(middle[0] + aside) + 1)
    top, bottom = max(0, int(middle[1] - above)), min(height, int(middle[1] + reach) + 1)
    if right <= left or bottom <= top:
        return pixels
    x = np.arange(left, right, dtype=np.float32)[None, :]
    y = np.arange(top, bottom, dtype=np.float32)[:, None]
    shift_x, shift_y = _shifts(x, y, face, amount)
    out = pixels.copy()
    moved = (shift_x != 0) | (shift_y != 0)
    out[top:bottom, left:right][moved] = sample(pixels, (x + shift_x)[moved], (y + shift_y)[moved])
    return out


def _shifts(x: Places, y: Places, face: Face, amount: float) -> tuple[Places, Places]:
    """From where each pixel is taken, beside its own place."""
    eye_left, eye_right, nose, mouth_left, mouth_right = face.points
    parts = (
        (eye_left, EYE_REACH, -EYE_GROWTH),
        (eye_right, EYE_REACH, -EYE_GROWTH),
        (nose, NOSE_REACH, NOSE_SHRINKING),
        ((mouth_left + mouth_right) / 2, MOUTH_REACH, MOUTH_SHRINKING),
    )
    shift_x = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    shift_y = np.zeros_like(shift_x)
    for centre, reach, growth in parts:
        away_x, away_y = x - centre[0], y - centre[1]
        rest = np.clip(1 - (away_x**2 + away_y**2) / (reach * face.unit) ** 2, 0, 1)
        pull = np.float32(growth * amount) * rest * rest
        shift_x += away_x * pull
        shift_y += away_y * pull
    along = _jaw(x, y, face) * np.float32(JAW_GROWTH * amount)
    axis = (eye_right - eye_left) / max(float(np.linalg.norm(eye_right - eye_left)), 1e-3)
    return shift_x + along * axis[0], shift_y + along * axis[1]


def _jaw(x: Places, y: Places, face: Face) -> Places:
    """How far along the line of the eyes a pixel's source lies outside it, in pixels for a growth of 1."""
    origin = face.points[:2].mean(0)
    axis = face.points[1] - face.points[0]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-3)
    across = ((x - origin[0]) * axis[0] + (y - origin[1]) * axis[1]) / face.unit
    down = ((y - origin[1]) * axis[0] - (x - origin[0]) * axis[1]) / face.unit
    rise = np.clip((down - JAW_TOP) / (JAW_MOST - JAW_TOP), 0, 1)
    fall = np.clip((JAW_BOTTOM - down) / (JAW_BOTTOM - JAW_MOST), 0, 1)
    height = (rise * rise * (3 - 2 * rise)) * (fall * fall * (3 - 2 * fall))
    near = np.clip(1 - (across / JAW_WIDTH) ** 2, 0, 1)
    jaw: Places = across * face.unit * height * near * near
    return jaw
