"""What is laid over a trained head when it ships: one module a style, photo in and picture out.

Fixed and without weights, tuned by eye: how ink lies on paint, and for *ink* paper, black and screentone.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from torch import Tensor, nn

from fedi.styles.facemaps import SCALE
from tools.train.student import MULTIPLE, Drawn, Head, Students, Trunk
from tools.train.teacher import INK_COLOUR, INK_KEEPS

# A mean of many possible drawings has softer lines than each of them: steepen the ink's logit.
INK_GAIN = 2.0
# How much a colour's weakest channel counts in black and white.
COLOUR_SHARE = 0.35
# What one step of `line_weight` adds to the logit.
WEIGHT_SHIFT = 2.5


class Given(NamedTuple):
    """What a finish may look at beside the layers: the model's inputs."""

    photo: Tensor
    maps: Tensor
    line_weight: Tensor | None


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

    `portrait` and `picture` are the longer sides, in pixels, at which it looks right; `rounds` and
    `coherence` say how its borders are drawn again (fedi/styles/strokes.py).
    """

    title: str
    description: str
    has_lines = True
    head = "cel"
    portrait, picture = 512, 1024
    rounds, coherence = 2, 0.35

    def __init__(self, students: Students) -> None:
        super().__init__()
        self.trunk: Trunk = students.trunk
        self.painter: Head = students.heads[self.head]  # type: ignore[assignment]

    def forward(self, photo: Tensor, maps: Tensor, line_weight: Tensor | None = None) -> Tensor:
        """Draw a batch of photos (NCHW, RGB 0..1), finished."""
        drawn = self.painter(photo, self.trunk(photo, maps))
        return torch.clamp(self.finish(drawn, Given(photo, maps, line_weight)), 0, 1)

    def finish(self, drawn: Drawn, given: Given) -> Tensor:
        """Turn layers into a picture."""
        raise NotImplementedError


class Cel(Style):
    """Flat tones under dark ink."""

    title, description = "Cel", "Portrait anime: flat tones, ink lines, bright eyes."

    def finish(self, drawn: Drawn, given: Given) -> Tensor:
        """Ink over paint, as the teacher composes them."""
        ink = cover(1.3 * drawn.ink, given.line_weight, shift=1.2)
        paint = torch.clamp(drawn.paint, 0, 1)
        dark = torch.tensor(INK_COLOUR).view(1, 3, 1, 1)
        return paint + (paint * (INK_KEEPS - 1) + dark) * ink


class Soft(Style):
    """Pastel, with thin lines of the colour under them."""

    title, description = "Soft", "Pastel portrait: light, warm, with thin rosy lines."
    head = "soft"
    LINE, KEEPS = (0.20, 0.09, 0.12), 0.38
    CREAM, TOP = (0.075, 0.055, 0.07), 0.995

    def finish(self, drawn: Drawn, given: Given) -> Tensor:
        """Rosy lines over paint."""
        ink = 0.75 * cover(1.3 * drawn.ink, given.line_weight, shift=0.2)
        # As on cream paper: nothing is quite black, nothing cold.
        cream = torch.tensor(self.CREAM).view(1, 3, 1, 1)
        paint = cream + torch.clamp(drawn.paint, 0, 1) * (self.TOP - cream)
        rose = torch.tensor(self.LINE).view(1, 3, 1, 1)
        return paint + (paint * (self.KEEPS - 1) + rose) * ink


class Sky(Style):
    """Painted scenery, without lines."""

    title, description = "Sky", "Painted scenery: luminous skies, clean shapes, glowing light."
    has_lines = False
    head = "sky"
    coherence = 0.2
    # Strokes: windows of this radius at half the size. Calm is a variance of lightness.
    RADIUS, CALM = 2, 0.0006
    # Standard deviations of lightness at which edges begin to be kept sharp, and are wholly so.
    EDGE_LOW, EDGE_HIGH = 0.02, 0.10
    KEPT, SHARPEN = 0.5, 0.5
    # Light that glows: brighter than this, so strongly, over so many eighths of the picture.
    GLOW_FROM, GLOW, GLOW_RADIUS, GLOW_SIGMA = 0.62, 0.34, 8, 3.2
    VIVID, MATT, BLEACHED = 1.12, 0.95, 0.85
    # What is added to black: shadows are cool.
    COOL = (0.005, 0.025, 0.065)

    def finish(self, drawn: Drawn, given: Given) -> Tensor:
        """Strokes, sharp edges and glow: worked out at half the size, one scale and one offset a pixel."""
        half = F.avg_pool2d(torch.clamp(drawn.paint, 0, 1), 2)
        strokes, spread = brushed(half, light(half), self.RADIUS, self.CALM)
        sharp = torch.clamp((spread - self.EDGE_LOW) / (self.EDGE_HIGH - self.EDGE_LOW), 0, 1)
        marks = features(given.maps, 2)
        # Print, branches and features would be brushed away.
        kept = torch.maximum(self.KEPT * sharp, marks)
        strokes = strokes + (half - strokes) * kept
        strokes = strokes + self.SHARPEN * (strokes - gaussian(strokes, 2, 1.2))
        sharp = torch.maximum(sharp, marks)
        grey = light(strokes)
        vivid = grey + self.VIVID * (strokes - grey)
        deep = torch.relu(1 - grey) ** 4
        vivid = vivid + deep * torch.tensor(self.COOL).view(1, 3, 1, 1)
        glow = F.interpolate(self.glow(given), scale_factor=2, mode="bilinear", align_corners=False)
        offset = (1 - glow) * (vivid - sharp * half) + glow
        both = torch.cat([offset, (1 - glow) * sharp], 1)
        both = F.interpolate(both, scale_factor=2, mode="bilinear", align_corners=False)
        return both[:, :3] + both[:, 3:] * drawn.paint

    def glow(self, given: Given) -> Tensor:
        """The light that spreads from what is bright, at a quarter of the size; less on faces."""
        small = F.avg_pool2d(given.photo, MULTIPLE)
        bright = small.amax(1, keepdim=True)
        bright = small * torch.clamp((bright - self.GLOW_FROM) / (1 - self.GLOW_FROM), 0, 1)
        spread = gaussian(torch.cat([bright, light(small)], 1), self.GLOW_RADIUS, self.GLOW_SIGMA)
        # Where all is bright, glow would only bleach.
        spread = spread[:, :3] * (1 - self.BLEACHED * spread[:, 3:])
        spread = F.interpolate(spread, scale_factor=2, mode="bilinear", align_corners=False)
        return self.GLOW * spread * (1 - self.MATT * given.maps[:, :1])


class Ink(Style):
    """Black and white: the cel head's lines, solid blacks, and screentones for the middle."""

    title, description = "Ink", "Manga in black and white: lines, solid blacks and screentone."
    # Lines and borders become smooth, dots stay dots.
    coherence = 0.6
    # Lightness at which dots grow, and by how many pixels of radius; below the last there is black.
    TONES = ((0.62, 2.7), (0.46, 0.45), (0.33, 0.55))
    NO_DOTS, BLACK = -1.3, 0.19
    # How much lightness counts against that around it (a wide Gaussian, in eighths of the size).
    AGAINST, AGAINST_BLACK, WIDE_RADIUS, WIDE_SIGMA = 0.45, 0.6, 6, 2.5
    TONE_EDGE, BLACK_EDGE, DOT_EDGE, LINE_EDGE = 45.0, 60.0, 4.5, 9.0
    # Skin lies in the middle of a tone, so that shade and not noise decides: paper for light skin, dots for
    # dark; which, turns at this lightness.
    LIGHT_SKIN, DARK_SKIN, SKIN_TURNS, SKIN_STEEP = 0.73, 0.38, 0.60, 25.0
    RADIUS, CALM = 2, 0.0006

    def __init__(self, students: Students) -> None:
        super().__init__(students)
        self.register_buffer("dots", screentone()[None, None])

    def finish(self, drawn: Drawn, given: Given) -> Tensor:
        """Decide paper, tone or black by the paint's lightness, and lay the lines on top."""
        tone = value(torch.clamp(drawn.paint, 0, 1))
        around = gaussian(F.avg_pool2d(value(given.photo), MULTIPLE), self.WIDE_RADIUS, self.WIDE_SIGMA)
        around = F.interpolate(around, scale_factor=2, mode="bilinear", align_corners=False)
        skin, near = value(given.maps[:, 5:8]), given.maps[:, :1]
        turned = torch.sigmoid(self.SKIN_STEEP * (skin - self.SKIN_TURNS))
        skin = near * (self.DARK_SKIN + (self.LIGHT_SKIN - self.DARK_SKIN) * turned) - skin

        # Tones lie in calm shapes: decided at a quarter of the size.
        calm = gaussian(F.avg_pool2d(tone, 4), 2, 0.8)
        calm = calm + self.AGAINST * (calm - around) + skin
        radius = sum(grow * torch.sigmoid(self.TONE_EDGE * (at - calm)) for at, grow in self.TONES)
        fields = torch.cat([radius + self.NO_DOTS, self.AGAINST_BLACK * around - torch.relu(skin)], 1)
        fields = F.interpolate(fields, scale_factor=4, mode="bilinear", align_corners=False)
        dots = F.conv_transpose2d(F.avg_pool2d(tone, MULTIPLE) * 0 + 1, self.dots, stride=MULTIPLE)
        paper = torch.sigmoid(self.DOT_EDGE * (dots - fields[:, :1]))

        # Blacks have brushed borders; eyes, brows and mouths keep theirs.
        half = F.avg_pool2d(tone, 2)
        shapes, _ = brushed(half, half, self.RADIUS, self.CALM)
        shapes = F.interpolate(shapes, scale_factor=2, mode="bilinear", align_corners=False)
        shapes = shapes + (tone - shapes) * features(given.maps, 1)
        crisp = (1 + self.AGAINST_BLACK) * shapes - fields[:, 1:]
        paper = paper * torch.sigmoid(self.BLACK_EDGE * (crisp - self.BLACK))
        lines = cover(drawn.ink, given.line_weight, shift=0.6)
        inked = paper * torch.sigmoid(self.LINE_EDGE * (0.45 - lines))
        return (1.05 * inked - 0.02).repeat(1, 3, 1, 1)


