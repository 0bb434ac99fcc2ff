"""Edge flow of a picture, and filters that follow it: painting, and ink lines.

Pictures are float32 LAB of shape (height, width, 3), L in 0..100; maps are float32 of shape (height, width).
Flow-guided bilateral filter and difference of Gaussians after Kang, Lee and Chui (2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Scharr's 3x3 kernel sums to 32 per unit of slope.
SCHARR_SUM = 32


@dataclass(frozen=True, slots=True)
class Sample:
    """Where each pixel looks: absolute x and y, and how far that is along the path, in pixels."""

    x: Array
    y: Array
    distance: float


def blur(picture: Array, sigma: float) -> Array:
    """Gaussian blur; large ones run at a reduced size."""
    factor = max(1, int(sigma / 4))
    if factor == 1:
        return cv2.GaussianBlur(picture, (0, 0), float(sigma), borderType=cv2.BORDER_REPLICATE)
    height, width = picture.shape[:2]
    small = (max(2, width // factor), max(2, height // factor))
    reduced = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    reduced = cv2.GaussianBlur(reduced, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR)


def ramp(values: Array, low: float | Array, high: float | Array) -> Array:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def mean_where(picture: Array, mask: Array, sigma: float) -> Array:
    """Gaussian mean of `picture` over the pixels of `mask` only."""
    weight = np.maximum(blur(mask, sigma), 1e-4)
    if picture.ndim == 3:
        return blur(picture * mask[..., None], sigma) / weight[..., None]
    return blur(picture * mask, sigma) / weight


def tangents(lab: Array, sigma: float) -> tuple[Array, Array]:
    """Unit vectors along the edges: the smoothed colour structure tensor's minor axis."""
    soft = blur(lab, 1.0)
    across_x, across_y = (cv2.Scharr(soft, cv2.CV_32F, *order) / SCHARR_SUM for order in ((1, 0), (0, 1)))
    xx, xy, yy = (
        blur((a * b).sum(-1), sigma)
        for a, b in ((across_x, across_x), (across_x, across_y), (across_y, across_y))
    )
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return (-np.sin(angle)).astype(np.float32), np.cos(angle).astype(np.float32)


def streamlines(along_x: Array, along_y: Array, *, steps: int, length: float) -> list[Sample]:
    """Follow the flow from each pixel, `steps` of `length` pixels to both sides."""
    height, width = along_x.shape
    start_y, start_x = np.mgrid[0:height, 0:width].astype(np.float32)
    samples = []
    for sign in (1, -1):
        x, y, step_x, step_y = start_x, start_y, along_x * sign, along_y * sign
        for number in range(steps):
            x, y = x + step_x * length, y + step_y * length
            next_x, next_y = (look(field, x, y) for field in (along_x, along_y))
            # The tangent has no direction: keep going the way we came.
            turn = np.where(next_x * step_x + next_y * step_y < 0, -1, 1).astype(np.float32)
            norm = turn / (np.sqrt(next_x * next_x + next_y * next_y) + 1e-4)
            step_x, step_y = next_x * norm, next_y * norm
            samples.append(Sample(x, y, (number + 1) * length))
    return samples


def crosslines(along_x: Array, along_y: Array, *, steps: int) -> list[Sample]:
    """Straight samples across the flow, `steps` of one pixel to both sides."""
    height, width = along_x.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return [
        Sample(x + side * n * along_y, y - side * n * along_x, float(n))
        for side in (1, -1)
        for n in range(1, steps + 1)
    ]


def look(picture: Array, x: Array, y: Array) -> Array:
    """Read `picture` at fractional places; outside, its border goes on."""
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def mean_along(
    picture: Array, samples: list[Sample], sigma: float, *, colour_sigma: float | None = None
) -> Array:
    """Gaussian mean over `samples`; with `colour_sigma` only over like colours (a bilateral filter)."""
    total, weights = picture.copy(), np.ones(picture.shape[:2], np.float32)
    for sample in samples:
        there = look(picture, sample.x, sample.y)
        weight = np.full(weights.shape, np.exp(-(sample.distance**2) / (2 * sigma * sigma)), np.float32)
        if colour_sigma is not None:
            apart = (there - picture) ** 2
            apart = apart.sum(-1) if picture.ndim == 3 else apart
            weight = weight * np.exp(-apart / (2 * colour_sigma * colour_sigma))
        total += there * (weight[..., None] if picture.ndim == 3 else weight)
        weights += weight
    return total / (weights[..., None] if picture.ndim == 3 else weights)


def paint(lab: Array, *, rounds: int, colour_sigma: float, reach: float = 1.0) -> Array:
    """Flatten texture and straighten edges: bilateral means along the flow, then across it."""
    for _ in range(rounds):
        flow = tangents(lab, 3.0 * reach)
        lines = streamlines(*flow, steps=6, length=1.5 * reach)
        lab = mean_along(lab, lines, 5.0 * reach, colour_sigma=colour_sigma * 1.5)
        lab = mean_along(lab, crosslines(*flow, steps=4), 2.4, colour_sigma=colour_sigma)
    return lab


def lines(lightness: Array, flow: tuple[Array, Array], paths: list[Sample], *, sigma: float) -> Array:
    """How much darker each pixel is than what lies across the flow, in units of local contrast."""
    local = blur(lightness, 22.0)
    spread = np.sqrt(np.maximum(blur(lightness * lightness, 22.0) - local * local, 0))
    even = lightness * (10 / (0.5 * spread + 5.5))

    centre, centre_weight = even.copy(), 1.0
    around, around_weight = even.copy(), 1.0
    for sample in crosslines(*flow, steps=max(4, round(sigma * 4))):
        there = look(even, sample.x, sample.y)
        near = float(np.exp(-(sample.distance**2) / (2 * sigma**2)))
        far = float(np.exp(-(sample.distance**2) / (2 * (1.6 * sigma) ** 2)))
        centre, centre_weight = centre + there * near, centre_weight + near
        around, around_weight = around + there * far, around_weight + far
    darker = around / around_weight - centre / centre_weight
    return mean_along(darker.astype(np.float32), paths, 4.5)


def drop_specks(ink: Array, *, threshold: float, pixels: int) -> Array:
    """Erase strokes smaller than `pixels`: dust, pores, single hairs."""
    strokes = (ink > threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    small = np.zeros(count, bool)
    small[1:] = stats[1:, cv2.CC_STAT_AREA] < pixels
    erased = cv2.dilate(small[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    large = (~small)[labels] & (strokes > 0)
    return np.where((erased > 0) & ~large, 0, ink).astype(np.float32)
