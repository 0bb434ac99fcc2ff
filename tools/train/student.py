"""The student: a small net without norms over fixed painting and stroke stages; paint and ink are layers.

Crisp decisions survive the distillation because steep functions make them, not regression: ink is a logit on
top of strokes found by fixed filters, and tones switch through steep functions between smooth colours. Every
output pixel depends on a bounded window, so tiles with enough halo equal the whole. Sizes are multiples of
`MULTIPLE`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from torch import Tensor, nn

from tools.train.teacher import INK_COLOUR, INK_CUT, INK_KEEPS

MULTIPLE = 8
# Window of the fixed painting filter: pixels to each side, and how often it runs.
PAINT_RADIUS, PAINT_PASSES = 2, 3
# The fixed line finder: strokes of this many directions, on windows of this radius; widths in pixels.
DIRECTIONS, STROKE_RADIUS = 8, 6
STROKE_WIDTH, STROKE_LENGTH = 1.0, 3.0
# The teacher's own threshold and scale (`teacher.INK_CUT`, `flow.lines`), for lightness in 0..1.
CONTRAST_SHARE, CONTRAST_FLOOR, CONTRAST_SCALE = 0.5, 0.055, 10.0
INK_SLOPE = 4.0
# How steeply a tone switches; the same in training and at run time.
TONE_GAIN = 6.0


class Layers(NamedTuple):
    """Batches of NCHW maps: `paint` (3 channels, 0..1 but not yet clipped) and `ink` (1 channel, a logit)."""

    paint: Tensor
    ink: Tensor


class Kuwahara(nn.Module):
    """A smooth Kuwahara filter: each pixel takes the mean of the calmest of its four windows."""

    def forward(self, picture: Tensor) -> Tensor:
        """Paint a batch of RGB pictures."""
        for _ in range(PAINT_PASSES):
            picture = calmest(picture, luminance(picture))
        return picture


def luminance(picture: Tensor) -> Tensor:
    """The lightness of RGB pictures (Rec. 601 weights), one channel."""
    weights = torch.tensor([0.299, 0.587, 0.114], device=picture.device)[None, :, None, None]
    return (picture * weights).sum(1, keepdim=True)


def calmest(picture: Tensor, light: Tensor) -> Tensor:
    """One pass of the smooth Kuwahara filter over any channels; `light` says which windows are calm."""
    height, width = picture.shape[2], picture.shape[3]
    moments = F.pad(torch.cat([picture, light, light * light], 1), (PAINT_RADIUS,) * 4, mode="replicate")
    means = F.avg_pool2d(moments, PAINT_RADIUS + 1, 1)
    total, weights = 0.0, 0.0
    for top in (0, PAINT_RADIUS):
        for left in (0, PAINT_RADIUS):
            window = means[:, :, top : top + height, left : left + width]
            colour, mean, square = window[:, :-2], window[:, -2:-1], window[:, -1:]
            spread = torch.sqrt(torch.clamp(square - mean * mean, min=0) + 1e-7)
            calm = 1.0 / (0.02 + spread)
            calm = calm * calm
            weight = calm * calm
            total, weights = total + colour * weight, weights + weight
    return total / weights


class Strokes(nn.Module):
    """How strongly a dark stroke of any direction runs through each pixel, in units of the local contrast."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernels", stroke_kernels())

    def forward(self, picture: Tensor) -> Tensor:
        """Find strokes in a batch of RGB pictures; one channel, about -1..3."""
        light = luminance(picture)
        response = F.conv2d(F.pad(light, (STROKE_RADIUS,) * 4, mode="replicate"), self.kernels)
        response = response.amax(1, keepdim=True)
        moments = F.avg_pool2d(torch.cat([light, light * light], 1), MULTIPLE)
        moments = F.avg_pool2d(moments, 5, 1, 2, count_include_pad=False)
        spread = torch.sqrt(torch.clamp(moments[:, 1:] - moments[:, :1] ** 2, min=1e-6))
        spread = F.interpolate(spread, scale_factor=MULTIPLE, mode="bilinear", align_corners=False)
        return response * (CONTRAST_SCALE / (CONTRAST_SHARE * spread + CONTRAST_FLOOR))


def stroke_kernels() -> Tensor:
    """Elongated differences of Gaussians: bright flanks minus a dark middle, in `DIRECTIONS` directions."""
    grid = torch.arange(-STROKE_RADIUS, STROKE_RADIUS + 1).float()
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    kernels = []
    for number in range(DIRECTIONS):
        angle = torch.tensor(math.pi * number / DIRECTIONS)
        along = x * torch.cos(angle) + y * torch.sin(angle)
        across = y * torch.cos(angle) - x * torch.sin(angle)
        length = torch.exp(-(along**2) / (2 * STROKE_LENGTH**2))
        thin = length * torch.exp(-(across**2) / (2 * STROKE_WIDTH**2))
        wide = length * torch.exp(-(across**2) / (2 * (1.6 * STROKE_WIDTH) ** 2))
        kernels.append(wide / wide.sum() - thin / thin.sum())
    return torch.stack(kernels)[:, None]


