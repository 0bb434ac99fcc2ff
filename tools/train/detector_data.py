"""What the face detector learns from: portraits with YuNet's points, pasted on scenes, and made worse.

Portraits are CC0, scenes are those of `data.SCENES`; none is held out.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fedi.styles.candidates import CROP_FACES
from tools.train.data import HELD_OUT, SCENES, SCENES_HELD_OUT
from tools.train.detector_labels import MIRRORED, Array, Image, Labeller, Portrait, apply
from tools.train.detector_nets import CROP_SIDE

SIDE = 160
# The camera hides this face, and YuNet sees another in the hand.
UNCLEAR = (3,)


class Samples:
    """Training pictures, made anew each time from one generator of random numbers."""

    def __init__(self, data: Path, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        labeller = Labeller(data / "models-open" / "yunet_2026may.onnx")
        self.portraits = []
        for path in sorted((data / "photos" / "faces-500").glob("face_*.jpg")):
            number = int(path.stem.split("_")[1])
            if number in HELD_OUT or number in UNCLEAR:
                continue
            bgr = cv2.imread(str(path))
            labels = labeller.label(bgr)
            if labels is not None:
                half = cv2.resize(bgr, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
                quarter = cv2.resize(bgr, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
                self.portraits.append(Portrait((bgr, half, quarter), *labels))
        self.scenes = [
            cv2.resize(cv2.imread(str(path)), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
            for path in sorted((data / "photos" / "scenes-1024").glob("*.jpg"))
            if path.name.startswith(SCENES) and path.stem not in SCENES_HELD_OUT
        ]

    def picture(self) -> tuple[Image, list[tuple[Array, Array]]]:
        """A picture of SIDE x SIDE pixels (BGR) and its faces: box and points each."""
        random = self.random
        kind = random.random()
        canvas, faces = self.background(), list[tuple[Array, Array]]()
        if kind < 0.45:
            self.paste(canvas, faces, whole=True)
        else:
            for _ in range(random.integers(0, 5)):
                self.paste(canvas, faces, whole=False)
        if random.random() < 0.3:
            self.occlude(canvas, [box for box, _ in faces])
        return self.spoil(canvas), faces

    def background(self) -> Image:
        """A piece of a scene, or of a portrait beside its face, at any scale and angle."""
        random = self.random
        if random.random() < 0.75:
            source = self.scenes[random.integers(len(self.scenes))]
        else:
            portrait = self.portraits[random.integers(len(self.portraits))]
            source = self.without_face(portrait)
        height, width = source.shape[:2]
        scale = np.exp(random.uniform(np.log(SIDE / min(height, width) * 0.8), np.log(1.6)))
        matrix = cv2.getRotationMatrix2D(
            (random.uniform(0.2, 0.8) * width, random.uniform(0.2, 0.8) * height),
            random.choice([0, 90, 180, 270]) + random.uniform(-20, 20), scale,
        )  # fmt: skip
        matrix[:, 2] += SIDE / 2 - matrix[:, :2] @ [width / 2, height / 2] - matrix[:, 2]
        matrix[:, 2] += random.uniform(-0.2, 0.2, 2) * scale * [width, height]
        flags = cv2.INTER_LINEAR
        return cv2.warpAffine(source, matrix, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REFLECT_101)

    def without_face(self, portrait: Portrait) -> Image:
        """The largest strip of a portrait that its face does not touch: hair, clothes, hands, walls."""
        picture = portrait.sizes[0]
        left, top, right, bottom = portrait.box.astype(int)
        pieces = [picture[bottom:], picture[:, : max(left, 0)], picture[:, right:], picture[: max(top, 0)]]
        return max(pieces, key=lambda piece: min(piece.shape[:2]))

    def matrix(
        self, portrait: Portrait, side: float, centre: Array
    ) -> tuple[Image, NDArray[np.float64], bool]:
        """The copy of a portrait to sample from, and the way to put its face there, that large."""
        random = self.random
        turn = random.normal(0, 14) if random.random() < 0.8 else random.uniform(-35, 35)
        box = portrait.box
        size = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
        scale = side / size
        level = 0 if scale > 0.55 else 1 if scale > 0.28 else 2
        middle = (box[:2] + box[2:]) / 2
        aspect = np.diag(np.exp(random.normal(0, 0.05, 2)))
        mirror = bool(random.random() < 0.5)
        if mirror:
            aspect[0, 0] *= -1
        angle = np.deg2rad(turn)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        linear = scale * rotation @ aspect
        matrix = np.hstack([linear, (centre - linear @ middle)[:, None]])
        return portrait.sizes[level], matrix, mirror

    def paste(self, canvas: Image, faces: list[tuple[Array, Array]], *, whole: bool) -> None:
        """Put a face on the canvas in place: the whole portrait, or its head with a soft border."""
        random = self.random
        portrait = self.portraits[random.integers(len(self.portraits))]
        low, high = (24, 140) if whole else (16, 70)
        side = float(np.exp(random.uniform(np.log(low), np.log(high))))
        room = side * 0.35
        centre = random.uniform(room, SIDE - room, 2).astype(np.float32)
        source, matrix, mirror = self.matrix(portrait, side, centre)
        corners = np.array([[x, y] for x in portrait.box[::2] for y in portrait.box[1::2]], np.float32)
        points = apply(matrix, portrait.points)
        corners = apply(matrix, corners)
        # A turned box's upright one would be too large: keep its mean sides.
        sides = portrait.box[2:] - portrait.box[:2]
        sides = sides * np.abs(np.linalg.det(matrix[:, :2])) ** 0.5
        middle = corners.mean(0)
        box = np.concatenate([middle - sides / 2, middle + sides / 2]).astype(np.float32)
        if any(overlap(box, other) > 0.02 for other, _ in faces):
            return
        at_level = matrix.copy()
        at_level[:, :2] *= portrait.sizes[0].shape[1] / source.shape[1]
        # Not mirrored at its border: a second face would stand there without a label.
        drawn = cv2.warpAffine(source, at_level, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        if whole:
            mask = cv2.warpAffine(np.ones(source.shape[:2], np.float32), at_level, (SIDE, SIDE))
            if random.random() < 0.5:
                mask[:] = 1
        else:
            mask = np.zeros((SIDE, SIDE), np.float32)
            axes = sides * random.uniform(0.62, 1.0, 2)
            angle = np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0] if not mirror else -matrix[0, 0]))
            cv2.ellipse(mask, (tuple(map(float, middle)), tuple(map(float, axes * 2)), float(angle)), 1.0, -1)
            mask = cv2.GaussianBlur(mask, (0, 0), max(side * random.uniform(0.02, 0.12), 0.6))
        mask = mask[..., None]
        canvas[:] = (canvas * (1 - mask) + drawn * mask).astype(np.uint8)
        faces.append((box, points[MIRRORED] if mirror else points))

    def occlude(self, canvas: Image, boxes: list[Array]) -> None:
        """A bar or disc of one colour, or a piece of a scene, over part of a face."""
        random = self.random
        if not boxes:
            return
        box = boxes[random.integers(len(boxes))]
        side = float(box[2] - box[0])
        spot = random.uniform(box[:2], box[2:]).astype(int)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        size = (side * random.uniform(0.1, 0.35), side * random.uniform(0.1, 0.7))
        if random.random() < 0.5:
            cv2.ellipse(mask, (tuple(map(float, spot)), size, float(random.uniform(0, 180))), 255, -1)
        else:
            corners = cv2.boxPoints((tuple(map(float, spot)), size, float(random.uniform(0, 180))))
            cv2.fillConvexPoly(mask, corners.astype(np.int32), 255)
        colour = np.full_like(canvas, random.integers(0, 255, 3))
        over = self.background() if random.random() < 0.5 else colour
        canvas[mask > 0] = over[mask > 0]

    def spoil(self, picture: Image) -> Image:
        """Colour, light, blur, noise and compression of the pictures that people have."""
        random = self.random
        levels = np.arange(256, dtype=np.float32) / 255
        levels = 255 * levels ** np.exp(random.normal(0, 0.3))
        levels = (levels - 128) * random.uniform(0.6, 1.3) + 128 + random.uniform(-35, 35)
        table = np.clip(levels[:, None] * random.uniform(0.85, 1.15, 3), 0, 255)
        spoiled = cv2.LUT(picture, table.astype(np.uint8)[None])
        if random.random() < 0.6:
            grey = cv2.cvtColor(cv2.cvtColor(spoiled, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
            share = 0.0 if random.random() < 0.25 else float(random.uniform(0.4, 1.5))
            spoiled = cv2.addWeighted(spoiled, share, grey, 1 - share, 0)
        if random.random() < 0.25:
            direction = random.uniform(-0.45, 0.45, 2).astype(np.float32)
            axis = np.linspace(-1, 1, picture.shape[0], dtype=np.float32)
            light = 1 + direction[0] * axis[None, :] + direction[1] * axis[:, None]
            spoiled = np.clip(spoiled * light[..., None], 0, 255).astype(np.uint8)
        if random.random() < 0.3:
            spoiled = cv2.GaussianBlur(spoiled, (0, 0), random.uniform(0.4, 1.4))
        if random.random() < 0.25:
            noise = random.standard_normal(picture.shape, np.float32) * np.float32(random.uniform(2, 14))
            spoiled = np.clip(spoiled + noise, 0, 255).astype(np.uint8)
        if random.random() < 0.25:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 90))]
            spoiled = cv2.imdecode(cv2.imencode(".jpg", spoiled, quality)[1], cv2.IMREAD_COLOR)
        return spoiled

    def crop(self) -> tuple[Image, Array | None]:
        """A crop of CROP_SIDE pixels as the first net would cut it, and its points (0..1); None: no face."""
        random = self.random
        if random.random() < 0.3:
            return self.spoil(self.beside()), None
        portrait = self.portraits[random.integers(len(self.portraits))]
        side = CROP_SIDE / CROP_FACES * float(np.exp(random.normal(0, 0.13)))
        centre = (CROP_SIDE / 2 + random.normal(0, 0.09, 2) * side).astype(np.float32)
        source, matrix, mirror = self.matrix(portrait, side, centre)
        points = apply(matrix, portrait.points)
        at_level = matrix.copy()
        at_level[:, :2] *= portrait.sizes[0].shape[1] / source.shape[1]
        crop = cv2.warpAffine(source, at_level, (CROP_SIDE, CROP_SIDE), borderMode=cv2.BORDER_REPLICATE)
        if random.random() < 0.25:
            box = np.array([*centre - side / 2, *centre + side / 2], np.float32)
            canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
            canvas[:CROP_SIDE, :CROP_SIDE] = crop
            self.occlude(canvas, [box])
            crop = canvas[:CROP_SIDE, :CROP_SIDE]
        if random.random() < 0.2:
            small = int(random.integers(24, CROP_SIDE))
            crop = cv2.resize(cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA), crop.shape[:2])
        return self.spoil(crop), (points[MIRRORED] if mirror else points) / CROP_SIDE

    def beside(self) -> Image:
        """A crop without a whole face in it: a scene, or a face far off its place and size."""
        random = self.random
        if random.random() < 0.6:
            at = random.integers(0, SIDE - CROP_SIDE, 2)
            return self.background()[at[0] : at[0] + CROP_SIDE, at[1] : at[1] + CROP_SIDE]
        portrait = self.portraits[random.integers(len(self.portraits))]
        side = CROP_SIDE / CROP_FACES * float(np.exp(random.uniform(-1.0, 1.4)))
        away = random.uniform(0, 2 * np.pi)
        offset = np.array([np.cos(away), np.sin(away)]) * max(side, CROP_SIDE / 2) * random.uniform(0.8, 1.3)
        source, matrix, _ = self.matrix(portrait, side, (CROP_SIDE / 2 + offset).astype(np.float32))
        matrix[:, :2] *= portrait.sizes[0].shape[1] / source.shape[1]
        return cv2.warpAffine(source, matrix, (CROP_SIDE, CROP_SIDE), borderMode=cv2.BORDER_REPLICATE)


def overlap(one: Array, other: Array) -> float:
    """Intersection over union of two boxes."""
    within = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(np.prod(np.maximum(within, 0)))
    return shared / (float(np.prod(one[2:] - one[:2])) + float(np.prod(other[2:] - other[:2])) - shared)
