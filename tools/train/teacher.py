"""The teacher: slow classical drawing of one photograph, made to be imitated by small nets.

It returns layers: three paintings without lines (cel: flat tones; soft: pastel; sky: luminous scenery) and
the ink (how much line covers each pixel): a net learns each of them better than a finished drawing. No
trained weights apart from the face points it is handed. Everything runs at half again the photo's size, so
edges and lines come out antialiased.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.train.faces import Face
from tools.train.flow import (
    SCHARR_SUM,
    Array,
    blur,
    drop_specks,
    lines,
    mean_along,
    mean_where,
    paint,
    ramp,
    streamlines,
    tangents,
)

# Work at this multiple of the photo's size.
OVERSAMPLE = 1.5
# A face smaller than this share of the picture's longer side gets no treatment of its own.
SMALLEST_EYE_DISTANCE = 0.045
# How dark, in units of local contrast, a line must be to be drawn.
INK_CUT = 0.42
# Ink is this much of the colour under it, plus a warm black; the student composes its layers the same way.
INK_KEEPS = 0.22
INK_COLOUR = (0.045, 0.02, 0.03)


@dataclass(frozen=True, slots=True)
class Layers:
    """What the teacher drew, uint8, of the photo's size: paintings (h, w, 3) and `ink` (h, w)."""

    cel: NDArray[np.uint8]
    soft: NDArray[np.uint8]
    sky: NDArray[np.uint8]
    ink: NDArray[np.uint8]


