"""Keep a drawing still where its film stands still: the same lines on every frame, in spite of noise.

A style answers the least grain of a photo with other lines, so a still scene drawn frame by frame boils. Here
the frame that is drawn holds on to what was seen before wherever nothing has happened, and the drawing holds
on to its own lines there. What happens is told from noise by blocks: the noise of a frame is the median of
all blocks' differences, for most of a scene is no event.

Arrays: frames are uint8 (height, width, channels), shares float32 0..1 of how new each block is.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]
Share = NDArray[np.float32]

# Of 8 pixels lines are still told from blank paper, and noise is averaged over 64 of them.
BLOCK = 8
# A block is new once its difference is so many times the noise, and wholly new so many levels above that.
NOISE_FACTOR, SPAN = 1.5, 8.0
# A camera's noise; beyond it, everything moves.
LEAST_NOISE, MOST_NOISE = 0.7, 12.0
# The same for the mean of a block, which shows slow changes of light.
SHIFT_LEVELS, SHIFT_NOISE, SHIFT_SPAN = 1.5, 0.5, 4.0


class Steady:
    """What was seen and drawn so far of one film."""

    def __init__(self) -> None:
        self.seen: Pixels | None = None
        self._drawn: Pixels | None = None
        self._share: Share | None = None

    def look(self, frame: Pixels) -> bool:
        """Take in the next frame; `seen` is then what to draw. False when nothing happened: draw nothing."""
        if self.seen is None or self.seen.shape != frame.shape:
            self.seen, self._share = frame, None
            return True
        share = news(self.seen, frame)
        if not share.any():
            return False
        self.seen, self._share = mixed(self.seen, frame, share), share
        return True

    def settle(self, drawn: Pixels) -> Pixels:
        """Take in the drawing of `seen` and give it with its old lines where nothing happened."""
        if self._drawn is not None and self._share is not None and self._drawn.shape == drawn.shape:
            drawn = mixed(self._drawn, drawn, self._share)
        self._drawn = drawn
        return drawn


def news(before: Pixels, after: Pixels) -> Share:
    """How new each block of a frame is: 0 (noise alone) to 1, with a margin around what is new."""
    difference = premultiplied(after) - premultiplied(before)
    squares, means = blocks(np.square(difference)).mean(axis=2), np.abs(blocks(difference)).max(axis=2)
    distance = np.sqrt(squares)
    noise = float(np.clip(np.median(distance), LEAST_NOISE, MOST_NOISE))
    events = (distance - NOISE_FACTOR * noise) / SPAN
    shifts = (means - SHIFT_LEVELS - SHIFT_NOISE * noise) / SHIFT_SPAN
    share: Share = np.clip(np.maximum(events, shifts), 0, 1).astype(np.float32)
    if not share.any():
        return share
    # What is near an event is drawn differently; beyond that, the old lines fade into the new ones.
    wide = Image.fromarray((share * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(3))
    soft = np.asarray(wide.filter(ImageFilter.BoxBlur(1)), np.float32) / 255
    result: Share = np.maximum(soft, share)
    return result


def mixed(before: Pixels, after: Pixels, share: Share) -> Pixels:
    """`before` with `share` of `after`, which has the same shape; exactly `before` where the share is 0."""
    height, width = before.shape[:2]
    size = (-(-width // BLOCK) * BLOCK, -(-height // BLOCK) * BLOCK)
    scaled = size if share.shape == (size[1] // BLOCK, size[0] // BLOCK) else (width, height)
    grown = np.asarray(Image.fromarray(share).resize(scaled, Image.Resampling.BILINEAR))
    weight = grown[:height, :width, None]
    result: Pixels = np.rint(before + weight * (after.astype(np.float32) - before)).astype(np.uint8)
    return result


def premultiplied(frame: Pixels) -> NDArray[np.float32]:
    """Colours as they show, the alpha with them: what is transparent has no colour."""
    colours: NDArray[np.float32] = frame.astype(np.float32)
    if frame.shape[2] == 4:
        colours[..., :3] *= colours[..., 3:] / 255
    return colours


def blocks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each block and channel; blocks at the right and lower edges are filled with the edge."""
    height, width, channels = values.shape
    missing = ((0, -height % BLOCK), (0, -width % BLOCK), (0, 0))
    padded = np.pad(values, missing, mode="edge")
    rows, columns = padded.shape[0] // BLOCK, padded.shape[1] // BLOCK
    means: NDArray[np.float32] = padded.reshape(rows, BLOCK, columns, BLOCK, channels).mean(axis=(1, 3))
    return means
