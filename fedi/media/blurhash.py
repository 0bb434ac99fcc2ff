"""The blurred stand-in that clients draw while a picture loads (blurha.sh)."""

from blurhash_rs import blurhash_encode
from PIL import Image

_THUMB_SIDE = 100  # more pixels cost time and change nothing
_COLUMNS, _ROWS = 4, 3  # Mastodon's


def blurhash_of(image: Image.Image) -> str:
    """Give the blurhash of an RGB or RGBA picture, transparency seen over white; `image` is not changed."""
    thumb = (
        image.copy() if max(image.size) <= _THUMB_SIDE else image.resize(_thumb_size(image), reducing_gap=2)
    )
    if thumb.mode == "RGBA":
        white = Image.new("RGBA", thumb.size, "white")
        thumb = Image.alpha_composite(white, thumb)
    return blurhash_encode(thumb.convert("RGB"), _COLUMNS, _ROWS)


def _thumb_size(image: Image.Image) -> tuple[int, int]:
    scale = _THUMB_SIDE / max(image.size)
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))