class Block(nn.Module):
    """A residual block: widen, look around per channel, narrow. No norm; the last layer starts small."""

    def __init__(self, channels: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        inner = 2 * channels
        self.widen = nn.Conv2d(channels, inner, 1)
        self.look = nn.Conv2d(
            inner, inner, kernel, padding=kernel // 2 * dilation, dilation=dilation, groups=inner
        )
        self.narrow = nn.Conv2d(inner, channels, 1)
        with torch.no_grad():
            self.narrow.weight.mul_(0.3)
            self.narrow.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return x + self.narrow(F.relu(self.look(F.relu(self.widen(x)))))


class Student(nn.Module):
    """Photo in, layers out. Widths are per scale: half, quarter and eighth of the picture's size."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.base = Kuwahara()
        self.strokes = Strokes()
        self.to_half = nn.Conv2d(7, half, 4, 2, 1)
        self.to_quarter = nn.Conv2d(half, quarter, 3, 2, 1)
        self.quarter_down = Block(quarter, 5)
        self.to_eighth = nn.Conv2d(quarter, eighth, 3, 2, 1)
        self.trunk = nn.Sequential(*(Block(eighth, 5, dilation) for dilation in (1, 2, 1, 2, 1)))
        self.from_eighth = nn.Conv2d(eighth, quarter, 1)
        self.quarter_up = Block(quarter, 5)
        self.smooth = nn.Conv2d(quarter, 9, 3, 1, 1)
        self.from_quarter = nn.Conv2d(quarter, half, 1)
        self.half_up = nn.Conv2d(half, half, 3, 1, 1)
        self.narrow = nn.Conv2d(half, 16, 3, 1, 1)
        self.full = nn.Conv2d(23, 16, 3, 1, 1)
        self.head = nn.Conv2d(16, 7, 3, 1, 1)
        with torch.no_grad():
            # Start near the fixed painting and the fixed strokes.
            self.smooth.weight.mul_(0.2)
            self.head.weight.mul_(0.3)
            self.head.bias.copy_(torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.5]))

    def fixed(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """The stages without weights: the painting (3 channels) and the strokes found in it (1 channel)."""
        base = self.base(photo)
        return base, self.strokes(base)

    def forward(self, photo: Tensor) -> Layers:
        """Draw a batch of photos (NCHW, RGB 0..1)."""
        return self.finish(photo, *self.fixed(photo))

    def finish(self, photo: Tensor, base: Tensor, strokes: Tensor) -> Layers:
        """What is learned, after the fixed stages."""
        both = torch.cat([photo, base, strokes], 1)
        half = F.relu(self.to_half(both - 0.5))
        quarter = self.quarter_down(F.relu(self.to_quarter(half)))
        deep = self.trunk(F.relu(self.to_eighth(quarter)))
        quarter = self.quarter_up(F.relu(twice(self.from_eighth(deep)) + quarter))
        half = F.relu(self.half_up(F.relu(twice(self.from_quarter(quarter)) + half)))
        full = F.relu(self.full(torch.cat([twice(F.relu(self.narrow(half))), both], 1)))
        head = self.head(full)

        # Flat colours without edges, two switches with them, and a gate that lays them over the painting.
        smooth = self.smooth(quarter)
        smooth = torch.cat([smooth[:, :3] + F.avg_pool2d(base, 4), smooth[:, 3:]], 1)
        smooth = F.interpolate(smooth, scale_factor=4, mode="bilinear", align_corners=False)
        first, second = (torch.tanh(TONE_GAIN * head[:, n : n + 1]) for n in (3, 4))
        flat = smooth[:, :3] + first * smooth[:, 3:6] + second * smooth[:, 6:]
        paint = base + head[:, :3] + torch.sigmoid(head[:, 6:]) * (flat - base)
        return Layers(paint, INK_SLOPE * (head[:, 5:6] + strokes - INK_CUT))


def twice(x: Tensor) -> Tensor:
    """Double the size by repeating pixels; the convolution that follows smooths, without a checkerboard."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def compose(layers: Layers, *, ink_gain: float, ink_shift: float) -> Tensor:
    """Lay the ink over the paint, as the teacher does; the logit is first steepened, and shifted."""
    paint = torch.clamp(layers.paint, 0, 1)
    cover = torch.sigmoid((layers.ink + ink_shift) * ink_gain)
    colour = torch.tensor(INK_COLOUR, device=paint.device)[None, :, None, None]
    return torch.clamp(paint * (1 - cover) + (paint * INK_KEEPS + colour) * cover, 0, 1)
