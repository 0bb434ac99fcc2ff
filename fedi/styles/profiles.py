"""Colours as sRGB, whatever the file's own were: a phone's wide colours would otherwise be drawn pale.

Profiles are applied by LittleCMS through Pillow. For the style worker only.
"""

import io

from PIL import Image, ImageCms

# Colour spaces of a profile (ICC.1:2022, 7.2.6) by the modes of pictures they can describe.
SPACES = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """An RGB, RGBA, L or CMYK picture as RGB or RGBA; a broken profile is ignored."""
    if isinstance(profile, bytes):
        converted = _converted(image, profile)
        if converted is not None:
            return converted
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    colours = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != SPACES.get(image.mode):
            return None
        srgb = ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(
            colours, source, srgb, ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if found is not None and image.mode == "RGBA":
        found.putalpha(image.getchannel("A"))
    return found
