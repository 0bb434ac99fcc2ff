"""Photographs and what the shipped styles make of them, side by side on JPEG sheets. Held-out photos only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from fedi.styles import facemaps, proportions, strokes
from fedi.styles.catalogue import read_style
from fedi.styles.faces import FaceFinder, square_around
from tools.train import data
from tools.train.student import MULTIPLE

Picture = NDArray[np.uint8]
Draw = Callable[[Picture], Picture]

PORTRAIT_SIDE, SCENE_SIDE = 512, 1024
PORTRAITS_PER_SHEET, SCENES_PER_SHEET = 5, 5
# How wide one picture is shown, and how high at most.
SHOWN_WIDTH, SHOWN_HEIGHT = 340, 340
QUALITY = 74
THREADS = 2
# Those of the held-out portraits that the sheets of README.md show, for variety.
FACES = (6, 16, 28, 49, 57, 60, 71, 82, 88, 99)
STYLES = ("cel", "soft", "sky", "ink")
# To look at beside ours; never shipped, never a teacher. Name, style it stands beside, multiple of its sides.
BESIDE = (("AnimeGANv3_tiny_Cute.onnx", ("cel", "soft"), 16), ("AnimeGANv3_Shinkai_37_f16.onnx", ("sky",), 8))


def write(styles: Path, source: Path, target: Path) -> None:
    """Write all sheets: portraits and scenes in every style, and both beside other people's models."""
    target.mkdir(parents=True, exist_ok=True)
    ours = {name: ours_in(styles / name / f"{name}.onnx") for name in STYLES}
    held_out = data.held_out(source)
    portraits = [path for path in held_out if path.stem.startswith("face_") and int(path.stem[5:]) in FACES]
    scenes = [path for path in held_out if not path.stem.startswith("face_")]
    for start in range(0, len(portraits), PORTRAITS_PER_SHEET):
        chosen = portraits[start : start + PORTRAITS_PER_SHEET]
        number = start // PORTRAITS_PER_SHEET + 1
        make(chosen, ours, target / f"portraits-{number}.jpg", side=PORTRAIT_SIDE)
    for start in range(0, len(scenes), SCENES_PER_SHEET):
        chosen = scenes[start : start + SCENES_PER_SHEET]
        make(chosen, ours, target / f"scenes-{start // SCENES_PER_SHEET + 1}.jpg", side=SCENE_SIDE)
    for file, names, multiple in BESIDE:
        model = source / "models-noncommercial" / file
        if model.exists():
            columns = {**{name: ours[name] for name in names}, "theirs": theirs_in(model, multiple)}
            is_scenic = "sky" in names
            photos, side = (scenes, SCENE_SIDE) if is_scenic else (portraits, PORTRAIT_SIDE)
            make(photos, columns, target / f"beside-{'scenes' if is_scenic else 'portraits'}.jpg", side=side)


def open_model(path: Path, threads: int = THREADS) -> onnxruntime.InferenceSession:
    """An inference session on the processor."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # As the server's engine does: without a memory plan for each shape, half the memory at the same speed.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def open_finder() -> FaceFinder:
    """What finds faces, as in the server."""
    return FaceFinder(SimpleNamespace(threads=THREADS))  # type: ignore[arg-type]


def ours_in(path: Path) -> Draw:
    """Draw in one of our styles as the server does: with the faces it finds, in a portrait's proportions."""
    session, spec = open_model(path), read_style(path.parent).strokes
    names = {node.name for node in session.get_inputs()}
    finder = open_finder()

    def draw(photo: Picture) -> Picture:
        faces = finder.find(photo)
        if max(photo.shape) <= PORTRAIT_SIDE:
            photo = proportions.apply(photo, faces, proportions.DEFAULT)
        height, width = photo.shape[:2]
        padded = np.pad(photo, ((0, -height % MULTIPLE), (0, -width % MULTIPLE), (0, 0)), mode="reflect")
        given = {
            "image": (padded.astype(np.float32) / 255).transpose(2, 0, 1)[None],
            "face_maps": facemaps.draw(photo, [face.points for face in faces])[None],
            "line_weight": np.ones(1, np.float32),
        }
        (drawn,) = session.run(None, {name: given[name] for name in names})
        pixels = (drawn[0].transpose(1, 2, 0)[:height, :width] * 255 + 0.5).clip(0, 255).astype(np.uint8)
        return strokes.apply(pixels, spec)

    return draw


def theirs_in(path: Path, multiple: int) -> Draw:
    """Draw in an AnimeGANv3 style: NHWC, -1..1, sides that are multiples of something."""
    session = open_model(path)

    def draw(photo: Picture) -> Picture:
        height, width = (side // multiple * multiple for side in photo.shape[:2])
        given = photo[:height, :width].astype(np.float32)[None] / 127.5 - 1
        (drawn,) = session.run(None, {session.get_inputs()[0].name: given})
        return ((drawn[0] + 1) * 127.5).clip(0, 255).astype(np.uint8)

    return draw


def fit(path: Path, side: int) -> Picture:
    """A photo whose longer side is `side`, smaller ones enlarged."""
    return scaled(data.load(path), side)


def scaled(photo: Picture, side: int) -> Picture:
    """A picture whose longer side is `side`."""
    scale = side / max(photo.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return photo if scale == 1 else cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method)


def make(photos: Sequence[Path], columns: dict[str, Draw], target: Path, *, side: int) -> None:
    """Write one sheet: a row for each photo, itself first, then drawings; portraits cut as for an avatar."""
    rows, finder = [], open_finder()
    for path in photos:
        photo = data.load(path)
        if side == PORTRAIT_SIDE:
            left, top, right, bottom = square_around(photo.shape[1::-1], finder.find(photo))
            photo = photo[top:bottom, left:right]
        photo = scaled(photo, side)
        pictures = [photo, *(draw(photo) for draw in columns.values())]
        scale = min(SHOWN_WIDTH / photo.shape[1], SHOWN_HEIGHT / photo.shape[0])
        size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
        row = np.full((size[1], SHOWN_WIDTH * len(pictures), 3), 255, np.uint8)
        for number, picture in enumerate(pictures):
            left = number * SHOWN_WIDTH + (SHOWN_WIDTH - size[0]) // 2
            row[:, left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        rows.append(row)
    sheet = Image.fromarray(np.concatenate(rows))
    sheet.save(target, quality=QUALITY, optimize=True, progressive=True)
