"""Make the face finder from nothing but the data folder: labels, synthetic scenes, training, export.

    python -m tools.train.detector --data ../shared/studio --out fedi/styles/embedded_faces

YuNet (MIT) labels the portraits; every training picture is put together anew: portraits scaled, turned,
mirrored and relit, laid on scenes beside each other, with parts covered. The net says for each cell of a
coarse grid whether a face is centred there, how large it is, and where its five landmarks are.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from numpy.typing import NDArray
from torch import Tensor, nn

from tools.train import data, faces
from tools.train.export import save_halved

SIDE = 256
# One cell of the grid is this many pixels.
STRIDE = 8
SEED = 1
BATCH = 16
RATE = 2e-3
# Distances are told in this many pixels, so that the net's numbers stay near 1.
UNIT = 32.0
# Of the side of the picture: how large faces are (distance from eye to eye).
SMALLEST, LARGEST = 0.035, 0.33
PRINT_STEPS = 100
CHANNELS = 3 + 2 * 5


class Finder(nn.Module):
    """RGB 0..1 of any size in multiples of 32 to maps of an eighth: score (logit), size (log), landmarks.

    13 channels: the score; the logarithm of the eye distance over `UNIT`; one that is not used; then x and
    y of five landmarks from the cell's middle, over `UNIT`.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 12, 24, 40)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
        self.stem = nn.Sequential(*layers)
        self.mid = nn.Sequential(*(_separable(40) for _ in range(3)))
        self.down = nn.Sequential(nn.Conv2d(40, 64, 3, 2, 1), nn.BatchNorm2d(64), nn.ReLU())
        self.deep = nn.Sequential(*(_separable(64) for _ in range(2)))
        self.deeper = nn.Sequential(
            nn.Conv2d(64, 64, 3, 2, 1), nn.BatchNorm2d(64), nn.ReLU(), _separable(64), _separable(64)
        )
        self.from_deeper, self.from_deep = nn.Conv2d(64, 64, 1), nn.Conv2d(64, 40, 1)
        self.last = nn.Sequential(_separable(40), _separable(40))
        self.out = nn.Conv2d(40, CHANNELS, 1)
        with torch.no_grad():
            self.out.bias[0] = -4.0

    def forward(self, picture: Tensor) -> Tensor:
        """Look at a batch."""
        at8 = self.mid(self.stem(picture - 0.5))
        at16 = self.deep(self.down(at8))
        at16 = F.relu(
            at16 + F.interpolate(self.from_deeper(self.deeper(at16)), scale_factor=2, mode="nearest")
        )
        at8 = F.relu(at8 + F.interpolate(self.from_deep(at16), scale_factor=2, mode="nearest"))
        return self.out(self.last(at8))


