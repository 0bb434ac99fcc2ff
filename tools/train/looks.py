"""What is laid over a trained head when it ships: one module a style, photo in and picture out.

Fixed and without weights, tuned by eye: how ink lies on paint, and for *ink* paper, black and screentone.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from torch import Tensor, nn

from tools.train.student import MULTIPLE, Drawn, Head, Students, Trunk
from tools.train.teacher import INK_COLOUR, INK_KEEPS

# A mean of many possible drawings has softer lines than each of them: steepen the ink's logit.
INK_GAIN = 2.0
# What one step of `line_weight` adds to the logit.
WEIGHT_SHIFT = 2.5


def light(picture: Tensor) -> Tensor:
    """The lightness of RGB pictures (Rec. 601 weights), one channel."""
    return 0.299 * picture[:, 0:1] + 0.587 * picture[:, 1:2] + 0.114 * picture[:, 2:3]


def cover(ink: Tensor, line_weight: Tensor, *, shift: float = 0.0) -> Tensor:
    """How much ink lies on each pixel, 0..1; none at all at a weight of 0."""
    weight = line_weight.view(1, 1, 1, 1)
    steep = INK_GAIN * ink + (WEIGHT_SHIFT * (weight - 1) + shift)
    return torch.sigmoid(steep) * torch.clamp(4 * weight, 0, 1)


class Style(nn.Module):
    """A style: the trunk, one head, and a finish. Only styles with lines take `line_weight`.

    `portrait` and `picture` are the longer sides, in pixels, at which it looks right.
    """

    title: str
    description: str
    has_lines = True
    head = "cel"
    portrait, picture = 512, 1024

    def __init__(self, students: Students) -> None:
        super().__init__()
        self.trunk: Trunk = students.trunk
        self.painter: Head = students.heads[self.head]  # type: ignore[assignment]

    def forward(self, photo: Tensor, maps: Tensor, line_weight: Tensor | None = None) -> Tensor:
        """Draw a batch of photos (NCHW, RGB 0..1), finished."""
        drawn = self.painter(photo, self.trunk(photo, maps))
        return torch.clamp(self.finish(drawn, line_weight), 0, 1)

    def finish(self, drawn: Drawn, line_weight: Tensor | None) -> Tensor:
        """Turn layers into a picture."""
        raise NotImplementedError


class Cel(Style):
    """Flat tones under dark ink."""

    title, description = "Cel", "Portrait anime: flat tones, ink lines, bright eyes."

    def finish(self, drawn: Drawn, line_weight: Tensor | None) -> Tensor:
        """Ink over paint, as the teacher composes them."""
        ink = cover(drawn.ink, line_weight)
        paint = torch.clamp(drawn.paint, 0, 1)
        dark = torch.tensor(INK_COLOUR).view(1, 3, 1, 1)
        return paint + (paint * (INK_KEEPS - 1) + dark) * ink


class Soft(Style):
    """Pastel, with thin lines of the colour under them."""

    title, description = "Soft", "Pastel portrait: light, warm, with thin rosy lines."
    head = "soft"
    LINE, KEEPS = (0.20, 0.09, 0.12), 0.38

    def finish(self, drawn: Drawn, line_weight: Tensor | None) -> Tensor:
        """Rosy lines over paint."""
        ink = 0.75 * cover(drawn.ink, line_weight, shift=-0.8)
        paint = torch.clamp(drawn.paint, 0, 1)
        rose = torch.tensor(self.LINE).view(1, 3, 1, 1)
        return paint + (paint * (self.KEEPS - 1) + rose) * ink


class Sky(Style):
    """Painted scenery, without lines."""

    title, description = "Sky", "Painted scenery: luminous skies, clean shapes, glowing light."
    has_lines = False
    head = "sky"

    def finish(self, drawn: Drawn, line_weight: Tensor | None) -> Tensor:
        """The paint as it is."""
        return drawn.paint


class Ink(Style):
    """Black and white: the cel head's lines, solid blacks, and two screentones for the middle."""

    title, description = "Ink", "Manga in black and white: lines, solid blacks and screentone."
    BLACK, DARK, MIDDLE = 0.17, 0.36, 0.56
    DARK_DOTS, MIDDLE_DOTS = 0.50, 0.22
    EDGE, CRISP = 60.0, 9.0

    def __init__(self, students: Students) -> None:
        super().__init__(students)
        self.register_buffer("dots", screentone()[None, None])

    def finish(self, drawn: Drawn, line_weight: Tensor | None) -> Tensor:
        """Decide paper, tone or black by the paint's lightness, and lay the lines on top."""
        tone = light(torch.clamp(drawn.paint, 0, 1))
        cells = F.avg_pool2d(tone, MULTIPLE) * 0 + 1
        dots = F.conv_transpose2d(cells, self.dots, stride=MULTIPLE)
        dark = torch.sigmoid(self.EDGE * (self.DARK - tone))
        covered = torch.sigmoid(self.EDGE * (self.MIDDLE - tone)) * (
            self.MIDDLE_DOTS + (self.DARK_DOTS - self.MIDDLE_DOTS) * dark
        )
        tones = torch.sigmoid(self.CRISP * 2 * (dots - covered))
        paper = tones * torch.sigmoid(self.EDGE * (tone - self.BLACK))
        inked = paper * (1 - torch.sigmoid(3 * (2 * cover(drawn.ink, line_weight, shift=0.6) - 0.8)))
        return (1.02 * inked).repeat(1, 3, 1, 1)


def screentone() -> Tensor:
    """A square of 8 x 8 thresholds, 0..1 evenly: two round dots on a diagonal; repeats without a seam."""
    at = (torch.arange(MULTIPLE) + 0.5) * (2 * math.pi / MULTIPLE)
    waves = torch.cos(at)[:, None] + torch.cos(at)[None, :]
    # Of two cosines the product has two hills and two hollows in each period: a checker of dots.
    field = torch.cos(at)[:, None] * torch.cos(at)[None, :] + 0.01 * waves
    ranks = field.flatten().argsort().argsort().float()
    return ((ranks + 0.5) / ranks.numel()).view(MULTIPLE, MULTIPLE)


STYLES: dict[str, type[Style]] = {"cel": Cel, "soft": Soft, "sky": Sky, "ink": Ink}
