"""The student: a small net without norms that paints with a local palette; a trunk, a head for each painting.

Everywhere the picture has four candidate colours, smooth and coarse, and at full size three steep switches
that choose between them: flat areas and crisp borders come of themselves, where a net that regresses pixels
blurs. Ink is a logit of its own. Every output pixel depends on a bounded window (`HALO_PIXELS`), so tiles
with enough halo equal the whole. Sizes are multiples of `MULTIPLE`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from torch import Tensor, nn

from fedi.styles.facemaps import CHANNELS

MULTIPLE = 8
HALO_PIXELS = 96
# Features at half, quarter and eighth of the size, and at full size.
HALF, QUARTER, EIGHTH, FULL = 16, 32, 64, 8
# Each block looks two rings of the eighth further, the last ones three.
DILATIONS = (1, 2, 2)
# The untrained candidates: the photo's local colour made lighter and darker, so that it begins as a poster.
OFFSETS = (0.22, 0.07, -0.07, -0.22)
SHIFT = 0.5
# How often the coarse colours are flattened, edges kept: what the candidates start from has no texture.
FLATTENINGS = 3
# How steep the switches are; the same in training and at run time.
STEEP = 3.0


class Seen(NamedTuple):
    """What the trunk found in a batch: features at half and quarter size, and the photo's flat colours."""

    half: Tensor
    quarter: Tensor
    flat: Tensor


class Drawn(NamedTuple):
    """Batches of NCHW maps: `paint` (3 channels, 0..1 but not yet clipped), `ink` (1 channel, a logit)."""

    paint: Tensor
    ink: Tensor


class Trunk(nn.Module):
    """Photo and face maps to features."""

    def __init__(self) -> None:
        super().__init__()
        self.to_half = nn.Conv2d(3, HALF, 3, 2, 1)
        self.to_quarter = nn.Conv2d(HALF, QUARTER, 3, 2, 1)
        self.faces = nn.Conv2d(CHANNELS, QUARTER, 1, bias=False)
        self.to_eighth = nn.Conv2d(QUARTER, EIGHTH, 3, 2, 1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(EIGHTH, EIGHTH, 3, 1, 1),
                nn.ReLU(),
                nn.Conv2d(EIGHTH, EIGHTH, 3, 1, reach, dilation=reach),
            )
            for reach in DILATIONS
        )
        self.up = nn.Conv2d(EIGHTH, QUARTER, 1)
        self.merge = nn.Conv2d(QUARTER, QUARTER, 3, 1, 1)

    def forward(self, photo: Tensor, maps: Tensor) -> Seen:
        """Look at a batch of photos (RGB 0..1) with their face maps (fedi/styles/facemaps.py)."""
        half = F.relu(self.to_half(photo - 0.5))
        quarter = F.relu(self.to_quarter(half) + self.faces(maps))
        eighth = F.relu(self.to_eighth(quarter))
        for block in self.blocks:
            eighth = F.relu(eighth + block(eighth))
        # Nearest, then a convolution: a pixel shuffle leaves a checkerboard.
        up = F.interpolate(self.up(eighth), scale_factor=2, mode="nearest")
        flat = F.avg_pool2d(photo, 4)
        for _ in range(FLATTENINGS):
            flat = calmest(flat)
        return Seen(half, F.relu(self.merge(F.relu(up + quarter))), flat)


class Head(nn.Module):
    """Features and photo to one painting."""

    def __init__(self) -> None:
        super().__init__()
        self.colours = nn.Conv2d(QUARTER, 3 * len(OFFSETS), 3, 1, 1)
        self.up = nn.Conv2d(QUARTER, HALF, 1)
        self.merge = nn.Conv2d(HALF, HALF, 3, 1, 1)
        self.widen = nn.Conv2d(HALF, FULL, 1)
        self.look = nn.Conv2d(3, FULL, 5, 1, 2)
        self.sharpen = nn.Conv2d(FULL, FULL, 3, 1, 1)
        self.choose = nn.Conv2d(FULL, len(OFFSETS), 3, 1, 1)
        with torch.no_grad():
            self.colours.weight.mul_(0.3)
            self.colours.bias.copy_(torch.tensor([each / SHIFT for each in OFFSETS]).repeat_interleave(3))

    def forward(self, photo: Tensor, seen: Seen) -> Drawn:
        """Draw a batch."""
        flat = seen.flat.repeat(1, len(OFFSETS), 1, 1)
        colours = F.interpolate(
            flat + SHIFT * self.colours(seen.quarter), scale_factor=4, mode="bilinear", align_corners=False
        )
        half = F.relu(F.interpolate(self.up(seen.quarter), scale_factor=2, mode="nearest") + seen.half)
        half = F.relu(self.merge(half))
        full = F.interpolate(self.widen(half), scale_factor=2, mode="bilinear", align_corners=False)
        full = F.relu(full + self.look(photo - 0.5))
        chosen = self.choose(F.relu(full + self.sharpen(full)))
        switch = torch.sigmoid(STEEP * chosen[:, :3])
        light, lit, shade, dark = colours.split(3, 1)
        bright = lit + (light - lit) * switch[:, 1:2]
        dim = dark + (shade - dark) * switch[:, 2:3]
        return Drawn(dim + (bright - dim) * switch[:, 0:1], chosen[:, 3:])


def calmest(picture: Tensor) -> Tensor:
    """One pass of a smooth Kuwahara filter: a pixel takes after the calmest of four windows of 3 x 3."""
    height, width = picture.shape[2], picture.shape[3]
    light = 0.299 * picture[:, 0:1] + 0.587 * picture[:, 1:2] + 0.114 * picture[:, 2:3]
    moments = F.pad(torch.cat([picture, light, light * light], 1), (2,) * 4, mode="replicate")
    means = F.avg_pool2d(moments, 3, 1)
    colours, weights = [], []
    for top in (0, 2):
        for left in (0, 2):
            window = means[:, :, top : top + height, left : left + width]
            spread = torch.sqrt(torch.clamp(window[:, 4:5] - window[:, 3:4] ** 2, min=0) + 1e-7)
            weight = (0.02 + spread) ** -4
            colours.append(window[:, :3] * weight)
            weights.append(weight)
    return sum(colours[1:], colours[0]) / sum(weights[1:], weights[0])


class Students(nn.Module):
    """All paintings of the teacher from one look at the photo; each style ships with one head."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.heads = nn.ModuleDict({"cel": Head(), "soft": Head(), "sky": Head()})

    def forward(self, photo: Tensor, maps: Tensor) -> dict[str, Drawn]:
        """Draw a batch in every way."""
        seen = self.trunk(photo, maps)
        return {name: head(photo, seen) for name, head in self.heads.items()}
