"""What is laid over the trained student when it ships: tones in steps, and steeper ink.

Fixed and without weights, tuned by eye on held-out photos. A net trained for few steps gives smooth shading
where its teacher cut hard tones; cutting them here gives the borders back.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own customary name)
from torch import Tensor, nn

from tools.train.student import Layers, Student, calmest, compose, luminance

# A mean of many possible drawings has softer lines than each of them: steepen the ink's logit.
INK_GAIN, INK_SHIFT = 2.0, 0.0
# Tones: eight steps from black to white, softly cut, mixed with the uncut lightness.
STEP, STEP_HARDNESS, STEP_SHARE = 0.125, 7.0, 0.8
# Borders of tones run smooth: the lightness to be cut is blurred (sigma, radius in pixels), then made crisp.
SMOOTH_SIGMA, SMOOTH_RADIUS, SMOOTH_PASSES = 2.0, 6, 2
# A pixel's colours are scaled by no more than this, or dark noise would be blown up.
LOWEST_RATIO, HIGHEST_RATIO, RATIO_FLOOR = 0.6, 1.6, 1e-3


class Cel(nn.Module):
    """What ships: photo in, drawing out."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student
        taps = torch.arange(-SMOOTH_RADIUS, SMOOTH_RADIUS + 1).float()
        taps = torch.exp(-(taps**2) / (2 * SMOOTH_SIGMA**2))
        self.register_buffer("taps", taps / taps.sum())

    def forward(self, photo: Tensor) -> Tensor:
        """Draw a batch of photos (NCHW, RGB 0..1), finished."""
        layers = self.student(photo)
        paint = torch.clamp(layers.paint, 0, 1)
        return compose(Layers(self.cut(paint), layers.ink), ink_gain=INK_GAIN, ink_shift=INK_SHIFT)

    def cut(self, paint: Tensor) -> Tensor:
        """Cut lightness into steps; hue and chroma follow it. Black and white stay."""
        light = luminance(paint)
        smooth = self.blur(light)
        for _ in range(SMOOTH_PASSES):
            smooth = calmest(smooth, smooth)
        level = torch.floor(smooth / STEP + 0.5) * STEP
        within = torch.tanh(STEP_HARDNESS * (smooth - level) / STEP)
        cut = level + STEP / 2 * within / torch.tanh(torch.tensor(STEP_HARDNESS / 2))
        ratio = (light + STEP_SHARE * (cut - smooth)) / (light + RATIO_FLOOR)
        return torch.clamp(paint * torch.clamp(ratio, LOWEST_RATIO, HIGHEST_RATIO), 0, 1)

    def blur(self, light: Tensor) -> Tensor:
        """Gaussian blur of one channel, borders repeated."""
        radius = SMOOTH_RADIUS
        light = F.conv2d(F.pad(light, (radius, radius, 0, 0), mode="replicate"), self.taps[None, None, None])
        return F.conv2d(
            F.pad(light, (0, 0, radius, radius), mode="replicate"), self.taps[None, None, :, None]
        )
