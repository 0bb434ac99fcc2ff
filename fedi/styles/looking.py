"""A picture looked at before it is drawn: small, upright, with the faces in it. Kept for the next question.

A preview is asked for again with each move of a slider; decoding and finding faces is done once.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from fedi.styles import framing, pictures
from fedi.styles.faces import Face
from fedi.styles.pictures import Picture
from fedi.styles.tensors import Pixels

# Faces are found in, and previews drawn from, the picture at this size: some 3 MB each.
LOOK_SIDE = 1024
KEPT = 4

Find = Callable[[Pixels], tuple[Face, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A picture at LOOK_SIDE or less; `whole` is its upright size, `faces` are in pixels of that."""

    picture: Picture
    whole: tuple[int, int]
    faces: tuple[Face, ...]


class Looks:
    """The pictures looked at last, by what is in their files."""

    def __init__(self, find: Find, *, kept: int = KEPT) -> None:
        self._find, self._kept = find, kept
        self._looks: OrderedDict[bytes, Look] = OrderedDict()

    def of(self, file: bytes, image: Image.Image) -> Look:
        """Look at a picture, `image` being its opened file, which is then used up. Raises StyleFailed."""
        key = hashlib.sha256(file).digest()
        if key in self._looks:
            self._looks.move_to_end(key)
            return self._looks[key]
        whole = pictures.upright_size(image)
        small = framing.fitted(whole, longer=min(LOOK_SIDE, max(whole)), max_pixels=LOOK_SIDE**2)
        picture = pictures.decode(image, small)
        scale = max(whole) / max(small)
        faces = tuple(face.scaled(scale) for face in self._find(picture.pixels))
        self._looks[key] = Look(picture=picture, whole=whole, faces=faces)
        if len(self._looks) > self._kept:
            self._looks.popitem(last=False)
        return self._looks[key]