def draw(rgb: NDArray[np.uint8], faces: list[Array]) -> Layers:
    """Draw a uint8 RGB photo; `faces` are rows of five points as `faces.detect` gives them."""
    height, width = rgb.shape[:2]
    large = (round(width * OVERSAMPLE), round(height * OVERSAMPLE))
    big = cv2.resize(rgb, large, interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    lab = cv2.cvtColor(big, cv2.COLOR_RGB2LAB)

    calm = paint(lab, rounds=2, colour_sigma=5.5)
    flat = paint(calm, rounds=3, colour_sigma=9.5, reach=1.2)
    flow = tangents(calm, 4.0)
    paths = streamlines(*flow, steps=7, length=1.4)
    ink = lines(calm[..., 0], flow, paths, sigma=1.4)
    tones = steps(flat, paths)
    # Foliage and knitwear would be all line: where lines crowd, only the strongest stay.
    crowd = blur((ink > INK_CUT).astype(np.float32), 18.0)
    cut = INK_CUT + 0.9 * ramp(crowd, 0.16, 0.42)

    for points in faces:
        face = Face(points * OVERSAMPLE, ink.shape)
        if face.unit >= SMALLEST_EYE_DISTANCE * max(large):
            tones, cut = draw_face(tones, cut, calm, flat, face)

    ink = np.tanh(np.maximum(ink - cut, 0) * 1.5)
    ink = drop_specks(ink.astype(np.float32), threshold=0.25, pixels=40)
    layers = (to_rgb(grade(tones)), to_rgb(pastel(tones, flat)), scenery(calm, flat, paths), ink)
    return Layers(*(to_size(layer, rgb.shape) for layer in layers))


def pastel(tones: Array, flat: Array) -> Array:
    """The soft style's colours, LAB: tones half melted together, shadows lifted, a breath of warmth."""
    out = 0.55 * blur(tones, 1.2) + 0.45 * blur(flat, 1.2)
    lightness = np.clip(out[..., 0], 0, 100)
    # Dark tones are lifted least: dark skin stays dark.
    out[..., 0] = lightness + 0.30 * (100 - lightness) * ramp(lightness, 12, 70)
    chroma = np.hypot(out[..., 1], out[..., 2])
    out[..., 1:] *= (1.05 - 0.35 * ramp(chroma, 30, 80))[..., None]
    light = ramp(lightness, 45, 85)
    # Rose in the lights, lavender in the shadows.
    out[..., 1] += 1.5 + 2.0 * light
    out[..., 2] += -3.5 * (1 - light) + 2.0 * light
    return out.astype(np.float32)


def scenery(calm: Array, flat: Array, paths: list) -> Array:
    """The sky style, RGB 0..1: broad strokes, clean gradients, cool shadows, warm lights, and their glow."""
    broad = paint(flat, rounds=1, colour_sigma=8.0, reach=1.2)
    even = blur(broad[..., 0], 1.5)
    slopes = [cv2.Scharr(even, cv2.CV_32F, *order) / SCHARR_SUM for order in ((1, 0), (0, 1))]
    busy = ramp(blur(np.hypot(*slopes), 4.0), 0.06, 0.3)[..., None]
    # Skies and walls become one gradient; what is busy keeps its strokes and a little of its texture.
    clean = blur(broad, 5.0)
    out = clean + (broad + 0.45 * (calm - broad) - clean) * busy
    # Edges of shapes are cut clean.
    out[..., 0] += 0.6 * (out[..., 0] - blur(out[..., 0], 2.5)) * busy[..., 0]
    lightness = np.clip(out[..., 0], 0, 100)
    curve = lightness + 7.0 * np.sin(np.pi * np.clip((lightness - 10) / 90, 0, 1))
    out[..., 0] = curve - 3.0 * np.sin(2 * np.pi * lightness / 100)
    chroma = np.hypot(out[..., 1], out[..., 2])
    out[..., 1:] *= (1 + 0.55 * (1 - ramp(chroma, 20, 80)))[..., None]
    light = ramp(lightness, 40, 85)
    out[..., 1] += 1.5 * light - 0.5 * (1 - light)
    out[..., 2] += 4.0 * light - 6.0 * (1 - light) * ramp(lightness, 2, 20)
    colour = to_rgb(out)
    bright = colour * ramp(colour.max(-1), 0.72, 1.0)[..., None]
    glow = 0.45 * blur(bright, 14.0) + 0.25 * blur(bright, 5.0)
    return (1 - (1 - colour) * (1 - np.clip(glow, 0, 1) * 0.55)).astype(np.float32)


def to_rgb(lab: Array) -> Array:
    """LAB as RGB 0..1."""
    return np.clip(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1)


def to_size(layer: Array, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Bring a layer back to the photo's size, as uint8."""
    small = cv2.resize(layer, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.clip(small * 255 + 0.5, 0, 255).astype(np.uint8)


def steps(flat: Array, paths: list) -> Array:
    """Cel tones anywhere: lightness in steps whose edges are hard only where the photo has an edge.

    A fixed hardness draws false contours across skies and walls.
    """
    height = 12.0
    lightness = mean_along(flat[..., 0], paths, 6.0)
    even = blur(lightness, 1.5)
    slopes = [cv2.Scharr(even, cv2.CV_32F, *order) / SCHARR_SUM for order in ((1, 0), (0, 1))]
    slope = blur(np.hypot(*slopes), 2.5)
    hard = 1.0 + 7.0 * ramp(slope, 0.15, 1.2)
    level = (np.floor(lightness / height) + 0.5) * height
    within = (lightness - level) / height
    stepped = level + 0.5 * height * np.tanh(hard * within) / np.tanh(hard * 0.5)
    # Strands of hair and folds of cloth, joined along the flow, stay on top of the steps.
    strands = mean_along(flat[..., 0] - blur(flat[..., 0], 8.0), paths, 10.0)
    out = flat.copy()
    out[..., 0] = 0.25 * flat[..., 0] + 0.75 * stepped + np.clip(0.6 * strands, -5, 7)
    return out


def draw_face(tones: Array, cut: Array, calm: Array, flat: Array, face: Face) -> tuple[Array, Array]:
    """Lay flat skin, clear features and bright eyes over `tones`; keep ink off smooth skin."""
    skin, colour = skin_of(flat, face)
    flat = without_shine(flat, colour, face)
    tones = without_shine(tones, colour, face)
    eyes, brows, mouth, nostrils = features(face)
    inside = face.ellipse((face.turn * 0.25, 0.5), (1.1, 1.4), 0.1)

    open_skin = skin * (1 - np.clip(eyes + brows + mouth + nostrils, 0, 1))
    around = mean_where(flat[..., 0], open_skin**2 + 1e-4, 0.20 * face.unit)
    dark = np.maximum(around - calm[..., 0], 0)
    keep = np.clip(eyes + brows + mouth + nostrils + ramp(dark, 9, 17), 0, 1)

    smooth = skin_tones(flat, skin, keep, face)
    detail = calm.copy()
    detail[..., 0] = around + (calm[..., 0] - around) * 1.15
    detail[..., 1:] *= 1.12
    detail = bright_eyes(detail, around, eyes, face)
    detail = clear_lips(detail, colour, mouth, face)

    # What has another colour stays as it is, but for highlights.
    odd = ramp(np.hypot(calm[..., 1] - colour[1], calm[..., 2] - colour[2]), 14, 24)
    odd = odd * (1 - ramp(calm[..., 0] - around, 0, 6) * face.ellipse((face.turn * 0.3, 0.3), (0.9, 1.2)))
    lighter = ramp(calm[..., 0] - around, 5, 13) * mouth
    shows = np.maximum.reduce(
        [
            ramp(dark, 4, 12) * np.clip(eyes + brows + mouth, 0, 1),
            ramp(dark, 8, 17) * np.clip(nostrils + 0.35, 0, 1),
            eyes * ramp(np.abs(calm[..., 0] - around), 2, 6),
            lighter,
            redness(calm, colour) * mouth,
            odd * 0.9,
        ]
    )
    drawn = smooth + (detail - smooth) * shows[..., None]
    cover = ramp(skin, 0.3, 0.7)
    cover = np.maximum(cover, inside * np.clip(eyes + mouth, 0, 1) * ramp(skin, 0.02, 0.2))
    tones = tones + (drawn - tones) * cover[..., None]

    quiet = skin * inside * (1 - np.clip(1.1 * eyes + 0.9 * brows + mouth + nostrils, 0, 1))
    return tones, cut + 1.0 * quiet


def features(face: Face) -> tuple[Array, Array, Array, Array]:
    """Soft maps of the eyes, the brows, the mouth and the nostrils."""
    eyes = np.maximum(*(face.ellipse(eye, (0.40, 0.25)) for eye in face.eyes))
    brows = np.maximum(*(face.ellipse(eye + np.float32([0, -0.36]), (0.48, 0.22)) for eye in face.eyes))
    mouth = face.ellipse(face.mouth, (face.mouth_width * 0.5 + 0.15, 0.28))
    nostrils = face.ellipse(face.nose + np.float32([0, 0.12]), (0.26, 0.13), 0.3)
    return eyes, brows, mouth, nostrils


def without_shine(lab: Array, colour: Array, face: Face) -> Array:
    """Bring highlights on forehead, nose and cheeks near the skin's colour: they become white patches."""
    upper = face.ellipse((face.turn * 0.25, -0.1), (0.85, 0.95), 0.2)
    excess = lab[..., 0] - colour[0]
    # What is far lighter than skin is hair, a lens or a tooth; on dark skin a highlight is lighter than that.
    most = 40 + 0.7 * (70 - colour[0])
    shine = upper * ramp(excess, 5, 12) * (1 - ramp(excess, most, most + 20))
    target = lab.copy()
    target[..., 0] = colour[0] + 7 + 0.15 * excess
    target[..., 1:] = 0.5 * lab[..., 1:] + 0.5 * colour[1:]
    return (lab + (target - lab) * shine[..., None]).astype(np.float32)


def skin_of(flat: Array, face: Face) -> tuple[Array, Array]:
    """A soft map of skin, and the skin's middle colour.

    Colour decides, measured from the cheeks and nose; place says how far colour is to be believed. Beards and
    white hair merely count as not skin and keep their painted look.
    """
    cheeks = (np.abs(face.u) < 0.62) & (face.v > 0.25) & (face.v < 0.8)
    sample = flat[cheeks]
    if len(sample) < 50:
        return np.zeros(flat.shape[:2], np.float32), np.float32([60, 12, 16])
    light = sample[:, 0] > np.percentile(sample[:, 0], 25)
    colour = np.median(sample[light], 0)

    apart = flat - colour
    # Shade changes lightness much, and hue a little: towards red.
    lightness = np.where(apart[..., 0] > 0, 32, 14 + 0.26 * colour[0])
    # A highlight loses colour as it gains light, and is still skin.
    paler = np.clip(apart[..., 0], 0, 25)
    reds = np.where(apart[..., 1] > 0, 12, 8.5 + 0.35 * paler)
    yellows = np.where(apart[..., 2] > 0, 12, 13 + 0.35 * paler)
    far = np.sqrt(((apart / np.stack([lightness, reds, yellows], -1)) ** 2).sum(-1))
    alike = 1 - ramp(far.astype(np.float32), 1.0, 1.9)

    centre = (face.turn * 0.2, 0.45)
    near = 1 - ramp(np.hypot((face.u - centre[0]) / 1.25, (face.v - centre[1]) / 1.65), 0.85, 1.25)
    neck = (1 - ramp(np.abs(face.u), 0.9, 1.4)) * ramp(face.v, 0.8, 1.2) * (1 - ramp(face.v, 2.8, 3.6))
    skin = alike * np.clip(np.maximum(near, neck), 0, 1)
    # A body further down may be bare as well, if it is very much alike.
    limbs = (1 - ramp(far.astype(np.float32), 0.6, 1.1)) * ramp(face.v, 1.0, 2.0)
    skin = np.maximum(skin, 0.85 * limbs * (1 - ramp(np.abs(face.u), 2.2, 4.0)))
    skin = cv2.medianBlur((skin * 255).astype(np.uint8), 9).astype(np.float32) / 255
    return guided(flat[..., 0] / 100, skin, radius=6, smooth=4e-4), colour.astype(np.float32)


def guided(guide: Array, mask: Array, *, radius: int, smooth: float) -> Array:
    """He's guided filter: fit the mask's edges to the guide's."""
    size = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_mask = cv2.blur(guide, size), cv2.blur(mask, size)
    slope = (cv2.blur(guide * mask, size) - mean_guide * mean_mask) / (
        cv2.blur(guide * guide, size) - mean_guide**2 + smooth
    )
    offset = mean_mask - slope * mean_guide
    return np.clip(cv2.blur(slope, size) * guide + cv2.blur(offset, size), 0, 1).astype(np.float32)


def skin_tones(flat: Array, skin: Array, keep: Array, face: Face) -> Array:
    """Flat skin: light, shade and deep shade of the person's own colours, with crisp borders."""
    weight = (skin * (1 - keep)) ** 2
    soft = mean_where(flat[..., 0], weight.astype(np.float32), 0.11 * face.unit)
    chosen = (skin > 0.6) & (keep < 0.3) & (np.abs(face.u) < 1.2) & (face.v > -1.1) & (face.v < 1.9)
    if chosen.sum() < 300:
        return flat.copy()
    values = soft[chosen]
    # Light from above shades a face gradually; only what is left of it after that makes a border.
    tilt = float(np.polyfit(face.v[chosen], values, 1)[0])
    soft = soft - 0.75 * min(tilt, 0.0) * np.clip(face.v, -1.0, 1.6)
    values = soft[chosen]
    middle = float(np.median(values))
    border = min(between_means(values), middle - 6.0)
    deeper = border - max(15.0, 0.28 * middle)

    width = 1.6
    lit = ramp(soft, border - width, border + width)
    deep = 1 - ramp(soft, deeper - width, deeper + width)
    shade = np.clip(1 - lit - deep, 0, 1)
    wide = 0.9 * face.unit
    # Highlights would make the whole light tone paler than the person.
    matt = flat.copy()
    matt[..., 0] = np.minimum(flat[..., 0], soft * 0.3 + 0.7 * (middle + 4))
    light_tone = mean_where(matt, (weight * lit + 1e-5).astype(np.float32), wide)
    shade_tone = mean_where(flat, (weight * shade + 1e-5).astype(np.float32), wide)
    deep_tone = mean_where(flat, (weight * deep + 1e-6).astype(np.float32), wide)

    light_tone[..., 1:] *= np.float32([1.05, 1.08])
    gap = np.clip(light_tone[..., 0] - shade_tone[..., 0], 7.5, 16.0)
    shade_tone[..., 0] = light_tone[..., 0] - gap
    # Shade on skin is warmer and stronger in colour than the light, as painters have it.
    hue = light_tone[..., 1:] * np.float32([1.12, 1.06]) + np.float32([2.0, -0.5])
    shade_tone[..., 1:] = 0.6 * hue + 0.4 * shade_tone[..., 1:]
    deep_tone[..., 0] = np.minimum(deep_tone[..., 0], shade_tone[..., 0] - 8)
    out = light_tone * lit[..., None] + shade_tone * shade[..., None] + deep_tone * deep[..., None]
    # A little of the painted photo keeps cheeks and noses from turning to paper.
    out = out / np.maximum(lit + shade + deep, 1e-3)[..., None] * 0.88 + flat * 0.12
    return blush(out, skin, middle, face)


def between_means(values: Array) -> float:
    """The threshold half-way between the means of what lies below and above it."""
    threshold = float(values.mean())
    for _ in range(20):
        below, above = values[values <= threshold], values[values > threshold]
        if min(len(below), len(above)) < 20:
            break
        threshold = float(below.mean() + above.mean()) / 2
    return threshold


def blush(lab: Array, skin: Array, lightness: float, face: Face) -> Array:
    """A faint warmth on both cheeks."""
    strength = 0.3 + 0.5 * lightness / 70
    for eye, side in zip(face.eyes, (-1, 1), strict=True):
        u, v = eye[0] + side * 0.14, eye[1] + 0.50
        spot = np.exp(-(((face.u - u) / 0.30) ** 2) - ((face.v - v) / 0.17) ** 2) * skin
        lab = lab + (spot * strength)[..., None] * np.float32([-0.8, 5.5, 1.8])
    return lab.astype(np.float32)


def bright_eyes(detail: Array, around: Array, eyes: Array, face: Face) -> Array:
    """Whiten the whites, deepen the lashes, light the catch-lights, pixel by pixel: the gaze stays.

    Irises drawn as discs at detected places were tried: the places are off by half an iris too often.
    """
    out = detail.copy()
    lightness = detail[..., 0]
    core = np.maximum(*(face.ellipse(eye, (0.27, 0.13)) for eye in face.eyes))
    sharp = lightness + 0.55 * (lightness - blur(lightness, 0.05 * face.unit))
    skin_chroma = np.hypot(blur(detail[..., 1], 0.2 * face.unit), blur(detail[..., 2], 0.2 * face.unit))
    paler = skin_chroma - np.hypot(detail[..., 1], detail[..., 2])
    # Only beside an iris or lashes: a lid may be pale too.
    beside = ramp(blur(ramp(around - lightness, 8, 16), 0.05 * face.unit), 0.2, 0.45)
    white = ramp(paler, 2, 9) * ramp(lightness - around, -20, -8) * core * beside
    target = np.clip(0.5 * around + 48, 60, 92)
    sharp = sharp + (np.maximum(target, sharp) - sharp) * white * 0.32
    out[..., 0] = lightness + (np.clip(sharp, 4, 97) - lightness) * eyes
    out[..., 1:] *= (1 - 0.6 * white)[..., None]

    # The photo's own catch-light, made white; an iris that glows a little between its dark rim and pupil.
    spark = ramp(lightness - blur(lightness, 0.045 * face.unit), 3, 9)
    spark = spark * ramp(around - blur(lightness, 0.06 * face.unit), 6, 14)
    out[..., 0] += (97 - out[..., 0]) * spark * core * 0.9
    dark = around - lightness
    iris = core * ramp(dark, 8, 15) * (1 - ramp(dark, 30, 40))
    out[..., 1:] *= (1 + 0.3 * iris)[..., None]
    out[..., 0] -= 9 * core * ramp(dark, 14, 30)
    out[..., 1:] *= (1 - 0.8 * spark * core)[..., None]
    return np.clip(out, (2, -128, -128), (98, 127, 127)).astype(np.float32)


def redness(lab: Array, colour: Array) -> Array:
    """How much redder than the skin: lips."""
    return ramp(lab[..., 1] - colour[1] - 0.15 * np.maximum(lab[..., 2] - colour[2], 0), 2.5, 8)


def clear_lips(detail: Array, colour: Array, mouth: Array, face: Face) -> Array:
    """Give the lips one flat colour of their own; leave teeth and the line between them."""
    lips = redness(detail, colour) * mouth
    tone = mean_where(detail, (lips + 1e-5).astype(np.float32), 0.12 * face.unit)
    tone[..., 1:] *= 1.12
    darker = ramp(tone[..., 0] - detail[..., 0], 7, 14)
    cover = lips * (1 - darker) * 0.75
    return detail + (tone - detail) * cover[..., None]


def grade(lab: Array) -> Array:
    """Lift the middle tones, strengthen colour where there is some."""
    out = lab.copy()
    # Dark tones are lifted least: dark skin stays dark, black stays black.
    lightness = np.clip(lab[..., 0], 0, 100)
    out[..., 0] = lightness + 4.5 * np.sin(np.pi * np.clip((lightness - 18) / 82, 0, 1))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    # Strong colours are left where they are: they would clip, and greys stay grey.
    gain = 1 + 0.22 * (1 - ramp(chroma, 25, 75))
    out[..., 1:] *= gain[..., None]
    return out