def value(picture: Tensor) -> Tensor:
    """How light a colour is drawn: strong colours, yellow too, get a tone where white gets paper."""
    return (1 - COLOUR_SHARE) * light(picture) + COLOUR_SHARE * picture.amin(1, keepdim=True)


def features(maps: Tensor, shrunk: int) -> Tensor:
    """Eyes, brows, mouths and nostrils, 0..1, at the picture's size divided by `shrunk`."""
    marks = maps[:, 1:5].amax(1, keepdim=True)
    return F.interpolate(marks, scale_factor=SCALE / shrunk, mode="bilinear", align_corners=False)


def brushed(picture: Tensor, grey: Tensor, radius: int, calm: float) -> tuple[Tensor, Tensor]:
    """A smooth Kuwahara filter: the mean of the calmest of four windows of `grey`; and the spread in all."""
    height, width = picture.shape[2:]
    moments = F.pad(torch.cat([picture, grey, grey * grey], 1), (radius,) * 4, mode="replicate")
    means = F.avg_pool2d(moments, radius + 1, 1)
    windows = [
        means[:, :, top : top + height, left : left + width] for top in (0, radius) for left in (0, radius)
    ]
    weights = []
    for window in windows:
        certain = 1 / (calm + torch.relu(window[:, -1:] - window[:, -2:-1] ** 2))
        certain = certain * certain
        weights.append(certain * certain)
    total = weights[0] + weights[1] + weights[2] + weights[3]
    colour = sum(window[:, :-2] * (weight / total) for window, weight in zip(windows, weights, strict=True))
    whole = (windows[0] + windows[1] + windows[2] + windows[3]) / 4
    return colour, torch.sqrt(torch.relu(whole[:, -1:] - whole[:, -2:-1] ** 2) + 1e-6)


