"""The photographs that are trained on, which are held out, and the cache of what the teacher drew of them.

Only portraits and scenes that are CC0, in the public domain or CC BY are used; `photos/test` never is.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fedi.styles import facemaps
from tools.train import faces, teacher

# Sides of what is trained on, as the nets want them.
MULTIPLE = 8

# Chosen by eye for variety of skin, age, hair, beard, glasses, hats and light. They make the sheets.
HELD_OUT = (6, 16, 28, 49, 57, 60, 67, 71, 82, 87, 88, 90, 93, 99)
# Scenes by the beginning of their names. All of Pop!_OS's ("Unsplash photos are in the public domain"); of
# elementary's those that its list of sources calls CC0; of the Lomiri wallpapers those that Debian's list of
# copyrights calls CC0 (seeding) or CC BY 4.0 (the rest, credited by name in the model cards). What is under
# Unsplash's or Pexels' own licence, share-alike or not listed is not used.
SCENES = (
    "popos-original_",
    "elementary-backgrounds_Ashim_DSilva",
    "elementary-backgrounds_Mr._Lee",
    "elementary-backgrounds_Photo_by_SpaceX",
    "elementary-backgrounds_Sunset_by_the_Pier",
    "debwall-lomiri-wallpapers-16.04__Picture_0B_by_freespace",
    "debwall-lomiri-wallpapers-16.04__Picture_1A_by_freespace",
    "debwall-lomiri-wallpapers-16.04__Wine_by_Jakkub_Mede",
    "debwall-lomiri-wallpapers-16.04__aitzgorri_by_Aitzol_Berasategi",
    "debwall-lomiri-wallpapers-16.04__friends_by_Aitzol_Berasategi",
    "debwall-lomiri-wallpapers-16.04__life_by_Aitzol_Berasategi",
    "debwall-lomiri-wallpapers-16.04__picosdeeuropa_by_Aitzol_Berasategi",
    "debwall-lomiri-wallpapers-16.04__seeding_by_Clements_Engelhardt",
    "debwall-lomiri-wallpapers-16.04__sunset_by_Aitzol_Berasategi",
)
# Chosen by eye before the training: dogs at a window, mountains, a lamp at night, a pier, a desert, a lake.
SCENES_HELD_OUT = (
    "debwall-lomiri-wallpapers-16.04__friends_by_Aitzol_Berasategi",
    "debwall-lomiri-wallpapers-16.04__picosdeeuropa_by_Aitzol_Berasategi",
    "elementary-backgrounds_Mr._Lee",
    "elementary-backgrounds_Sunset_by_the_Pier",
    "popos-original_kait-herzog-8242",
    "popos-original_sean-afnan-244576",
)
SCENE_SIDE = 640


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo, what the teacher drew of it, and the maps of its faces; all uint8 but the maps."""

    name: str
    photo: NDArray[np.uint8]
    layers: teacher.Layers
    maps: NDArray[np.float32]


def photographs(data: Path) -> list[Path]:
    """What is trained on, in a fixed order: portraits that are not held out, then scenes."""
    portraits = [
        path
        for path in sorted((data / "photos" / "faces-500").glob("face_*.jpg"))
        if int(path.stem.split("_")[1]) not in HELD_OUT
    ]
    scenes = sorted((data / "photos" / "scenes-1024").glob("*.jpg"))
    chosen = [path for path in scenes if path.name.startswith(SCENES)]
    return portraits + [path for path in chosen if path.stem not in SCENES_HELD_OUT]


def held_out(data: Path) -> list[Path]:
    """Portraits, scenes and test pictures that training never sees."""
    portraits = [data / "photos" / "faces-500" / f"face_{number:03d}.jpg" for number in HELD_OUT]
    scenes = [data / "photos" / "scenes-1024" / f"{name}.jpg" for name in SCENES_HELD_OUT]
    return portraits + scenes + sorted((data / "photos" / "test").iterdir())


def load(path: Path, side: int | None = None) -> NDArray[np.uint8]:
    """Read a photo as RGB, its longer side at most `side`."""
    with Image.open(path) as image:
        rgb = np.array(image.convert("RGB"))
    scale = 1.0 if side is None else min(1.0, side / max(rgb.shape))
    return rgb if scale == 1 else cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def prepare(data: Path, cache: Path, *, workers: int = 2) -> None:
    """Let the teacher draw all that is not in `cache` yet."""
    cache.mkdir(parents=True, exist_ok=True)
    detector = data / "models-open" / "yunet_2026may.onnx"
    jobs = [(path, detector, cache / f"{path.stem}.npz") for path in photographs(data)]
    jobs = [job for job in jobs if not job[-1].exists()]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for _ in pool.imap(draw_one, jobs, chunksize=1):
            pass


def draw_one(job: tuple[Path, Path, Path]) -> None:
    """Draw one photo and store the pair; a half-written file never bears the final name."""
    path, detector, target = job
    cv2.setNumThreads(1)
    photo = load(path, SCENE_SIDE)
    photo = photo[: photo.shape[0] // MULTIPLE * MULTIPLE, : photo.shape[1] // MULTIPLE * MULTIPLE]
    found = faces.detect(photo, detector)
    layers, maps = teacher.draw(photo, found), facemaps.draw(photo, found)
    partial = target.with_suffix(".part.npz")
    np.savez_compressed(partial, photo=photo, maps=maps.astype(np.float16), **asdict(layers))
    os.replace(partial, target)


def read(cache: Path) -> Iterator[Pair]:
    """The pairs of a cache, in order of name."""
    for path in sorted(cache.glob("*.npz")):
        if ".part" in path.name:
            continue
        with np.load(path) as stored:
            layers = teacher.Layers(**{field.name: stored[field.name] for field in fields(teacher.Layers)})
            yield Pair(path.stem, stored["photo"], layers, stored["maps"].astype(np.float32))
