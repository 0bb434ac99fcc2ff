"""Run the shipped model over held-out photographs, and lay photo and drawing side by side on JPEG sheets."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from tools.train import data
from tools.train.student import MULTIPLE

PORTRAIT_SIDE = 512
# A sheet shows its pictures at this size, two pairs a row, and stays below 400 kB.
SHOWN_SIDE, COLUMNS = 448, 2
QUALITY = 82
THREADS = 2


def open_model(path: Path, threads: int = THREADS) -> onnxruntime.InferenceSession:
    """An inference session on the processor."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # As the server's engine does: without a memory plan for each shape, half the memory at the same speed.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def stylise(session: onnxruntime.InferenceSession, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Run one uint8 RGB picture of any size through the model, padded by reflection."""
    height, width = rgb.shape[:2]
    below, right = -height % MULTIPLE, -width % MULTIPLE
    padded = np.pad(rgb, ((0, below), (0, right), (0, 0)), mode="reflect")
    tensor = (padded.astype(np.float32) / 255).transpose(2, 0, 1)[None]
    (styled,) = session.run(None, {"image": np.ascontiguousarray(tensor)})
    picture = styled[0].transpose(1, 2, 0)[:height, :width]
    return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)


def fit(path: Path, side: int) -> NDArray[np.uint8]:
    """A photo whose longer side is `side`, smaller ones enlarged."""
    rgb = data.load(path)
    scale = side / max(rgb.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return rgb if scale == 1 else cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=method)


def make(model: Path, photos: list[Path], target: Path, *, side: int) -> None:
    """Write one sheet: each cell a photo and its drawing. Drawn at `side`, shown smaller."""
    session = open_model(model)
    cells = []
    for path in photos:
        rgb = fit(path, side)
        cell = np.full((SHOWN_SIDE, 2 * SHOWN_SIDE, 3), 255, np.uint8)
        for left, picture in ((0, rgb), (SHOWN_SIDE, stylise(session, rgb))):
            scale = SHOWN_SIDE / side
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            height, width = small.shape[:2]
            cell[:height, left : left + width] = small
        cells.append(cell)
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % COLUMNS)
    rows = [trim(np.concatenate(cells[n : n + COLUMNS], 1)) for n in range(0, len(cells), COLUMNS)]
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(target, quality=QUALITY, optimize=True, progressive=True)


def trim(row: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut white lines off the bottom."""
    used = np.flatnonzero((row < 255).any((1, 2)))
    return row[: int(used[-1]) + 1]
