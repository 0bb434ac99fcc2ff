"""Borders and lines drawn again along their course: what a net leaves ragged becomes one stroke.

A net decides pixel by pixel: its borders have steps, its lines gaps, and specks lie beside both. Here each
pixel near an edge becomes the mean of those along the edge, then is pressed towards its darker or lighter
neighbours across it, so that the border turns smooth and stays crisp. After coherence-enhancing shock
filters (Weickert 2003) and flow-based abstraction (Kang, Lee and Chui 2009). Pure: numpy only.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fedi.styles.catalogue import Strokes
from fedi.styles.tensors import Pixels

Field = NDArray[np.float32]
Places = NDArray[np.int32]
# Pixels of a band as they are gathered: (n, 4), the fourth of no meaning.
Quads = NDArray[np.uint8]

# How far a pixel looks along the edge, in pixels, and how the weight of what it sees falls.
REACH, FALL = 5, 3.0
# Across the edge, for the pressing.
ACROSS = (1, 2)
# Edges are found at half the size, their course over so many of its pixels (a standard deviation).
SIGMA = 1.25
# A slope less than this, in parts of the full range a pixel, is no edge: flat areas cost nothing.
LEAST_SLOPE = 0.025
# Beside light and dark, how much it counts that colours differ.
RED_AGAINST_BLUE = 0.4
# A picture is drawn in bands of so many rows: together they bound the memory.
BAND = 256
# A round looks this far along and across.
ROUND = REACH + max(ACROSS)
# Weights are whole numbers, so that sums are exact in 16 bits.
UNIT = 16


@dataclass(frozen=True, slots=True)
class Course:
    """Where edges run, at half the size: which pixels lie on one, and the unit vector along it (x, y)."""

    on_edge: NDArray[np.bool_]
    x: Field
    y: Field


def apply(pixels: Pixels, strokes: Strokes | None, *, threads: int = 1) -> Pixels:
    """Draw the borders of a picture (height, width, 3) again; without `strokes` it stays as it is."""
    if strokes is None or min(pixels.shape[:2]) < 2:
        return pixels
    course = find_course(pixels, strokes.coherence)
    if not course.on_edge.any():
        return pixels
    drawn = np.empty_like(pixels)
    draw = partial(_draw_band, pixels, drawn, course, strokes.rounds)
    bands = list(_bands(pixels.shape[0]))
    if threads == 1 or len(bands) == 1:
        for band in bands:
            draw(band)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(draw, bands))
    return drawn


def find_course(pixels: Pixels, coherence: float) -> Course:
    """Find the edges of a picture whose neighbourhood agrees on one direction by `coherence` or more.

    The minor axis of the structure tensor of lightness and of red against blue.
    """
    xx, xy, yy = (_smooth(each) for each in _tensor(pixels))
    strength, apart = xx + yy, (xx - yy) ** 2 + 4 * xy * xy
    on_edge = (strength > LEAST_SLOPE**2) & (apart > coherence**2 * strength * strength)
    angle = 0.5 * np.arctan2(2 * xy[on_edge], (xx - yy)[on_edge])
    x, y = np.zeros_like(xx), np.zeros_like(xx)
    x[on_edge], y[on_edge] = -np.sin(angle), np.cos(angle)
    return Course(on_edge=on_edge, x=x, y=y)


def _tensor(pixels: Pixels) -> tuple[Field, Field, Field]:
    """The products of both slopes (Scharr), summed over the two channels; at half the size."""
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    quarters = [pixels[top:height:2, left:width:2] for top in (0, 1) for left in (0, 1)]
    total = quarters[0].astype(np.uint16)
    for quarter in quarters[1:]:
        total += quarter
    red, green, blue = (total[..., channel].astype(np.float32) / np.float32(4 * 255) for channel in range(3))
    light = np.float32(0.30) * red + np.float32(0.59) * green + np.float32(0.11) * blue
    xx, xy, yy = (np.zeros(total.shape[:2], np.float32) for _ in range(3))
    for channel in (light, np.float32(RED_AGAINST_BLUE) * (red - blue)):
        wide = np.pad(channel, 1, mode="edge")
        across = wide[:, 2:] - wide[:, :-2]
        slope_x = (3 * (across[:-2] + across[2:]) + 10 * across[1:-1]) / np.float32(32)
        down = wide[2:] - wide[:-2]
        slope_y = (3 * (down[:, :-2] + down[:, 2:]) + 10 * down[:, 1:-1]) / np.float32(32)
        xx += slope_x * slope_x
        xy += slope_x * slope_y
        yy += slope_y * slope_y
    return xx, xy, yy


def _smooth(field: Field) -> Field:
    """A Gaussian mean, borders repeated."""
    radius = round(2.4 * SIGMA)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / SIGMA) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    for _ in range(2):
        wide = np.pad(field, ((radius, radius), (0, 0)), mode="edge")
        total = np.zeros_like(field)
        for at, tap in enumerate(taps):
            total += tap * wide[at : at + len(field)]
        field = total.T
    return np.ascontiguousarray(field)


def _bands(height: int) -> Iterator[slice]:
    for top in range(0, height, BAND):
        yield slice(top, min(top + BAND, height))


def _draw_band(pixels: Pixels, drawn: Pixels, course: Course, rounds: int, band: slice) -> None:
    """Draw the rows of `band` of `pixels` into `drawn`; what they need above and below is drawn with them."""
    height, width = pixels.shape[:2]
    halo = rounds * ROUND
    rows = slice(max(0, band.start - halo), min(height, band.stop + halo))
    # A quad a pixel, and a border that every look stays within.
    wide = np.zeros((rows.stop - rows.start + 2 * ROUND, width + 2 * ROUND, 4), np.uint8)
    above, below = min(ROUND, rows.start), min(ROUND, height - rows.stop)
    missing = (ROUND - above, ROUND - below), (ROUND, ROUND), (0, 0)
    wide[..., :3] = np.pad(pixels[rows.start - above : rows.stop + below], missing, mode="edge")
    flat = wide.view(np.uint32).reshape(-1)
    at, along, across = _looks(course, rows, width)
    if len(at):
        for _ in range(rounds):
            _put(flat, at, _mean_along(flat, at, along))
            _put(flat, at, _pressed(flat, at, across))
    inner = slice(ROUND + band.start - rows.start, ROUND + band.stop - rows.start)
    drawn[band] = wide[inner, ROUND:-ROUND, :3]


def _looks(course: Course, rows: slice, width: int) -> tuple[Places, list[Places], list[Places]]:
    """Which pixels of `rows` lie on an edge, as places in the band; how far off those along, across are."""
    high, wide = course.on_edge.shape
    # The last row and column of an odd side have no half of their own.
    half_rows = np.minimum(np.arange(rows.start, rows.stop) // 2, high - 1)
    half_columns = np.minimum(np.arange(width) // 2, wide - 1)
    y, x = (each.astype(np.int32) for each in np.nonzero(course.on_edge[half_rows][:, half_columns]))
    halves = half_rows.astype(np.int32)[y] * np.int32(wide) + half_columns.astype(np.int32)[x]
    step_x, step_y = course.x.reshape(-1).take(halves), course.y.reshape(-1).take(halves)
    stride = np.int32(width + 2 * ROUND)

    def off(right: Field, down: Field) -> Places:
        return np.rint(down).astype(np.int32) * stride + np.rint(right).astype(np.int32)

    along = [off(step_x * far, step_y * far) for far in range(1, REACH + 1)]
    across = [off(-step_y * far, step_x * far) for far in ACROSS]
    return (y + ROUND) * stride + (x + ROUND), along, across


def _at(flat: NDArray[np.uint32], places: Places) -> Quads:
    return flat.take(places).view(np.uint8).reshape(-1, 4)


def _put(flat: NDArray[np.uint32], places: Places, quads: Quads) -> None:
    flat[places] = np.ascontiguousarray(quads).view(np.uint32).reshape(-1)


def _mean_along(flat: NDArray[np.uint32], at: Places, along: list[Places]) -> Quads:
    weights = [round(UNIT * float(np.exp(-0.5 * (far / FALL) ** 2))) for far in range(REACH + 1)]
    whole = weights[0] + 2 * sum(weights[1:])
    total = _at(flat, at) * np.uint16(weights[0])
    for weight, off in zip(weights[1:], along, strict=True):
        both = _at(flat, at + off).astype(np.uint16)
        both += _at(flat, at - off)
        both *= np.uint16(weight)
        total += both
    total += np.uint16(whole // 2)
    total //= np.uint16(whole)
    return total.astype(np.uint8)


def _pressed(flat: NDArray[np.uint32], at: Places, across: list[Places]) -> Quads:
    """Each pixel as far again from the mean of its neighbours across, but not beyond the farthest of them."""
    middle = _at(flat, at)
    others = [_at(flat, at + off * np.int32(side)) for off in across for side in (1, -1)]
    low, high = np.minimum.reduce([middle, *others]), np.maximum.reduce([middle, *others])
    total = others[0].astype(np.int16)
    for other in others[1:]:
        total += other
    pressed = 2 * middle.astype(np.int16) - (total >> 2)
    return np.clip(pressed, low, high).astype(np.uint8)
