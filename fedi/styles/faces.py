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

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles import candidates, check, sessions
from fedi.styles.candidates import Candidate, Points, unit_of
from fedi.styles.tensors import Pixels

FOLDER = Path(__file__).parent / "embedded_faces"
SHA256 = {
    "faces.onnx": "7ff74a6d0d51664bb86b2bcc541537d923b30acf6fcbebce0cacdb82042e61ff",
    "points.onnx": "2de0056eeecf0940adb3693390ee8cb10006db84043e45fbd85001f3e20f6c53",
}
# The longer sides of what the finder looks at: large faces are found in the first, a group's in the others.
SIDES = (160, 320)
MULTIPLE = 32
# What is dark is made lighter first, until its light parts (a percentile, of so many samples a side) reach
# this level.
LIGHT_SHARE, LIGHT_SAMPLES, DARK, DARKEST = 98, 100, 150.0, 15.0
MAX_FACES = 16
# A candidate that is a face is as certain as this, or more.
MIN_SCORE = 0.71
# The second net looks again where it saw the face, now upright and in the middle.
LOOKS = 3
# The landmarks of a mirrored face in the order of one that is not.
MIRRORED = [1, 0, 2, 4, 3]
# How much landmarks that move in the mirror speak against a face (a crop's side would be 1). Chosen on
# portraits and scenes, of which none was trained on, as are `MIN_SCORE` and `candidates.ENOUGH`.
DOUBT = 150.0
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

    points: Points
    score: float

    @property
    def unit(self) -> float:
        """The size of the face: from eye to eye, or from eyes to mouth where it is turned."""
        return unit_of(self.points)

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
    """Both nets, ready to look."""

    def __init__(self, begin: Begin) -> None:
        """Read and check the models. Raises StyleFailed when a file is not the one that shipped."""
        self._finder, self._placer = (
            sessions.on_processor(_read(name, digest), begin) for name, digest in SHA256.items()
        )

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """The faces of a picture (height, width, 3), largest first; none is an ordinary answer."""
        pixels = brightened(pixels)
        places: list[Candidate] = []
        for side in SIDES:
            if side == SIDES[0] or max(pixels.shape[:2]) > SIDES[0]:
                places += self._look(pixels, side)
        apart: list[Face] = []
        for face in sorted(self._place(pixels, candidates.told_apart(places)), key=lambda face: -face.score):
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
            place._replace(middle=place.middle / scale, side=place.side / scale)
            for place in candidates.read(answer)
        ]

    def _place(self, pixels: Pixels, places: Sequence[Candidate]) -> list[Face]:
        """The landmarks of the candidates that are faces to both nets."""
        found: list[Face] = []
        for look in range(LOOKS):
            if not places:
                return []
            points, evidence = self._look_closely(
                np.stack([candidates.crop(pixels, place) for place in places])
            )
            known = [
                (
                    candidates.out_of(there, place),
                    place._replace(evidence=(place.evidence * look + float(said)) / (look + 1)),
                )
                for there, place, said in zip(points, places, evidence, strict=True)
            ]
            found = [
                Face(points=there, score=place.certainty)
                for there, place in known
                if place.certainty >= MIN_SCORE
            ]
            places = [
                candidates.around(there, place)
                for there, place in known
                if place.certainty >= candidates.MIN_CANDIDATE
            ]
        return found

    def _look_closely(self, crops: Pixels) -> tuple[Points, NDArray[np.float32]]:
        """Points (n, 5, 2; 0..1) and evidence (n) of crops, each seen as it is and in the mirror.

        Where there is no face, the landmarks seen in the mirror are others.
        """
        given = crops.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        given = np.concatenate([given, given[..., ::-1]])
        run = partial(self._placer.run, ["points", "logit"], {"crops": given})
        points, logit = sessions.guarded(run)
        straight, mirrored = np.split(points, 2)
        mirrored = mirrored[:, MIRRORED]
        mirrored[..., 0] = (candidates.CROP_SIDE - 1) / candidates.CROP_SIDE - mirrored[..., 0]
        apart = np.linalg.norm(straight - mirrored, axis=2).mean(1)
        return (straight + mirrored) / 2, logit.reshape(2, -1).mean(0) - DOUBT * apart


def brightened(pixels: Pixels) -> Pixels:
    """A dark picture with its light parts as light as other pictures' are."""
    step = max(1, max(pixels.shape[:2]) // LIGHT_SAMPLES)
    light = float(np.percentile(pixels[::step, ::step], LIGHT_SHARE))
    if light >= DARK:
        return pixels
    levels = np.clip(np.arange(256) * (DARK / max(light, DARKEST)), 0, 255).astype(np.uint8)
    lighter: Pixels = levels[pixels]
    return lighter


def _read(name: str, digest: str) -> bytes:
    try:
        model = (FOLDER / name).read_bytes()
    except OSError as error:
        raise StyleFailed("The face finder's model cannot be read.") from error
    if hashlib.sha256(model).hexdigest() != digest:
        raise StyleFailed("The face finder's model is not the one that shipped.")
    check.scan(model)
    return model


def _distance(one: Face, other: Face) -> float:
    return float(np.linalg.norm(one.middle - other.middle))


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
