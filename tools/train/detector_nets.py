"""The two small nets of the face detector: one finds faces in a picture, one places five points on a face.

Both are plain convolutions of small kernels, so that a CPU runs them in a few milliseconds.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from torch import Tensor, nn

STRIDE = 8
CROP_SIDE = 96
POINTS = 5


def block(before: int, after: int, *, stride: int = 1, kernel: int = 5) -> nn.Sequential:
    """A depthwise convolution, then a pointwise one: a tenth of a full one's work."""
    return nn.Sequential(
        nn.Conv2d(before, before, kernel, stride, kernel // 2, groups=before, bias=False),
        nn.BatchNorm2d(before),
        nn.Conv2d(before, after, 1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )


def full(before: int, after: int, *, stride: int = 1) -> nn.Sequential:
    """A full 3 x 3 convolution: where channels are few it is the faster one."""
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


class Finder(nn.Module):
    """A picture (N, 3, H, W; sides multiples of 32) to one map of (N, 15, H/8, W/8).

    Channels: the logit that a face's centre is here; the centre's offset in cells (x, y); the logarithms of
    the box's width and height in cells; five points, in units of the box's mean side, from the cell.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = full(3, 16, stride=2)
        self.quarter = full(16, 32, stride=2)
        self.eighth = nn.Sequential(full(32, 48, stride=2), block(48, 48), block(48, 48))
        self.sixteenth = nn.Sequential(block(48, 64, stride=2), block(64, 64), block(64, 64))
        self.deepest = nn.Sequential(block(64, 96, stride=2), block(96, 96), block(96, 96))
        self.from_deepest, self.from_sixteenth = nn.Conv2d(96, 64, 1), nn.Conv2d(64, 48, 1)
        self.merge_sixteenth, self.merge_eighth = block(64, 64), block(48, 64)
        self.head = nn.Sequential(block(64, 64), nn.Conv2d(64, 5 + 2 * POINTS, 1))
        # Faces are rare among cells: begin by expecting none.
        nn.init.constant_(self.head[-1].bias[:1], -4.0)

    def forward(self, image: Tensor) -> Tensor:
        """All maps as one tensor."""
        eighth = self.eighth(self.quarter(self.first(image - 0.5)))
        sixteenth = self.sixteenth(eighth)
        deepest = self.from_deepest(self.deepest(sixteenth))
        sixteenth = self.merge_sixteenth(sixteenth + F.interpolate(deepest, scale_factor=2.0))
        coarse = F.interpolate(self.from_sixteenth(sixteenth), scale_factor=2.0)
        return self.head(self.merge_eighth(eighth + coarse))


class Placer(nn.Module):
    """Crops around faces (N, 3, 96, 96) to five points (N, 5, 2; 0..1 of the crop) and a logit (N) of a face.

    A point is the centre of gravity of its own heat map, so a face in another place gives other points by
    construction and few faces suffice to learn it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = full(3, 16, stride=2)
        self.quarter = nn.Sequential(full(16, 32, stride=2), full(32, 32))
        self.eighth = nn.Sequential(block(32, 64, stride=2), block(64, 64), block(64, 64))
        self.deepest = nn.Sequential(block(64, 96, stride=2), block(96, 96))
        self.from_deepest, self.from_eighth = nn.Conv2d(96, 64, 1), nn.Conv2d(64, 32, 1)
        self.merge_eighth = block(64, 64)
        self.merge_quarter = nn.Sequential(full(32, 32), nn.Conv2d(32, POINTS, 1))
        self.face = nn.Linear(96, 1)
        side = CROP_SIDE // 4
        self.register_buffer("axis", (torch.arange(side) + 0.5) / side)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Points and logits."""
        quarter = self.quarter(self.first(crops - 0.5))
        eighth = self.eighth(quarter)
        deepest = self.deepest(eighth)
        logit = self.face(deepest.mean((2, 3)))[:, 0]
        eighth = self.merge_eighth(eighth + F.interpolate(self.from_deepest(deepest), scale_factor=2.0))
        heat = self.merge_quarter(quarter + F.interpolate(self.from_eighth(eighth), scale_factor=2.0))
        share = torch.softmax(heat.flatten(2), 2).reshape(heat.shape)
        x = (share.sum(2) * self.axis).sum(2)
        y = (share.sum(3) * self.axis).sum(2)
        return torch.stack([x, y], 2), logit
