"""Pixels to the float32 tensor a model wants, and back. Pure: numpy only.

Pixels are uint8 arrays of shape (height, width, 3), RGB; colours are float32 of the same shape, 0..255.
"""

import numpy as np
from numpy.typing import NDArray

from fedi.errors import StyleFailed
from fedi.styles.catalogue import Input

Pixels = NDArray[np.uint8]
Colours = NDArray[np.float32]
Tensor = NDArray[np.float32]

WHITE = 255.0


def to_tensor(pixels: Pixels, spec: Input) -> Tensor:
    """Pixels as a tensor of one picture in the manifest's layout, channel order and range."""
    low, high = spec.range
    ordered = pixels[..., ::-1] if spec.channels == "bgr" else pixels
    scaled = ordered.astype(np.float32) * np.float32((high - low) / WHITE) + np.float32(low)
    if spec.layout == "nchw":
        scaled = scaled.transpose(2, 0, 1)
    return np.ascontiguousarray(scaled[np.newaxis])


def to_colours(tensor: Tensor, spec: Input) -> Colours:
    """A model's answer as colours, not yet rounded or clipped. Raises StyleFailed if it is not a picture."""
    if tensor.ndim != 4 or tensor.shape[0] != 1 or tensor.shape[1 if spec.layout == "nchw" else 3] != 3:
        raise StyleFailed(f"The style's answer has the shape {list(tensor.shape)}, which is not a picture.")
    if not np.isfinite(tensor).all():
        raise StyleFailed("The style's answer holds values that are not numbers.")
    low, high = spec.range
    colours = tensor[0].transpose(1, 2, 0) if spec.layout == "nchw" else tensor[0]
    if spec.channels == "bgr":
        colours = colours[..., ::-1]
    scaled: Colours = (colours - np.float32(low)) * np.float32(WHITE / (high - low))
    return scaled


def to_pixels(colours: Colours) -> Pixels:
    """Colours rounded and clipped to what a picture can hold."""
    return np.clip(np.rint(colours), 0, WHITE).astype(np.uint8)


def pad(pixels: Pixels, height: int, width: int) -> Pixels:
    """Mirror the lower and right edges until the picture has this size, as models ask for multiples."""
    missing = (height - pixels.shape[0], width - pixels.shape[1])
    return (
        np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="reflect") if any(missing) else pixels
    )


def on_white(pixels: NDArray[np.uint8]) -> tuple[Pixels, Pixels]:
    """RGBA pixels as RGB on white, and their alpha (height, width): models know no transparency."""
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = (pixels[..., :3] * alpha + np.uint16(255) * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8), pixels[..., 3]