def gaussian(picture: Tensor, radius: int, sigma: float) -> Tensor:
    """Gaussian blur of any channels, borders repeated."""
    taps = torch.exp(-(torch.arange(-radius, radius + 1).float() ** 2) / (2 * sigma * sigma))
    count = int(picture.shape[1])
    taps = (taps / taps.sum()).repeat(count, 1, 1, 1)
    picture = F.pad(picture, (radius,) * 4, mode="replicate")
    picture = F.conv2d(picture, taps, groups=count)
    return F.conv2d(picture, taps.transpose(2, 3), groups=count)


def screentone() -> Tensor:
    """How far each pixel of an 8 x 8 square is from the next dot's middle, in pixels; repeats without a seam.

    Two dots on a diagonal: rows at 45 degrees, 5.7 pixels apart.
    """
    at = torch.arange(MULTIPLE) + 0.5
    y, x = torch.meshgrid(at, at, indexing="ij")
    away = [
        torch.hypot(y - centre_y, x - centre_x)
        for dot in (MULTIPLE / 4, MULTIPLE * 3 / 4)
        for centre_y in (dot - MULTIPLE, dot, dot + MULTIPLE)
        for centre_x in (dot - MULTIPLE, dot, dot + MULTIPLE)
    ]
    return torch.stack(away).amin(0)


STYLES: dict[str, type[Style]] = {"cel": Cel, "soft": Soft, "sky": Sky, "ink": Ink}