def _separable(width: int) -> nn.Module:
    class Separable(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(
                nn.Conv2d(width, width, 3, 1, 1, groups=width, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width),
            )  # fmt: skip

        def forward(self, x: Tensor) -> Tensor:
            return F.relu(x + self.net(x))

    return Separable()


class Maker:
    """Puts training pictures together."""

    def __init__(self, source: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.noise = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
        detector = source / "models-open" / "yunet_2026may.onnx"
        self.people, self.scenes = [], []
        for path in data.photographs(source):
            photo = data.load(path, 500)
            if not path.stem.startswith("face_"):
                self.scenes.append(photo)
                continue
            found = faces.detect(photo, detector)
            if found:
                self.people.append((photo, np.stack(found)))

    def picture(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """A picture of SIDE and the landmarks of its faces (n, 5, 2)."""
        chance = self.chance
        canvas = self.background()
        points: list[NDArray[np.float32]] = []
        count = chance.choices((0, 1, 2, 3), (0.12, 0.58, 0.2, 0.1))[0]
        for _ in range(count):
            canvas, points = self.lay(canvas, points, alone=count == 1)
        if chance.random() < 0.25:
            canvas = self.covered(canvas)
        return self.spoilt(canvas), np.array(points, np.float32).reshape(-1, 5, 2)

    def background(self) -> NDArray[np.uint8]:
        """A piece of a scene, of any scale."""
        scene = self.chance.choice(self.scenes)
        side = self.chance.randint(60, min(scene.shape[:2]))
        left, top = (self.chance.randint(0, length - side) for length in (scene.shape[1], scene.shape[0]))
        piece = scene[top : top + side, left : left + side]
        return cv2.resize(piece, (SIDE, SIDE), interpolation=cv2.INTER_AREA)

    def lay(
        self, canvas: NDArray[np.uint8], points: list[NDArray[np.float32]], *, alone: bool
    ) -> tuple[NDArray[np.uint8], list[NDArray[np.float32]]]:
        """Lay a portrait on the canvas; faces that it hides for the most part are forgotten."""
        chance = self.chance
        photo, found = chance.choice(self.people)
        if chance.random() < 0.5:
            photo = photo[:, ::-1]
            found = np.stack([[photo.shape[1] - 1, 0] + face * [-1, 1] for face in found])[:, [1, 0, 2, 4, 3]]
        eyes = float(np.linalg.norm(found[0][1] - found[0][0]))
        largest = LARGEST if alone else 0.13
        wanted = SIDE * math.exp(chance.uniform(math.log(SMALLEST), math.log(largest)))
        turn = chance.gauss(0, 12) if chance.random() < 0.8 else chance.uniform(-40, 40)
        middle = (found[0][0] + found[0][1]) / 2
        matrix = cv2.getRotationMatrix2D(tuple(map(float, middle)), turn, wanted / max(eyes, 1))
        place = [SIDE * chance.uniform(0.12, 0.88), SIDE * chance.uniform(0.12, 0.8)]
        matrix[:, 2] += np.array(place) - middle
        mask = np.full(photo.shape[:2], 255, np.uint8)
        if not alone or chance.random() < 0.4:
            # Cut out round the head: no straight edge gives a face away.
            mask[:] = 0
            chin = middle + 2.2 * ((found[0][3] + found[0][4]) / 2 - middle)
            centre = (middle + chin) / 2
            cv2.ellipse(
                mask, tuple(map(int, centre)),
                (int(eyes * chance.uniform(1.3, 2.4)), int(eyes * chance.uniform(1.9, 3.2))),
                0, 0, 360, 255, -1,
            )  # fmt: skip
            mask = cv2.GaussianBlur(mask, (0, 0), max(1.0, eyes * 0.08))
        laid = cv2.warpAffine(
            photo, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT
        )
        cover = cv2.warpAffine(mask, matrix, (SIDE, SIDE)).astype(np.float32)[..., None] / 255
        canvas = (canvas * (1 - cover) + laid * cover).astype(np.uint8)
        kept = [face for face in points if _shown(1 - cover[..., 0], face)]
        for face in found:
            moved = (face @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
            if _shown(cover[..., 0], moved):
                kept.append(moved)
        return canvas, kept

    def covered(self, canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cover a part with something of one colour or of a scene."""
        chance = self.chance
        width, height = chance.randint(8, 60), chance.randint(8, 60)
        left, top = chance.randint(0, SIDE - width), chance.randint(0, SIDE - height)
        canvas = canvas.copy()
        canvas[top : top + height, left : left + width] = self.background()[:height, :width]
        return canvas

    def spoilt(self, canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Change light and colour, blur, add noise."""
        chance = self.chance
        levels = np.arange(256, dtype=np.float32) / 255
        levels = 255 * levels ** math.exp(chance.gauss(0, 0.35))
        levels = (levels - 128) * chance.uniform(0.5, 1.25) + 128 + chance.gauss(0, 18)
        table = np.stack([np.clip(levels * chance.uniform(0.85, 1.15), 0, 255) for _ in range(3)], -1)
        picture = cv2.LUT(canvas, table.astype(np.uint8)[None])
        if chance.random() < 0.12:
            picture = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, -1)
        if chance.random() < 0.3:
            picture = cv2.GaussianBlur(picture, (0, 0), chance.uniform(0.4, 2.0))
        if chance.random() < 0.2:
            noise = np.roll(self.noise, chance.randrange(SIDE), axis=chance.randrange(2))
            picture = np.clip(picture + noise * chance.uniform(2, 14), 0, 255).astype(np.uint8)
        return picture


def _shown(cover: NDArray[np.float32], face: NDArray[np.float32]) -> bool:
    """Whether most landmarks lie inside the picture and on what is laid."""
    x, y = face[:, 0].round().astype(int), face[:, 1].round().astype(int)
    inside = (x >= 0) & (y >= 0) & (x < cover.shape[1]) & (y < cover.shape[0])
    return int((cover[y[inside], x[inside]] > 0.5).sum()) >= 4


def targets(faces_found: list[NDArray[np.float32]]) -> tuple[Tensor, Tensor, Tensor]:
    """Heat (n, g, g), numbers (n, 12, g, g) and where these count (n, g, g) for a batch of landmarks."""
    grid = SIDE // STRIDE
    heat = np.zeros((len(faces_found), grid, grid), np.float32)
    numbers = np.zeros((len(faces_found), CHANNELS - 1, grid, grid), np.float32)
    counts = np.zeros_like(heat)
    y, x = np.mgrid[0:grid, 0:grid].astype(np.float32)
    for n, found in enumerate(faces_found):
        for points in found:
            middle = points.mean(0)
            unit = _unit(points)
            at = (middle / STRIDE) - 0.5
            spread = max(0.7, unit / STRIDE * 0.35)
            spot = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * spread**2))
            heat[n] = np.maximum(heat[n], spot)
            near = spot > 0.55
            counts[n][near] = 1
            numbers[n, 0][near] = math.log(max(unit, 1.0) / UNIT)
            for k, point in enumerate(points):
                numbers[n, 2 + 2 * k][near] = ((point[0] - (x + 0.5) * STRIDE) / UNIT)[near]
                numbers[n, 3 + 2 * k][near] = ((point[1] - (y + 0.5) * STRIDE) / UNIT)[near]
    return tuple(torch.from_numpy(each) for each in (heat, numbers, counts))  # type: ignore[return-value]


def _unit(points: NDArray[np.float32]) -> float:
    """The size of a face: the distance of the eyes, or of eyes and mouth where it is turned."""
    eyes = points[:2].mean(0)
    return max(
        float(np.linalg.norm(points[1] - points[0])), 0.92 * float(np.linalg.norm(points[3:].mean(0) - eyes))
    )


def loss_of(answer: Tensor, heat: Tensor, numbers: Tensor, counts: Tensor) -> dict[str, Tensor]:
    """Focal loss on the heat; L1 on landmarks in units of the face's own size, and on the size."""
    chance = torch.sigmoid(answer[:, 0])
    focal = (heat - chance).abs() ** 2 * F.binary_cross_entropy_with_logits(
        answer[:, 0], heat, reduction="none"
    )
    size = torch.exp(numbers[:, 0]).clamp(min=0.1)
    wide = counts / size
    apart = (answer[:, 3:] - numbers[:, 2:]).abs().mean(1)
    log = (answer[:, 1] - numbers[:, 0]).abs()
    total = counts.sum().clamp(min=1)
    return {
        "heat": 30 * focal.mean(),
        "points": 5 * (wide * apart).sum() / total,
        "size": (counts * log).sum() / total,
    }


def train(finder: Finder, maker: Maker, seconds: float) -> Finder:
    """Train for so long."""
    optimiser = torch.optim.AdamW(finder.parameters(), RATE, weight_decay=1e-4)
    started, step, running, done = time.monotonic(), 0, {}, 0.0
    while done < 1:
        pictures, found = zip(*(maker.picture() for _ in range(BATCH)), strict=True)
        batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        parts = loss_of(finder(batch), *targets(list(found)))
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100) * (1 - 0.98 * done)
        optimiser.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_(finder.parameters(), 2.0)
        optimiser.step()
        step += 1
        done = (time.monotonic() - started) / seconds
        for name, value in parts.items():
            running[name] = 0.97 * running.get(name, value.item()) + 0.03 * value.item()
        if step % PRINT_STEPS == 0:
            report = {name: round(value, 4) for name, value in running.items()}
            print(
                json.dumps({"step": step, "seconds": round(time.monotonic() - started), **report}), flush=True
            )
    return finder.eval()


def main() -> None:
    """Run all steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--out", type=Path, required=True, help="where faces.onnx goes")
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(arguments.threads)
    # Numbers near nought cost a hundred times as much as others.
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)
    finder = train(Finder(), Maker(arguments.data, SEED), arguments.seconds)
    arguments.out.mkdir(parents=True, exist_ok=True)
    example = (torch.rand(1, 3, 64, 96),)
    free = {"image": {2: "height", 3: "width"}, "faces": {2: "rows", 3: "columns"}}
    save_halved(finder, example, arguments.out / "faces.onnx", inputs=["image"], outputs=["faces"], free=free)


if __name__ == "__main__":
    main()
